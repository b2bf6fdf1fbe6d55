using System.Text;
using RootfsImporter.Archives;
using RootfsImporter.Files;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Codecs;

namespace RootfsImporter.Tests.Archives;

/// <summary>A root file system read from one tar, in place or spooled.</summary>
public sealed class SpooledTarTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    private static CancellationToken Stopped => TestContext.Current.CancellationToken;

    private static TarBytesEntry Directory(string name) => new(name, '5') { Mode = 0b111_101_101 };

    private static TarBytesEntry File(string name, string content) => new(name, '0') { Content = Encoding.UTF8.GetBytes(content) };

    private static TarBytesEntry Link(char type, string name, string target) => new(name, type) { LinkName = target };

    private static byte[] Tar(params TarBytesEntry[] entries) =>
        entries.Aggregate(new TarBytes(), (tar, entry) => tar.Add(entry)).ToArray();

    private SpoolLimits Limits => new() { TemporaryDirectory = _temp.FullPath };

    private Task<SpooledTree> ReadAsync(byte[] tar, SpoolLimits? limits = null) =>
        SpooledTree.ReadTarAsync(new MemoryStream(tar), limits ?? Limits, Stopped);

    private async Task<string> RefusalAsync(byte[] tar, SpoolLimits? limits = null) =>
        (await Assert.ThrowsAsync<InvalidDataException>(async () => (await ReadAsync(tar, limits)).Dispose())).Message;

    internal static string Describe(RootTree tree) => string.Join('\n', tree.Entries.Select(entry =>
    {
        using StreamReader? content = entry.Content is null ? null : new(entry.Content.Open());
        string tail = content is null ? entry.LinkTarget is null ? "" : " -> " + entry.LinkTarget : " = " + content.ReadToEnd();
        return $"{entry.Kind} {entry.Path} {Convert.ToString(entry.Mode, 8)} {entry.Uid}:{entry.Gid}{tail}";
    }));

    [Fact]
    public async Task Entries_come_in_order_with_the_directories_that_they_lack()
    {
        using SpooledTree read = await ReadAsync(Tar(
            File("./usr/bin/sh", "shell") with { Mode = 0x1ED, Uid = 4_000_000_000, Gid = 7 },
            Directory("./"),
            Directory("./usr/") with { Mode = 0x1C0 },
            Link('2', "./bin", "usr/bin"),
            new TarBytesEntry("./dev/null", '3') { Mode = 0x1B6, DeviceMajor = 1, DeviceMinor = 3 },
            new TarBytesEntry("./dev/pipe", '6'),
            File("usr-merge", "")));

        Assert.Equal(
            """
            Directory / 755 0:0
            Symlink /bin 777 0:0 -> usr/bin
            Directory /dev 755 0:0
            CharacterDevice /dev/null 666 0:0
            Fifo /dev/pipe 644 0:0
            Directory /usr 700 0:0
            Directory /usr/bin 755 0:0
            File /usr/bin/sh 755 4000000000:7 = shell
            File /usr-merge 644 0:0 = 
            """,
            Describe(read.Tree));
    }

    [Fact]
    public async Task The_first_name_in_order_holds_the_content_whatever_the_archive_says()
    {
        using SpooledTree read = await ReadAsync(Tar(
            File("z", "one"), Link('1', "./a", "./z"), Link('1', "m", "a"), Link('2', "soft", "z"), Link('1', "soft2", "soft")));

        Assert.Equal(
            """
            Directory / 755 0:0
            File /a 644 0:0 = one
            HardLink /m 644 0:0 -> a
            Symlink /soft 777 0:0 -> z
            Symlink /soft2 777 0:0 -> z
            HardLink /z 644 0:0 -> a
            """,
            Describe(read.Tree));
    }

    [Fact]
    public async Task A_plain_file_is_read_in_place_by_several_at_once()
    {
        string path = _temp.Write("a.tar", Tar(File("a", "first"), File("b", "second")));
        using SpooledTree read = await SpooledTree.ReadTarAsync(System.IO.File.OpenRead(path), Limits, Stopped);

        FilePartContent content = Assert.IsType<FilePartContent>(read.Tree.Find(RootPath.Parse("b"))!.Content);
        Assert.Equal(1536, content.Offset);
        using Stream one = content.Open();
        using Stream two = content.Open();
        one.Seek(3, SeekOrigin.Begin);
        Assert.Equal("ond", new StreamReader(one).ReadToEnd());
        Assert.Equal("second", new StreamReader(two).ReadToEnd());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    [InlineData("bzip2")]
    public async Task A_compressed_file_is_spooled_without_leaving_a_file(string program)
    {
        string path = _temp.Write("in/a.tar", Tar(File("a", "first"), File("b", "second")));
        await HostTool.RunAsync(program, path);
        string packed = System.IO.Directory.GetFiles(_temp["in"]).Single(file => file != path);
        using SpooledTree read = await SpooledTree.ReadTarAsync(System.IO.File.OpenRead(packed), Limits, Stopped);

        Assert.Equal("Directory / 755 0:0\nFile /a 644 0:0 = first\nFile /b 644 0:0 = second", Describe(read.Tree));
        Assert.Equal([_temp["in"]], System.IO.Directory.GetFileSystemEntries(_temp.FullPath));
    }

    [Fact]
    public async Task Attributes_are_bytes_and_sorted()
    {
        byte[] capability = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, (byte)'\n', 0, 0];
        string key = " SCHILY.xattr.security.capability=";
        byte[] record = [.. Encoding.ASCII.GetBytes($"{2 + key.Length + 21}{key}"), .. capability, (byte)'\n'];
        using SpooledTree read = await ReadAsync(Tar(File("ping", "x") with
        {
            Pax = new Dictionary<string, string> { ["SCHILY.xattr.user.z"] = "1", ["LIBARCHIVE.xattr.user.q"] = "eA" },
            RawPax = record,
        }));

        Assert.Equal(
            ["security.capability " + Convert.ToHexString(capability), "user.z 31"],
            read.Tree.Find(RootPath.Parse("ping"))!.ExtendedAttributes
                .Select(attribute => $"{attribute.Name} {Convert.ToHexString(attribute.Value.Span)}"));
    }

    public static TheoryData<string, byte[]> Hostile => new()
    {
        { "'a' is in it twice", Tar(File("a", "1"), File("./a", "2")) },
        { "'a' is in it twice", Tar(Directory("a/"), Directory("a")) },
        { "'a' is in it twice", Tar(File("a/b", "1"), File("a", "2")) },
        { "root directory is in it twice", Tar(Directory("./"), Directory("/")) },
        { "its root is not a directory", Tar(File("./", "x")) },
        { "leads out of the root", Tar(File("../a", "1")) },
        { "leads out of the root", Tar(File("a/../../b", "1")) },
        { "leads out of the root", Tar(File("a", "1"), Link('1', "b", "../a")) },
        { "'a/passwd' escapes: it lies behind the symbolic link 'a'", Tar(Link('2', "a", "/etc"), File("a/passwd", "x")) },
        { "'a/b' lies in 'a', which is no directory", Tar(File("a", "1"), File("a/b", "2")) },
        { "leads to 'later', which is no file before it", Tar(Link('1', "a", "later"), File("later", "1")) },
        { "leads to 'd', which is no file before it", Tar(Directory("d"), Link('1', "a", "d")) },
        { "leads to 'a', which is no file before it", Tar(Link('1', "a", "a")) },
        { "reserve for deletions", Tar(File("etc/.wh.passwd", "")) },
        { "reserve for deletions", Tar(File(".wh.etc/passwd", "")) },
        { "stored as a sparse file", Tar(File("a", "x") with { Pax = new Dictionary<string, string> { ["GNU.sparse.major"] = "1" } }) },
        { "stored as a sparse file", Tar(new TarBytesEntry("a", 'S')) },
        { "is of the type 'V'", Tar(new TarBytesEntry("a", 'V')) },
        { "no usable target", Tar(Link('2', "a", "")) },
        { "which is no id", Tar(File("a", "") with { Uid = -1 }) },
        { "which is no id", Tar(File("a", "") with { Gid = 1L << 32 }) },
        { "longer than the name of a file can be", Tar(File(new string('n', 256), "")) },
        { "more than 4095", Tar(File(string.Concat(Enumerable.Repeat("d/", 3000)) + "f", "")) },
        { "it is empty", [] },
        { "the end mark is missing", new TarBytes().Add(File("a", "1")).ToArray(withEnd: false) },
        { "follows the end of the archive", [.. Tar(File("a", "1")), .. Tar(File("b", "1"))] },
        { "there is no tar header", Encoding.ASCII.GetBytes(new string('x', 2000)) },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task What_no_root_file_system_holds_is_refused(string message, byte[] tar) =>
        Assert.Contains(message, await RefusalAsync(tar), StringComparison.Ordinal);

    [Fact]
    public async Task An_archive_cut_anywhere_is_refused_in_place_and_from_a_pipe()
    {
        byte[] tar = Tar(Directory("usr"), File("usr/a", "content"), Link('2', "bin", "usr"));
        string path = _temp["cut.tar"];
        for (int length = 0; length < tar.Length - 512; length += 13)
        {
            await RefusalAsync(tar[..length]);
            System.IO.File.WriteAllBytes(path, tar[..length]);
            await Assert.ThrowsAsync<InvalidDataException>(
                () => SpooledTree.ReadTarAsync(System.IO.File.OpenRead(path), Limits, Stopped));
        }

        Assert.Equal([path], System.IO.Directory.GetFileSystemEntries(_temp.FullPath));
    }

    [Fact]
    public async Task Flipped_bits_are_refused_or_read_and_never_anything_else()
    {
        byte[] tar = Tar(Directory("usr"), File("usr/a", "content"), Link('1', "usr/b", "usr/a"));
        for (int bit = 0; bit < tar.Length * 8; bit += 7)
        {
            byte[] flipped = [.. tar];
            flipped[bit / 8] ^= (byte)(1 << bit % 8);
            try
            {
                (await ReadAsync(flipped)).Dispose();
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [Fact]
    public async Task What_reading_takes_is_bounded()
    {
        byte[] tar = Tar([.. Enumerable.Range(0, 40).Select(i => File($"d{i}/f", new string('x', 1000)))]);

        Assert.Contains("that are allowed", await RefusalAsync(tar, Limits with { MaxBytes = 10_000 }), StringComparison.Ordinal);
        Assert.Contains("more than 79 files", await RefusalAsync(tar, Limits with { MaxEntries = 79 }), StringComparison.Ordinal);
        Assert.Contains("names and attributes", await RefusalAsync(tar, Limits with { MaxNameBytes = 2000 }), StringComparison.Ordinal);
        string path = _temp.Write("a.tar", tar);
        await Assert.ThrowsAsync<InvalidDataException>(() => SpooledTree.ReadTarAsync(
            System.IO.File.OpenRead(path), Limits with { MaxBytes = 10_000 }, Stopped));
        (await ReadAsync(tar, Limits with { MaxEntries = 80 })).Dispose();
    }

    [Fact]
    public async Task A_bomb_ends_at_the_limit()
    {
        await using (FileStream file = System.IO.File.Create(_temp["zeros"]))
        {
            file.Write(new TarBytes().Add(new TarBytesEntry("big", '0') { SizeField = "77777777777" }).ToArray(withEnd: false));
            file.SetLength(1L << 28);
        }

        await HostTool.RunAsync("gzip", "-1", _temp["zeros"]);
        InvalidDataException refused = await Assert.ThrowsAsync<InvalidDataException>(() => SpooledTree.ReadTarAsync(
            System.IO.File.OpenRead(_temp["zeros.gz"]), Limits with { MaxBytes = 1 << 20 }, Stopped));
        Assert.Contains("1048576", refused.Message, StringComparison.Ordinal);
        Assert.Equal([_temp["zeros.gz"]], System.IO.Directory.GetFileSystemEntries(_temp.FullPath));
    }

    [Fact]
    public async Task What_gnu_tar_writes_of_a_directory_is_the_tree_that_the_directory_is()
    {
        string name = new string('n', 120) + "/" + new string('m', 120);
        _temp.Write("root/" + name, "long");
        _temp.Write("root/etc/os-release", "ID=x");
        System.IO.File.CreateSymbolicLink(_temp["root/lib"], new string('t', 150));
        await HostTool.RunAsync("ln", _temp["root/etc/os-release"], _temp["root/a"]);
        await HostTool.RunAsync("tar", "-C", _temp["root"], "--numeric-owner", "-cf", _temp["a.tar"], ".");
        using Rootfs rootfs = Rootfs.Open(_temp["root"]);

        using SpooledTree read = await SpooledTree.ReadTarAsync(System.IO.File.OpenRead(_temp["a.tar"]), Limits, Stopped);

        Assert.Equal(Describe(new RootTree(rootfs.ReadTree())), Describe(read.Tree));
    }
}
