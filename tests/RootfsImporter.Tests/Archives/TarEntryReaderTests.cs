using System.Text;
using RootfsImporter.Archives;
using RootfsImporter.Codecs;
using RootfsImporter.Files;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Codecs;

namespace RootfsImporter.Tests.Archives;

public sealed class TarEntryReaderTests : IDisposable
{
    private const string LongName = "a-directory-of-some-length-0123456789/a-directory-of-some-length-0123456789/"
        + "a-directory-of-some-length-0123456789/file";

    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("v7", "a", "t")]
    [InlineData("ustar", LongName, "t")]
    [InlineData("oldgnu", LongName, LongName)]
    [InlineData("gnu", LongName, LongName)]
    [InlineData("posix", LongName, LongName)]
    public async Task What_gnu_tar_writes_is_read_in_each_of_its_formats(string format, string name, string target)
    {
        _temp.Write("in/" + name, "content");
        _temp.Write("in/z/file", "");
        File.CreateSymbolicLink(_temp["in/soft"], target);
        await HostTool.RunAsync("ln", _temp["in/z/file"], _temp["in/hard"]);
        await HostTool.RunAsync("chmod", "4755", _temp["in/" + name], _temp["in/z/file"], _temp["in/z"]);
        await HostTool.RunAsync(
            "tar", "-C", _temp["in"], "--format=" + format, "--owner=alice:1000", "--group=staff:2000", "--mtime=@1700000000",
            "-cf", _temp["a.tar"], name, "soft", "z", "hard");

        byte[] tar = File.ReadAllBytes(_temp["a.tar"]);
        string owner = format == "v7" ? "1000:2000" : "1000alice:2000staff";
        string[] expected =
        [
            $"File {name} 4755 {owner} @1700000000 -> content",
            $"Symlink soft 777 {owner} @1700000000 -> {target}",
            $"Directory z/ 4755 {owner} @1700000000 -> ",
            $"File z/file 4755 {owner} @1700000000 -> ",
            $"HardLink hard 4755 {owner} @1700000000 -> z/file",
        ];
        Assert.Equal(expected, Describe(new MemoryStream(tar)));
        Assert.Equal(expected, Describe(new Pipe(tar)));
    }

    [Theory]
    [InlineData("file", EntryKind.File)]
    [InlineData("directory/", EntryKind.Directory)]
    public void Before_posix_the_name_told_a_directory(string name, EntryKind kind) => Assert.Equal(
        kind, new TarEntryReader(new MemoryStream(new TarBytes().Add(new TarBytesEntry(name, '\0')).ToArray())).ReadNext()!.Kind);

    [Fact]
    public void What_the_layer_writer_writes_is_read_byte_for_byte()
    {
        byte[] capability = Convert.FromHexString("0100000200200A000000000000000000FF3D0A00");
        using MemoryStream tar = new();
        LayerTarWriter writer = new(tar);
        writer.WriteEntry(
            new TreeEntry
            {
                Path = RootPath.Parse("\u65e5\u672c/" + LongName),
                Kind = EntryKind.File,
                Mode = 0x9ED,
                Uid = 4_000_000_000,
                ModifiedTime = -5,
                Content = new BytesContent("x"u8.ToArray()),
                ExtendedAttributes = [new("security.capability", capability), new("user.empty", default)],
            },
            TestContext.Current.CancellationToken);
        writer.Finish();
        tar.Position = 0;
        TarEntryReader reader = new(tar);

        TarEntryHeader entry = reader.ReadNext()!;

        Assert.Equal("\u65e5\u672c/" + LongName, Encoding.UTF8.GetString(entry.Name));
        Assert.Equal((0x9ED, 4_000_000_000L, 0L, -5L), (entry.Mode, entry.Uid, entry.Gid, entry.ModifiedTime));
        Assert.Equal(capability, entry.Find("SCHILY.xattr.security.capability"));
        Assert.Empty(entry.Find("SCHILY.xattr.user.empty")!);
        Assert.Null(entry.Find("SCHILY.xattr.other"));
        Assert.Null(reader.ReadNext());
        Assert.True(reader.HasEndMark);
        Assert.Null(reader.ReadNext());
    }

    [Fact]
    public void Content_is_found_where_it_lies_whether_it_is_read_or_not()
    {
        byte[] tar = new TarBytes()
            .Add(new TarBytesEntry("a", '0') { Content = Samples.Noise(70_000, 1) })
            .Add(new TarBytesEntry(new string('l', 600), '7') { Content = "second"u8.ToArray() })
            .Add(new TarBytesEntry("c", '4') { DeviceMajor = 8, DeviceMinor = 17, Uid = 1L << 31, ModifiedTime = 1L << 40 })
            .Add(new TarBytesEntry("d", 'Z') { Content = new byte[513] })
            .ToArray();
        foreach (Stream stream in new Stream[] { new MemoryStream(tar), new Pipe(tar) })
        {
            TarEntryReader reader = new(stream);
            TarEntryHeader first = reader.ReadNext()!;
            Assert.Equal((0L, 512L), (reader.HeaderOffset, reader.ContentOffset));
            Assert.Equal(70_000, first.Size);
            reader.OpenContent().ReadExactly(new byte[10]);
            TarEntryHeader second = reader.ReadNext()!;
            Assert.Equal("second"u8.ToArray(), tar.AsSpan((int)reader.ContentOffset, (int)second.Size).ToArray());
            Assert.Equal(EntryKind.File, second.Kind);
            TarEntryHeader third = reader.ReadNext()!;
            Assert.Equal(EntryKind.BlockDevice, third.Kind);
            Assert.Equal(
                (8L, 17L, 1L << 31, 1L << 40), (third.DeviceMajor, third.DeviceMinor, third.Uid, third.ModifiedTime));
            Assert.Null(reader.ReadNext()!.Kind);
            Assert.Null(reader.ReadNext());
        }
    }

    [Fact]
    public void What_is_said_of_all_entries_holds_until_one_says_otherwise()
    {
        TarEntryReader reader = new(new MemoryStream(new TarBytes()
            .Add(Global("12 uid=1000\n15 uname=build\n14 k=\0\nof all\n"))
            .Add(new TarBytesEntry("a", '0'))
            .Add(new TarBytesEntry("b", '0') { RawPax = "9 uid=12\n9 uname=\n"u8.ToArray() })
            .Add(new TarBytesEntry("c", '0'))
            .ToArray()));

        TarEntryHeader Next() => reader.ReadNext()!;
        TarEntryHeader[] entries = [Next(), Next(), Next()];

        Assert.Equal([1000L, 12L, 1000L], entries.Select(entry => entry.Uid));
        Assert.All(entries, entry => Assert.Equal("\0\nof all"u8.ToArray(), entry.Find("k")));
        Assert.Equal("build", Encoding.UTF8.GetString(entries[2].UserName));
    }

    [Fact]
    public void An_archive_that_is_cut_anywhere_is_refused_unless_between_entries()
    {
        byte[] tar = new TarBytes()
            .Add(new TarBytesEntry("a", '0') { Content = new byte[700], RawPax = "5 x=\n"u8.ToArray() })
            .Add(new TarBytesEntry(LongName, '2') { LinkName = LongName })
            .ToArray();
        int[] between = [0, 5 * 512, tar.Length - 1024, tar.Length - 512, tar.Length];
        for (int length = 0; length <= tar.Length; length++)
        {
            foreach (Stream stream in new Stream[] { new MemoryStream(tar, 0, length), new Pipe(tar[..length]) })
            {
                Exception? problem = Record.Exception(() => Describe(stream));
                // The first block of zeros ends it: what is left of the second does not matter.
                if (between.Contains(length) || length > tar.Length - 512)
                {
                    Assert.Null(problem);
                }
                else
                {
                    Assert.Contains(
                        "the archive ends ", Assert.IsType<InvalidDataException>(problem).Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void A_bit_that_is_another_is_found_wherever_it_is_in_a_header()
    {
        byte[] tar = new TarBytes().Add(new TarBytesEntry("a", '0')).ToArray();
        for (int index = 0; index < 512; index++)
        {
            byte[] damaged = [.. tar];
            damaged[index] ^= 1;
            Assert.Throws<InvalidDataException>(() => Describe(new MemoryStream(damaged)));
        }
    }

    [Theory]
    [InlineData("x", "99 path=x\n", "in the record at byte 0, its length is wrong")]
    [InlineData("x", "9 path=x\n7 a=b\n", "in the record at byte 9, its length is wrong")]
    [InlineData("x", "9 path=xy", "its length is wrong")]
    [InlineData("x", "path=x\n", "its length is wrong")]
    [InlineData("x", "-9 path=x\n", "its length is wrong")]
    [InlineData("x", "4294967305 path=x\n", "its length is wrong")]
    [InlineData("x", "2 \n", "its length is wrong")]
    [InlineData("x", "6 =ab\n", "it has no key")]
    [InlineData("x", "5 ab\n", "it has no key")]
    [InlineData("x", "8 a\0b=c\n", "it has no key")]
    [InlineData("x", "9 size=x\n", "the extended header's size 'x' is not a number")]
    [InlineData("x", "12 size=0x1\n", "the extended header's size '0x1' is not a number")]
    [InlineData("x", "11 size=-1\n", "a size is '-1', which is out of range")]
    [InlineData("x", "11 uid=1.x\n", "the extended header's uid '1.x' is not a number")]
    [InlineData("x", "8 uid=-\n", "the extended header's uid '-' is not a number")]
    [InlineData("x", "29 mtime=9999999999999999999\n", "a mtime is '9999999999999999999', which is out of range")]
    [InlineData("g", "9 path=x\n", "gives all entries that follow one path")]
    [InlineData("g", "9 size=1\n", "gives all entries that follow one size")]
    [InlineData("g", "21 GNU.sparse.size=1\n", "gives all entries that follow one GNU.sparse.size")]
    [InlineData("g", "99 uid=1\n", "its length is wrong")]
    public void Records_that_cannot_be_are_refused(string type, string records, string problem) => Refuses(
        new TarBytes().Add(new TarBytesEntry("x", type[0]) { Content = Encoding.ASCII.GetBytes(records) })
            .Add(new TarBytesEntry("a", '0')), problem);

    [Theory]
    [InlineData("1700000000.999", 1_700_000_000)]
    [InlineData("-1.5", -2)]
    [InlineData("-0.5", -1)]
    [InlineData("-1.0", -1)]
    [InlineData("7.", 7)]
    public void Times_are_rounded_down(string text, long expected) =>
        Assert.Equal(expected, PaxRecord.ToNumber("mtime", Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData('x')]
    [InlineData('g')]
    [InlineData('L')]
    [InlineData('K')]
    public void Headers_are_bounded_one_by_one_and_together(char type)
    {
        Refuses(
            new TarBytes().Add(new TarBytesEntry("x", type) { SizeField = "77777777777\0" }),
            "take 8589934591 bytes, more than 1048576");
        Refuses(
            new TarBytes().Add(new TarBytesEntry("x", type) { SizeField = "-1" }), "a number is not octal: '-1'");
        byte[] record = [.. "100006 c="u8, .. new byte[99_996], (byte)'\n'];
        TarBytes many = new();
        for (int count = 0; count < 11; count++)
        {
            many.Add(new TarBytesEntry("x", type) { Content = record });
        }

        Refuses(many, "take 100006 bytes, more than 48516");
    }

    [Fact]
    public void Records_are_bounded_in_size_and_number()
    {
        byte[] large = [.. "131073 c="u8, .. new byte[131_063], (byte)'\n'];
        Refuses(new TarBytes().Add(new TarBytesEntry("a", '0') { RawPax = large }), "at most 131072 bytes");
        byte[] many = [.. Enumerable.Repeat("5 c=\n"u8.ToArray(), 10_001).SelectMany(record => record)];
        Refuses(new TarBytes().Add(new TarBytesEntry("a", '0') { RawPax = many }), "at most 131072 bytes and 10000 records");
        Describe(new MemoryStream(new TarBytes().Add(new TarBytesEntry("a", '0') { RawPax = many[5..] }).ToArray()));
    }

    [Theory]
    [InlineData('S', "")]
    [InlineData('0', "22 GNU.sparse.major=1\n")]
    public void Sparse_files_are_neither_read_nor_passed_over(char type, string records)
    {
        byte[] tar = new TarBytes()
            .Add(new TarBytesEntry("a", type) { RawPax = Encoding.ASCII.GetBytes(records), Content = [1] }).ToArray();
        TarEntryReader reader = new(new MemoryStream(tar));
        Assert.True(reader.ReadNext()!.IsSparse);
        Assert.Throws<InvalidDataException>(() => reader.OpenContent().ReadByte());
        Assert.Throws<InvalidDataException>(() => reader.ReadNext());
    }

    [Fact]
    public void What_follows_the_end_must_be_zeros_for_those_who_ask()
    {
        byte[] tar = new TarBytes().ToArray();
        TarEntryReader good = new(new MemoryStream([.. tar, .. new byte[9000]]));
        Assert.Null(good.ReadNext());
        good.ReadTrailer();
        TarEntryReader bad = new(new MemoryStream([.. tar, .. new byte[9000], 1]));
        Assert.Null(bad.ReadNext());
        Assert.Throws<InvalidDataException>(bad.ReadTrailer);
    }

    private static TarBytesEntry Global(string records) =>
        new("g", 'g') { Content = Encoding.ASCII.GetBytes(records) };

    private static void Refuses(TarBytes tar, string problem)
    {
        foreach (Stream stream in new Stream[] { new MemoryStream(tar.ToArray()), new Pipe(tar.ToArray()) })
        {
            Assert.Contains(
                problem, Assert.Throws<InvalidDataException>(() => Describe(stream)).Message, StringComparison.Ordinal);
        }
    }

    private static List<string> Describe(Stream tar)
    {
        TarEntryReader reader = new(tar);
        List<string> lines = [];
        while (reader.ReadNext() is TarEntryHeader entry)
        {
            string rest = Encoding.UTF8.GetString(entry.LinkName);
            if (entry.Kind == EntryKind.File && lines.Count % 2 == 0)
            {
                using StreamReader content = new(reader.OpenContent());
                rest += content.ReadToEnd();
            }

            lines.Add($"{entry.Kind} {Encoding.UTF8.GetString(entry.Name)} {Convert.ToString(entry.Mode, 8)} "
                + $"{entry.Uid}{Encoding.UTF8.GetString(entry.UserName)}:{entry.Gid}{Encoding.UTF8.GetString(entry.GroupName)} "
                + $"@{entry.ModifiedTime} -> {rest}");
        }

        return lines;
    }

    /// <summary>Cannot seek, and gives little at a time.</summary>
    private sealed class Pipe(byte[] bytes) : ReadOnlyStream
    {
        private int _position;

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(Math.Min(buffer.Length, 997), bytes.Length - _position);
            bytes.AsSpan(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }
    }
}
