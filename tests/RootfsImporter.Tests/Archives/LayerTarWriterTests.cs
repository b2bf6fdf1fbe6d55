using System.Formats.Tar;
using System.Text;
using RootfsImporter.Archives;
using RootfsImporter.Files;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Codecs;

namespace RootfsImporter.Tests.Archives;

public sealed class LayerTarWriterTests
{
    private const long Time = 1_700_000_000;

    private static readonly string LongName = string.Join('/', Enumerable.Repeat("a-directory-of-some-length", 12));

    [Fact]
    public void Bytes_are_as_they_always_were()
    {
        byte[] tar = Write(
            Directory("etc"),
            File("etc/hostname", "x\n"u8.ToArray()),
            Symlink("etc/link", "hostname"),
            File("etc/caf\u00e9", []));

        // The digest is of the same archive as a program wrote it from the standard's table of fields alone.
        Assert.Equal(9 * 512, tar.Length);
        Assert.Equal("etc/\0", Text(tar, 0, 5));
        Assert.Equal("0000755\00000000\00000000\000000000000\014524770400\0", Text(tar, 100, 48));
        Assert.Equal("ustar\000", Text(tar, 257, 8));
        Assert.Equal("3fb9a557fa4f2cfcc072f1adcb9688190edb5abdd19ed419c43b8c6725c95690", Digest.Of(tar).Hex);
    }

    [Fact]
    public void Pax_headers_are_only_written_where_they_are_needed()
    {
        byte[] plain = Write(File("usr/bin/env", [1]), File(LongName[..200], [1]), Symlink("a", new string('t', 100)));
        byte[] pax = Write(File(LongName, [1]));

        Assert.DoesNotContain((byte)'x', TypeFlags(plain));
        Assert.Equal([(byte)'x', (byte)'0'], TypeFlags(pax));
    }

    [Fact]
    public async Task The_runtime_reads_back_all_that_an_entry_has()
    {
        TreeEntry[] entries =
        [
            Directory("dir") with { Mode = 0x3FF },
            File("dir/file", "content"u8.ToArray()) with { Mode = 0x9ED, Uid = 1000, Gid = 2000 },
            HardLink("dir/hard", "dir/file"),
            Symlink("dir/soft", "../" + LongName),
            Symlink("dir/umlaut", "\u00fc"),
            new() { Path = RootPath.Parse("dir/fifo"), Kind = EntryKind.Fifo, Mode = 0x1B6, ModifiedTime = Time },
            File("dir/" + LongName, []),
            Directory(LongName + "/" + LongName),
            HardLink("z", "dir/" + LongName),
            File("\u65e5\u672c", []) with { Uid = 2_000_000_000, Gid = 3_000_000, ModifiedTime = -5 },
            File("future", []) with { ModifiedTime = 1L << 34 },
            File("x", []) with
            {
                ExtendedAttributes = [new("user.b", "two words"u8.ToArray()), new("user.a", "1"u8.ToArray())],
            },
        ];
        using MemoryStream tar = new(Write(entries));
        await using TarReader reader = new(tar);
        List<string> read = [];
        while (await reader.GetNextEntryAsync(cancellationToken: TestContext.Current.CancellationToken) is TarEntry entry)
        {
            read.Add(Describe(entry));
        }

        Assert.Equal(entries.Select(Describe), read);
    }

    [Fact]
    public async Task Tar_lists_what_was_written()
    {
        using TempDirectory directory = new();
        byte[] capability = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, (byte)'\n', 0xFF, 0, 0, 0, 0, 0];
        string file = directory.Write("layer.tar", Write(
            Directory("dir") with { Mode = 0x3FF },
            File("dir/file", "content"u8.ToArray()) with { Mode = 0x9ED, Uid = 1000, Gid = 2000 },
            HardLink("dir/hard", "dir/file"),
            Symlink("dir/soft", "file"),
            File(LongName, []),
            File("caf\u00e9", [1, 2, 3]) with { ModifiedTime = -5, Uid = 4_000_000_000 },
            File("ping", []) with { ExtendedAttributes = [new("security.capability", capability)] }));

        string listing = await HostTool.RunAsync(
            "tar",
            "--xattrs",
            "--xattrs-include=*",
            "--numeric-owner",
            "--full-time",
            "--quoting-style=literal",
            "-tvvf",
            file);

        string[] lines = [.. listing.Split('\n')
            .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Equal(
            [
                "drwxrwxrwt 0/0 0 2023-11-14 22:13:20 dir/",
                "-rwsr-xr-x 1000/2000 7 2023-11-14 22:13:20 dir/file",
                "hrw-r--r-- 0/0 0 2023-11-14 22:13:20 dir/hard link to dir/file",
                "lrwxrwxrwx 0/0 0 2023-11-14 22:13:20 dir/soft -> file",
                $"-rw-r--r-- 0/0 0 2023-11-14 22:13:20 {LongName}",
                "-rw-r--r-- 4000000000/0 3 1969-12-31 23:59:55 caf\u00e9",
                "-rw-r--r--* 0/0 0 2023-11-14 22:13:20 ping",
                "x: 20 security.capability",
                "",
            ],
            lines);
    }

    [Fact]
    public async Task Attributes_are_recorded_byte_for_byte()
    {
        using TempDirectory directory = new();
        byte[] value = [.. Enumerable.Range(0, 256).Select(number => (byte)number)];
        string file = directory.Write(
            "layer.tar", Write(File("f", []) with { ExtendedAttributes = [new("user.all-bytes", value)] }));
        byte[] records = (await System.IO.File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken))[512..1024];

        Assert.StartsWith(
            "289 SCHILY.xattr.user.all-bytes=\0\u0001\u0002", Encoding.Latin1.GetString(records), StringComparison.Ordinal);
        Assert.Equal([.. value, (byte)'\n'], records[32..289]);
        await HostTool.RunAsync("tar", "--xattrs", "-tf", file);
    }

    [Theory]
    [InlineData((8L << 30) - 1, "77777777777", false)]
    [InlineData(8L << 30, "00000000000", true)]
    [InlineData(9L << 30, "00000000000", true)]
    public void Sizes_beyond_eleven_octal_digits_are_in_a_pax_record(long size, string field, bool hasRecord)
    {
        using MemoryStream output = new();
        TreeEntry entry = File("big", []) with { Content = new SizedContent(size, "") };

        Assert.Throws<InvalidDataException>(
            () => new LayerTarWriter(output).WriteEntry(entry, TestContext.Current.CancellationToken));

        byte[] tar = output.ToArray();
        Assert.Equal(field, Text(tar, tar.Length - 512 + 124, 11));
        Assert.Equal(hasRecord, Text(tar, 0, tar.Length).Contains($"19 size={size}\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(3, "ab")]
    [InlineData(1, "ab")]
    [InlineData(0, "a")]
    public void Content_that_is_not_as_long_as_listed_is_an_error(long length, string bytes)
    {
        InvalidDataException exception = Assert.Throws<InvalidDataException>(
            () => Write(File("etc/f", []) with { Content = new SizedContent(length, bytes) }));

        Assert.Contains("/etc/f", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"{length} bytes", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_what_a_layer_does_not_hold()
    {
        TreeEntry noContent = File("f", []) with { Content = null };
        Assert.Throws<ArgumentException>(() => Write(noContent with { Kind = EntryKind.CharacterDevice }));
        Assert.Throws<ArgumentException>(() => Write(noContent with { Kind = EntryKind.BlockDevice }));
        Assert.Throws<ArgumentException>(() => Write(noContent with { Kind = EntryKind.Socket }));
        Assert.Throws<ArgumentException>(() => Write(Directory("")));
        Assert.Throws<ArgumentException>(() => Write(noContent));
        Assert.Throws<ArgumentException>(() => Write(Directory("d") with { Content = new BytesContent(default) }));
        Assert.Throws<ArgumentException>(() => Write(Symlink("l", "")));
        Assert.Throws<ArgumentException>(() => Write(Symlink("l", "a\0b")));
        Assert.Throws<ArgumentException>(() => Write(File("f", []) with { Mode = 0x1000 }));
        Assert.ThrowsAny<ArgumentException>(() => Write(File("\ud800", [])));
        Assert.Throws<ArgumentException>(
            () => Write(File("f", []) with { ExtendedAttributes = [new("user.a=b", default)] }));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(155 + 1 + 100)]
    public void Names_split_at_the_limits_of_ustar(int length)
    {
        string fits = length == 100 ? new string('n', 100) : $"{new string('p', 155)}/{new string('n', 100)}";
        string tooLong = length == 100 ? new string('n', 101) : $"{new string('p', 156)}/{new string('n', 100)}";

        Assert.DoesNotContain((byte)'x', TypeFlags(Write(File(fits, []))));
        Assert.Contains((byte)'x', TypeFlags(Write(File(tooLong, []))));
        Assert.Contains((byte)'x', TypeFlags(Write(Directory(fits))));
    }

    [Fact]
    public void Pax_record_lengths_count_themselves()
    {
        for (int length = 0; length < 1100; length++)
        {
            PaxRecords records = new();
            records.Add("k", new byte[length]);
            byte[] bytes = records.ToArray();

            Assert.StartsWith($"{bytes.Length} k=", Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
        }
    }

    internal static byte[] Write(params TreeEntry[] entries)
    {
        using MemoryStream output = new();
        LayerTarWriter writer = new(output);
        foreach (TreeEntry entry in entries)
        {
            writer.WriteEntry(entry, TestContext.Current.CancellationToken);
        }

        writer.Finish();
        return output.ToArray();
    }

    internal static TreeEntry Directory(string path) => new()
    {
        Path = RootPath.Parse(path),
        Kind = EntryKind.Directory,
        Mode = 0x1ED,
        ModifiedTime = Time,
    };

    internal static TreeEntry File(string path, byte[] content) => new()
    {
        Path = RootPath.Parse(path),
        Kind = EntryKind.File,
        Mode = 0x1A4,
        ModifiedTime = Time,
        Content = new BytesContent(content),
    };

    internal static TreeEntry Symlink(string path, string target) => new()
    {
        Path = RootPath.Parse(path),
        Kind = EntryKind.Symlink,
        Mode = 0x1FF,
        ModifiedTime = Time,
        LinkTarget = target,
    };

    internal static TreeEntry HardLink(string path, string target) =>
        Symlink(path, target) with { Kind = EntryKind.HardLink, Mode = 0x1A4 };

    private static string Text(byte[] tar, int offset, int length) => Encoding.Latin1.GetString(tar, offset, length);

    // The type flags of all headers, found by walking over contents.
    private static List<byte> TypeFlags(byte[] tar)
    {
        List<byte> flags = [];
        for (int offset = 0; tar[offset] != 0;)
        {
            flags.Add(tar[offset + 156]);
            int size = Convert.ToInt32(Text(tar, offset + 124, 11), 8);
            offset += 512 + (size + 511) / 512 * 512;
        }

        return flags;
    }

    private static string Describe(TreeEntry entry) => string.Join(
        ' ',
        entry.Path.Value + (entry.Kind == EntryKind.Directory ? "/" : ""),
        entry.Kind,
        entry.Mode,
        entry.Uid,
        entry.Gid,
        entry.ModifiedTime,
        entry.LinkTarget,
        entry.Content?.Length ?? 0,
        string.Join(';', entry.ExtendedAttributes
            .OrderBy(a => a.Name, StringComparer.Ordinal)
            .Select(a => $"{a.Name}={Encoding.UTF8.GetString(a.Value.Span)}")));

    private static string Describe(TarEntry entry) => string.Join(
        ' ',
        entry.Name,
        entry.EntryType switch
        {
            TarEntryType.RegularFile => EntryKind.File,
            TarEntryType.SymbolicLink => EntryKind.Symlink,
            TarEntryType other => Enum.Parse<EntryKind>(other.ToString()),
        },
        (int)entry.Mode,
        (uint)entry.Uid,
        (uint)entry.Gid,
        entry.ModificationTime.ToUnixTimeSeconds(),
        entry.LinkName is "" ? null : entry.LinkName,
        entry.Length,
        string.Join(';', entry is PaxTarEntry pax ? pax.ExtendedAttributes
            .Where(a => a.Key.StartsWith("SCHILY.xattr.", StringComparison.Ordinal))
            .OrderBy(a => a.Key, StringComparer.Ordinal)
            .Select(a => $"{a.Key[13..]}={a.Value}") : []));

    private sealed record SizedContent(long Size, string Bytes) : FileContent
    {
        public override long Length => Size;

        public override Stream Open() => new MemoryStream(Encoding.ASCII.GetBytes(Bytes));
    }
}
