using Microsoft.Win32.SafeHandles;
using RootfsImporter.Archives;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Archives;

public sealed class TarCatalogTests : IDisposable
{
    private static readonly string LongName = string.Join('/', Enumerable.Repeat("a-long-name", 20));

    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Members_are_found_where_they_lie_whatever_the_format()
    {
        byte[] tar = new TarBytes()
            .Add(new TarBytesEntry("./", '5'))
            .Add(new TarBytesEntry("./a", '0') { Content = "one"u8.ToArray() })
            .Add(new TarBytesEntry(LongName, '0') { Content = "two"u8.ToArray() })
            .Add(new TarBytesEntry("short", '0')
            {
                Content = "three"u8.ToArray(),
                Pax = new Dictionary<string, string> { ["path"] = "d/pax", ["size"] = "5" },
            })
            .Add(new TarBytesEntry("d/link", '2') { LinkName = "../a" })
            .Add(new TarBytesEntry("d/hard", '1') { LinkName = "./a" })
            .ToArray();

        IReadOnlyDictionary<string, TarMember> members = await ReadAsync(tar);

        Assert.Equal(
            ["a", LongName, "d/hard", "d/link", "d/pax"], members.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("one"u8.ToArray(), Content(tar, members["a"]));
        Assert.Equal("two"u8.ToArray(), Content(tar, members[LongName]));
        Assert.Equal("three"u8.ToArray(), Content(tar, members["d/pax"]));
        Assert.Equal("a", members["d/link"].LinkName);
        Assert.Equal("a", members["d/hard"].LinkName);
    }

    [Fact]
    public async Task An_archive_that_is_cut_anywhere_is_refused()
    {
        byte[] tar = new TarBytes()
            .Add(new TarBytesEntry("a", '0') { Content = new byte[700] })
            .Add(new TarBytesEntry(LongName, '0') { Content = "two"u8.ToArray() })
            .Add(new TarBytesEntry("p", '0') { Pax = new Dictionary<string, string> { ["path"] = "q" } })
            .ToArray();
        // The first of the two blocks that end it is enough.
        for (int length = 0; length < tar.Length - 512; length += 61)
        {
            await RefusesAsync(tar[..length], "the archive is damaged at byte ");
        }
    }

    [Fact]
    public Task A_byte_of_a_header_that_is_another_is_found()
    {
        byte[] tar = new TarBytes().Add(new TarBytesEntry("a", '0')).ToArray();
        tar[1] = (byte)'b';
        return RefusesAsync(tar, "damaged at byte 0: there is no tar header");
    }

    [Theory]
    [InlineData("../x", '0', "", "'../x' leads out of the archive")]
    [InlineData("a/../../x", '0', "", "'a/../../x' leads out of the archive")]
    [InlineData("a/../x", '0', "", "'a/../x' leads out of the archive")]
    [InlineData("/etc/passwd", '0', "", "'/etc/passwd' leads out of the archive")]
    [InlineData("a", '2', "/etc/passwd", "'a' leads out of the archive")]
    [InlineData("d/a", '2', "../../x", "'d/a' leads out of the archive")]
    [InlineData("a", '1', "../x", "'a' leads out of the archive")]
    [InlineData("./", '0', "", "a file has no name")]
    [InlineData("a", '3', "", "'a' is of the type '3', neither a file nor a link")]
    [InlineData("a", '6', "", "'a' is of the type '6', neither a file nor a link")]
    [InlineData("a", 'S', "", "'a' is of the type 'S', neither a file nor a link")]
    public Task What_has_no_business_in_it_is_refused(string name, char type, string link, string problem) =>
        RefusesAsync(new TarBytes().Add(new TarBytesEntry(name, type) { LinkName = link }).ToArray(), problem);

    [Fact]
    public Task A_name_that_is_given_twice_is_refused() => RefusesAsync(
        new TarBytes().Add(new TarBytesEntry("a", '0')).Add(new TarBytesEntry("./a", '0')).ToArray(), "'./a' is in it twice");

    [Theory]
    [InlineData("77777777777\0", "goes beyond the end of the file")]
    [InlineData("00000001001\0", "goes beyond the end of the file")]
    [InlineData("0000000000x\0", "a number is not octal")]
    public Task A_size_that_cannot_be_is_refused(string field, string problem) => RefusesAsync(
        new TarBytes().Add(new TarBytesEntry("a", '0') { SizeField = field }).ToArray(withEnd: false), problem);

    [Theory]
    [InlineData("x")]
    [InlineData("L")]
    public Task A_name_of_gigabytes_is_refused_and_not_read(string type) => RefusesAsync(
        new TarBytes().Add(new TarBytesEntry("a", type[0]) { SizeField = "17777777777\0" }).ToArray(),
        "take 2147483647 bytes, more than 1048576");

    [Theory]
    [InlineData("size", "-1", "a size is '-1'")]
    [InlineData("size", "99999999999999999999", "a size is '99999999999999999999'")]
    [InlineData("size", "9223372036854775807", "goes beyond the end of the file")]
    [InlineData("path", "../x", "'../x' leads out of the archive")]
    [InlineData("GNU.sparse.major", "1", "'a' is stored as a sparse file")]
    public Task Attributes_that_cannot_be_are_refused(string key, string value, string problem) => RefusesAsync(
        new TarBytes().Add(new TarBytesEntry("a", '0') { Pax = new Dictionary<string, string> { [key] = value } }).ToArray(),
        problem);

    [Theory]
    [InlineData("99 path=x\n")]
    [InlineData("path=x\n")]
    [InlineData("8 path=x\n")]
    [InlineData("-9 path=x\n")]
    [InlineData("5 =x\n")]
    public Task Attributes_of_another_length_than_they_say_are_refused(string records) => RefusesAsync(
        new TarBytes().Add(new TarBytesEntry("x", 'x') { Content = System.Text.Encoding.ASCII.GetBytes(records) }).ToArray(),
        "a pax record");

    private static byte[] Content(byte[] tar, TarMember member) =>
        tar.AsSpan((int)member.Offset, (int)member.Size).ToArray();

    private async Task RefusesAsync(byte[] tar, string problem)
    {
        InvalidDataException exception = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(tar));
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyDictionary<string, TarMember>> ReadAsync(byte[] tar)
    {
        using SafeFileHandle file = File.OpenHandle(_temp.Write("a.tar", tar));
        return await TarCatalog.ReadAsync(file, TestContext.Current.CancellationToken);
    }
}
