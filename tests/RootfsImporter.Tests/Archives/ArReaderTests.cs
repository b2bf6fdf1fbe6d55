using System.Text;
using RootfsImporter.Archives;
using RootfsImporter.Tests.Codecs;

namespace RootfsImporter.Tests.Archives;

public sealed class ArReaderTests
{
    private static readonly byte[] Archive =
        [.. "!<arch>\n"u8, .. Member("debian-binary", "2.0\n"), .. Member("control.tar/", "odd"), .. Member("empty", "")];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Yields_members_in_order(bool canSeek)
    {
        using ArReader reader = new(canSeek ? new MemoryStream(Archive) : new TrickleStream(Archive));

        Assert.Equal(["debian-binary 4 2.0\n", "control.tar 3 odd", "empty 0 "], ReadAll(reader));
        Assert.Null(reader.ReadNext());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Goes_past_content_that_was_not_read(bool canSeek)
    {
        using ArReader reader = new(canSeek ? new MemoryStream(Archive) : new TrickleStream(Archive));

        reader.ReadNext()!.Content.ReadByte();
        reader.ReadNext();

        Assert.Equal("empty", reader.ReadNext()!.Name);
    }

    [Fact]
    public void Accepts_a_last_member_without_padding()
    {
        using ArReader reader = new(new MemoryStream([.. "!<arch>\n"u8, .. Member("a", "odd")[..^1]]));

        Assert.Equal(["a 3 odd"], ReadAll(reader));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rejects_an_archive_cut_off_anywhere(bool canSeek)
    {
        byte[] archive = [.. "!<arch>\n"u8, .. Member("debian-binary", "2.0\n"), .. Member("data", "data")];
        int[] memberEnds = [8, 8 + 64, archive.Length];
        for (int length = 0; length < archive.Length; length++)
        {
            byte[] cut = archive[..length];
            using ArReader reader = new(canSeek ? new MemoryStream(cut) : new TrickleStream(cut));
            if (memberEnds.Contains(length))
            {
                ReadAll(reader);
                continue;
            }

            InvalidDataException exception = Assert.Throws<InvalidDataException>(() => ReadAll(reader));
            Assert.True(
                length < 8 || exception.Message.Contains($"after {length} bytes", StringComparison.Ordinal),
                exception.Message);
        }
    }

    [Fact]
    public void Rejects_a_cut_off_member_that_is_skipped()
    {
        using ArReader reader = new(new MemoryStream([.. "!<arch>\n"u8, .. Member("a", "content")[..^3]]));
        reader.ReadNext();

        Assert.Throws<InvalidDataException>(reader.ReadNext);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/0")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("#1/20")]
    [InlineData("sixteen-chars-xx")]
    [InlineData("caf\u00e9")]
    [InlineData("a\nb")]
    public void Rejects_names_that_a_deb_does_not_have(string name)
    {
        using ArReader reader = new(new MemoryStream([.. "!<arch>\n"u8, .. Member(name, "x")]));

        Assert.Throws<InvalidDataException>(reader.ReadNext);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 1")]
    [InlineData("0x10")]
    [InlineData("1,000")]
    public void Rejects_sizes_that_are_not_decimal(string size)
    {
        using ArReader reader = new(new MemoryStream([.. "!<arch>\n"u8, .. Member("a", "x", size)]));

        InvalidDataException exception = Assert.Throws<InvalidDataException>(reader.ReadNext);

        Assert.Contains("offset 56", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rejects_a_size_beyond_the_archive()
    {
        using ArReader reader = new(new MemoryStream([.. "!<arch>\n"u8, .. Member("a", "x", "9999999999")]));
        ArMember member = reader.ReadNext()!;

        Assert.Equal(9_999_999_999, member.Size);
        Assert.Throws<InvalidDataException>(() => member.Content.CopyTo(Stream.Null));
    }

    [Fact]
    public void Rejects_what_is_no_header_or_no_archive()
    {
        byte[] header = Member("a", "x");
        header[58] = (byte)'x';
        using ArReader broken = new(new MemoryStream([.. "!<arch>\n"u8, .. header]));
        using ArReader other = new(new MemoryStream([.. "!<thin>\n"u8, .. Member("a", "x")]));

        Assert.Throws<InvalidDataException>(broken.ReadNext);
        Assert.Throws<InvalidDataException>(other.ReadNext);
    }

    [Fact]
    public void Refuses_content_of_a_member_that_is_past()
    {
        using ArReader reader = new(new MemoryStream(Archive));
        ArMember member = reader.ReadNext()!;
        reader.ReadNext();

        Assert.Throws<InvalidOperationException>(() => member.Content.ReadByte());
    }

    [Fact]
    public async Task Reads_what_ar_writes()
    {
        using RootfsImporter.TestData.TempDirectory directory = new();
        string[] files = [directory.Write("debian-binary", "2.0\n"), directory.Write("data.tar", "odd")];
        await HostTool.RunAsync("ar", ["rcD", directory["x.deb"], .. files]);

        using ArReader reader = new(File.OpenRead(directory["x.deb"]));

        Assert.Equal(["debian-binary 4 2.0\n", "data.tar 3 odd"], ReadAll(reader));
    }

    private static List<string> ReadAll(ArReader reader)
    {
        List<string> members = [];
        while (reader.ReadNext() is ArMember member)
        {
            using StreamReader content = new(member.Content, Encoding.Latin1);
            members.Add($"{member.Name} {member.Size} {content.ReadToEnd()}");
        }

        return members;
    }

    private static byte[] Member(string name, string content, string? size = null) =>
    [
        .. Encoding.Latin1.GetBytes($"{name,-16}{0,-12}{0,-6}{0,-6}{100644,-8}{size ?? $"{content.Length}",-10}`\n"),
        .. Encoding.Latin1.GetBytes(content),
        .. content.Length % 2 == 0 ? [] : "\n"u8.ToArray(),
    ];
}
