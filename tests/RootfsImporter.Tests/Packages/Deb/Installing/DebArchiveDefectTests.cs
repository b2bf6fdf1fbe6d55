using System.Text;
using RootfsImporter.Packages;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Deb.Installing;

/// <summary>
/// Malformed and hostile packages: each is refused with one clear error, and nothing outside changes.
/// </summary>
public sealed class DebArchiveDefectTests
{
    /// <summary>Packages with one defect, and what the error has to say about it.</summary>
    public static TheoryData<string, string> Defects => new()
    {
        { "an entry with ..", "the entry './usr/../../escape' would leave the root" },
        { "an entry called ..", "the entry '..' would leave the root" },
        { "a hard link to ..", "the entry '../../etc/passwd' would leave the root" },
        { "a character device", "/dev/null is a device node, which a base image must not hold" },
        { "a block device", "/dev/sda is a device node, which a base image must not hold" },
        { "an unknown entry type", "unknown archive entry type" },
        { "a file below a file", "/file is not a directory" },
        { "a file below a dangling link", "/link is not a directory" },
        { "a file below a link to itself", "/loop" },
        { "a hard link to nothing", "/link" },
        { "a name of 300 bytes", "/xxx" },
        { "a name with a line break", "line break" },
        { "the root as a file", "the root directory is a File" },
        { "the same file twice", "the archive holds /file twice" },
        { "tar that is noise", "data.tar is damaged" },
        { "a size beyond the archive", "data.tar is damaged" },
        { "a negative size", "data.tar is damaged" },
        { "another package", "the file holds world 1.0 amd64, but the index promised hello 1.0 amd64" },
        { "another version", "the file holds hello 2.0 amd64, but the index promised hello 1.0 amd64" },
        { "another architecture", "the file holds hello 1.0 i386, but the index promised hello 1.0 amd64" },
        { "no control file", "there is no control file" },
        { "no version", "the control file has no Version" },
        { "control without a colon", "the control file: at byte 0" },
        { "a bad dependency", "the control file's Depends: " },
        { "a bad version", "version" },
        { "a trigger called ..", "'..' cannot be the name of a trigger" },
        { "a trigger that is a path", "'a/b' cannot be the name of a trigger" },
        { "a trigger that is dpkg's own file", "'File' cannot be the name of a trigger" },
        { "a directory in the control archive", "unexpected entry './sub/file'" },
        { "a link in the control archive", "unexpected entry './link'" },
        { "too many control members", "unexpected entry './member256'" },
        { "a control archive too large", "more than the" },
        { "a conffile outside", "/../etc/passwd" },
        { "no debian-binary", "it starts with 'control.tar.gz'" },
        { "format 3", "not a .deb of format 2" },
        { "an unknown member between", "control.tar was expected, found 'stranger'" },
        { "data before control", "control.tar was expected, found 'data.tar'" },
        { "no data", "data.tar was expected, found 'the end'" },
        { "an unknown compression", "data.tar is compressed as '.rar', which deb(5) does not allow" },
        { "a wrong ar magic", "this is not an ar archive" },
        { "a wrong ar header", "no member header is at offset" },
        { "an ar size that is no number", "is not a decimal number" },
        { "an ar name with a slash", "a member's name is not valid" },
        { "compressed data that is noise", "gzip" },
        { "an empty file", "this is not an ar archive" },
    };

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task Refuses(string defect, string expected)
    {
        using DebInstallationFixture fixture = new();
        PackageFormatException error = await fixture.RefusedAsync(Package(defect));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(
            ["rootfs"], Directory.GetDirectories(fixture.Directory.FullPath).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData(".gz", ".gz")]
    [InlineData(".xz", ".xz")]
    [InlineData(".zst", ".zst")]
    public async Task Refuses_a_file_cut_at_any_boundary(string control, string data)
    {
        DebBuilder Whole() =>
            new DebBuilder("hello").File("usr/bin/hello", new string('x', 2000)).Compress(control, data);
        ArBuilder ar = Whole().ToAr();
        int length = Whole().Build().Length;
        List<int> cuts = [0, 4, 8, 9, ar.OffsetOf(1) - 1, ar.OffsetOf(1), ar.OffsetOf(2) - 2, ar.OffsetOf(2)];
        cuts.AddRange([ar.OffsetOf(2) + 30, ar.OffsetOf(2) + 60, ar.OffsetOf(2) + 61, length - 2]);
        if (data == "")
        {
            // Every block of the tar: headers, content and the empty blocks at its end.
            cuts.AddRange(Enumerable.Range(0, ar.Members[2].Content.Length / 512).Select(i => ar.OffsetOf(2) + 60 + 512 * i));
        }

        foreach (int cut in cuts.Distinct())
        {
            using DebInstallationFixture fixture = new();
            PackageFormatException error = await fixture.RefusedAsync(Whole().Cut(cut));
            Assert.NotNull(error.InnerException);
        }
    }

    [Fact]
    public async Task Refuses_a_tar_that_ends_without_its_end_blocks_inside_an_entry()
    {
        using DebInstallationFixture fixture = new();
        byte[] tar =
            new TarBytes().Add(new TarBytesEntry("./file", '0') { Content = new byte[2000] }).ToArray();
        await fixture.RefusedAsync(new DebBuilder("hello").Ar(ar =>
            ar.Members[2] = new ArBytesMember("data.tar", tar[..1024])));
    }

    [Fact]
    public async Task Whatever_is_flipped_the_outcome_is_a_tree_or_an_error_of_the_package()
    {
        byte[] good = new DebBuilder("hello").Compress("", "")
            .Conffile("etc/hello", "hello").Symlink("usr/bin/hi", "hello").File("usr/bin/hello", "hello")
            .HardLink("usr/bin/again", "usr/bin/hello").Script("preinst", "true").Triggers("interest /usr").Build();
        Random random = new(20240425);
        using DebInstallationFixture fixture = new();
        for (int round = 0; round < 400; round++)
        {
            byte[] bad = [.. good];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
            {
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            }

            DebBuilder package = new("hello");
            string file = fixture.Directory.Write("hello.deb", bad);
            FetchedPackage fetched = new(package.Locked(bad), file);
            await Record(fixture, fetched, round);
        }
    }

    private static async Task Record(DebInstallationFixture fixture, FetchedPackage fetched, int round)
    {
        try
        {
            await fixture.Begin([fetched]).UnpackAsync(fetched, TestContext.Current.CancellationToken);
        }
        catch (PackageFormatException error)
        {
            Assert.NotNull(error.Hint);
        }
        catch (Exception error)
        {
            Assert.Fail($"round {round}: {error}");
        }
    }

    private static DebBuilder Package(string defect)
    {
        DebBuilder hello = new("hello");
        return defect switch
        {
            "an entry with .." => hello.RawEntry(new TarBytesEntry("./usr/../../escape", '0')),
            "an entry called .." => hello.RawEntry(new TarBytesEntry("..", '5')),
            "a hard link to .." =>
                hello.RawEntry(new TarBytesEntry("./x", '1') { LinkName = "../../etc/passwd" }),
            "a character device" => hello.Device("dev/null", '3', 1, 3),
            "a block device" => hello.Device("dev/sda", '4', 8, 0),
            "an unknown entry type" => hello.RawEntry(new TarBytesEntry("./x", 'V')),
            "a file below a file" => hello.File("file", "").RawEntry(new TarBytesEntry("./file/x", '0')),
            "a file below a dangling link" =>
                hello.Symlink("link", "/no").RawEntry(new TarBytesEntry("./link/x", '0')),
            "a file below a link to itself" =>
                hello.Symlink("loop", "loop").RawEntry(new TarBytesEntry("./loop/x", '0')),
            "a hard link to nothing" => hello.HardLink("link", "nothing"),
            "a name of 300 bytes" => hello.File(new string('x', 300), ""),
            "a name with a line break" => hello.File("a\n/etc/passwd", ""),
            "the same file twice" => hello.File("file", "1").File("file", "2"),
            "the root as a file" => hello.RawEntry(new TarBytesEntry("./", '0')),
            "tar that is noise" => WithData(hello, [.. Enumerable.Repeat((byte)0x55, 2048)]),
            "a size beyond the archive" =>
                hello.RawEntry(new TarBytesEntry("./x", '0') { SizeField = "00000777777" }),
            "a negative size" => hello.RawEntry(new TarBytesEntry("./x", '0') { SizeField = "-0000000001" }),
            "another package" => hello.ControlText("Package: world\nVersion: 1.0\nArchitecture: amd64\n"),
            "another version" => hello.ControlText("Package: hello\nVersion: 2.0\nArchitecture: amd64\n"),
            "another architecture" => hello.ControlText("Package: hello\nVersion: 1.0\nArchitecture: i386\n"),
            "no control file" =>
                hello.Ar(ar => ar.Members[1] = new ArBytesMember("control.tar", new TarBytes().ToArray())),
            "no version" => hello.ControlText("Package: hello\nArchitecture: amd64\n"),
            "control without a colon" => hello.ControlText("Package hello\n"),
            "a bad version" => new DebBuilder("hello", "a:1"),
            "a trigger called .." => hello.Triggers("interest .."),
            "a trigger that is a path" => hello.Triggers("interest-noawait a/b"),
            "a trigger that is dpkg's own file" => hello.Triggers("interest File"),
            "a bad dependency" => hello.Depends("libc6 (>= "),
            "a directory in the control archive" => hello.ControlFile("sub/file", ""),
            "a link in the control archive" =>
                hello.ControlEntry(new TarBytesEntry("./link", '2') { LinkName = "x" }),
            "too many control members" => Enumerable.Range(1, 256)
                .Aggregate(hello, (package, i) => package.ControlFile($"member{i}", "")),
            "a control archive too large" => hello.ControlFile("big", new string('x', 65 << 20)),
            "a conffile outside" => hello.ConffileLine("/../etc/passwd"),
            _ => ArDefect(hello, defect),
        };
    }

    private static DebBuilder ArDefect(DebBuilder hello, string defect) => defect switch
    {
        "no debian-binary" => hello.Ar(ar => ar.Members.RemoveAt(0)),
        "format 3" => hello.Ar(ar => ar.Members[0] = new ArBytesMember("debian-binary", "3.0\n"u8.ToArray())),
        "an unknown member between" =>
            hello.Ar(ar => ar.Members.Insert(1, new ArBytesMember("stranger", [1]))),
        "data before control" => hello.Ar(ar => ar.Members.Reverse(1, 2)),
        "no data" => hello.Ar(ar => ar.Members.RemoveAt(2)),
        "an unknown compression" =>
            hello.Ar(ar => ar.Members[2] = ar.Members[2] with { Name = "data.tar.rar" }),
        "a wrong ar magic" => hello.Ar(ar => ar.Magic = "!<ARCH>\n"),
        "a wrong ar header" => hello.Ar(ar => ar.Members[1] = ar.Members[1] with { HeaderEnd = "xx" }),
        "an ar size that is no number" =>
            hello.Ar(ar => ar.Members[1] = ar.Members[1] with { SizeField = "-1" }),
        "an ar name with a slash" =>
            hello.Ar(ar => ar.Members[1] = ar.Members[1] with { Name = "../control.tar" }),
        "compressed data that is noise" => hello.Compress("", ".gz").Ar(ar =>
            ar.Members[2] = ar.Members[2] with { Content = Encoding.ASCII.GetBytes(new string('n', 100)) }),
        "an empty file" => hello.Cut(0),
        _ => throw new ArgumentException($"no such defect: {defect}", nameof(defect)),
    };

    private static DebBuilder WithData(DebBuilder package, byte[] tar) =>
        package.Ar(ar => ar.Members[2] = new ArBytesMember("data.tar", tar));
}
