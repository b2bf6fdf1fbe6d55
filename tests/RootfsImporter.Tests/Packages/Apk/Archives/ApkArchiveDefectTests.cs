using System.Text;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Apk.Archives;

/// <summary>Malformed and hostile packages: each is refused with one clear error.</summary>
public sealed class ApkArchiveDefectTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public static TheoryData<string, string> Defects => new()
    {
        { "an entry with ..", "the entry 'usr/../../escape' would leave the root" },
        { "an entry called ..", "the entry '..' would leave the root" },
        { "an absolute entry", "the entry '/etc/passwd' would leave the root" },
        { "a pax path with ..", "the entry '../x' would leave the root" },
        { "a pax path with NUL", "would leave the root" },
        { "an entry without a name", "the entry '' would leave the root" },
        { "a hard link to ..", "the entry '../etc/passwd' would leave the root" },
        { "a hard link to nothing", "/link is a hard link to /etc/passwd, which is no file before it" },
        { "a hard link to a directory", "/link is a hard link to /usr, which is no file before it" },
        { "a symbolic link to nothing", "the symbolic link /link has no usable target" },
        { "a character device", "/dev/null is a device node, which a base image must not hold" },
        { "a block device", "/dev/sda is a device node, which a base image must not hold" },
        { "an unknown entry type", "unknown archive entry type 'S'" },
        { "a name with a line break", "line break" },
        { "a name that is not UTF-8", "is not UTF-8" },
        { "the root as a file", "the root directory is a File" },
        { "the same file twice", "/file is in the package twice" },
        { "a directory and a file of one name", "/usr is in the package twice" },
        { "a wrong checksum", "/file has the SHA-1 " },
        { "a wrong checksum of an empty file", "/file has the SHA-1 da39a3ee" },
        { "a wrong checksum of a link", "/link has the SHA-1 " },
        { "a checksum that is none", "its checksum 'xyz' is not 40 hexadecimal digits" },
        { "a header with a wrong checksum", "a header of the archive is damaged" },
        { "a size beyond the archive", "the archive ends inside a file" },
        { "a size that is no number", "is not a number" },
        { "a negative size", "is out of range" },
        { "a directory with content", "an entry of type 5 has 1 bytes of content" },
        { "an extended header too large", "an extended header is to have" },
        { "a pax record of wrong length", "an extended header is malformed: in the record at byte 0, its length is wrong" },
        { "a pax record without a key", "an extended header is malformed: in the record at byte 0, it has no key" },
        { "a pax size that is no number", "the extended header's size 'x' is not a number" },
        { "an extended header at the end", "the archive ends where an entry should follow its extended header" },
        { "something after the end of the tar", "something follows the end of the archive" },
        { "no data", "it has no data part" },
        { "two data parts", "something follows its data part" },
        { "garbage after the data", "something follows its data part" },
        { "two control parts", "something follows its data part" },
        { "only a signature", "it has no control part" },
        { "a bomb for a control part", "more than the 16777216 bytes that are allowed" },
        { "a bomb for a signature", "more than the 65536 bytes that are allowed" },
        { "too many signatures", "it has more than 16 signature parts" },
        { "a signature without a key", "its signature '.SIGN.RSA' names no key" },
        { "control among the signatures", "among its signatures is an entry '.PKGINFO'" },
        { "no .PKGINFO", "the control part: there is no .PKGINFO" },
        { ".PKGINFO twice", "the control part: .PKGINFO is there twice" },
        { "a script twice", "the control part: .trigger is there twice" },
        { "a file in the control part", "the control part: unexpected entry 'usr/bin/x'" },
        { "a link in the control part", "the control part: unexpected entry '.post-install'" },
        { "no pkgname", "the control part: .PKGINFO has no pkgname" },
        { "two versions", "the control part: .PKGINFO has two of pkgver" },
        { "apk v3", "it is of apk v3's format (ADB); only v2 can be read" },
        { "apk v3, deflated", "it is of apk v3's format (ADB); only v2 can be read" },
        { "a web page", "it is not gzip data, as files of apk v2 are" },
        { "nothing", "it is empty" },
    };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Defects))]
    public void Is_refused(string defect, string expected)
    {
        string file = _directory.Write("package.apk", Make(defect));
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => ReadAll(file));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_that_is_cut_anywhere_is_refused()
    {
        using ApkKey key = new();
        byte[] whole = new ApkBuilder("p").File("a", "content").Script("trigger", "true").Sign(key).Build();
        ReadAll(_directory.Write("whole.apk", whole));
        for (int length = 0; length < whole.Length; length++)
        {
            string file = _directory.Write("cut.apk", whole.AsSpan(0, length));
            Assert.Throws<InvalidDataException>(() => ReadAll(file));
        }
    }

    [Fact]
    public void A_tar_that_is_cut_anywhere_is_refused_unless_between_entries()
    {
        byte[] tar = new TarBytes()
            .Add(new TarBytesEntry("a", '0') { Content = new byte[700], Pax = new Dictionary<string, string> { ["x"] = "y" } })
            .Add(new TarBytesEntry("b", '5')).ToArray();
        int[] between = [0, 2560, 3072, 3584];
        for (int length = 0; length < tar.Length; length++)
        {
            ApkTarReader reader = new(new MemoryStream(tar, 0, length));
            void ReadAllEntries()
            {
                while (reader.ReadNext() is not null)
                {
                }
            }

            if (between.Contains(length))
            {
                ReadAllEntries();
            }
            else if (length < 3072)
            {
                Assert.Throws<InvalidDataException>(ReadAllEntries);
            }
        }
    }

    private static void ReadAll(string file)
    {
        using ApkArchive archive = ApkArchive.Open(file);
        archive.ReadControl();
        foreach (ApkEntry entry in archive.ReadData())
        {
            entry.Content.CopyTo(Stream.Null);
        }
    }

    private static byte[] Gzip(byte[] content) => SystemCompressor.Compress(content, ".gz");

    private static byte[] Control(params TarBytesEntry[] entries)
    {
        TarBytes tar = new();
        foreach (TarBytesEntry entry in entries)
        {
            tar.Add(entry);
        }

        return [.. Gzip(tar.ToArray(withEnd: false)), .. Good.BuildParts().Data];
    }

    private static TarBytesEntry PkgInfo(string text = "pkgname = p\npkgver = 1\narch = noarch\n") =>
        new(".PKGINFO", '0') { Content = Encoding.UTF8.GetBytes(text) };

    private static ApkBuilder Good => new ApkBuilder("p") { HasParents = false }.File("file", "content");

    private static byte[] Data(TarBytesEntry entry) =>
        new ApkBuilder("p") { HasParents = false }.Directory("usr").RawEntry(entry).Build();

    private static byte[] DataTar(byte[] tar) => [.. Good.BuildParts().Control, .. Gzip(tar)];

    private static byte[] Summed(TarBytesEntry entry, string checksum) => Data(entry with
    {
        Pax = new Dictionary<string, string> { ["APK-TOOLS.checksum.SHA1"] = checksum },
    });

    private static byte[] Pax(string key, string value) => Data(
        new TarBytesEntry("file", '0') { Pax = new Dictionary<string, string> { [key] = value } });

    private static byte[] Make(string defect)
    {
        string ones = new('1', 40);
        TarBytesEntry file = new("file", '0');
        return defect switch
        {
            "an entry with .." => Data(new TarBytesEntry("usr/../../escape", '0')),
            "an entry called .." => Data(new TarBytesEntry("..", '5')),
            "an absolute entry" => Data(new TarBytesEntry("/etc/passwd", '0')),
            "a pax path with .." => Pax("path", "../x"),
            "a pax path with NUL" => Pax("path", "a\0b"),
            "an entry without a name" => Data(new TarBytesEntry("", '0')),
            "a hard link to .." => Data(new TarBytesEntry("link", '1') { LinkName = "../etc/passwd" }),
            "a hard link to nothing" => Data(new TarBytesEntry("link", '1') { LinkName = "etc/passwd" }),
            "a hard link to a directory" => Data(new TarBytesEntry("link", '1') { LinkName = "usr" }),
            "a symbolic link to nothing" => Data(new TarBytesEntry("link", '2')),
            "a character device" => Data(new TarBytesEntry("dev/null", '3')),
            "a block device" => Data(new TarBytesEntry("dev/sda", '4')),
            "an unknown entry type" => Data(new TarBytesEntry("sparse", 'S')),
            "a name with a line break" => Data(new TarBytesEntry("a\nb", '0')),
            "a name that is not UTF-8" => Data(
                new TarBytesEntry("x", '0') { RawPax = [.. "10 path="u8, 0xFF, (byte)'\n'] }),
            "the root as a file" => Data(new TarBytesEntry("./", '0')),
            "the same file twice" => Good.File("file", "again").Build(),
            "a directory and a file of one name" => Data(new TarBytesEntry("usr", '0')),
            "a wrong checksum" => Summed(file with { Content = "x"u8.ToArray() }, ones),
            "a wrong checksum of an empty file" => Summed(file, ones),
            "a wrong checksum of a link" => Summed(new TarBytesEntry("link", '2') { LinkName = "x" }, ones),
            "a checksum that is none" => Summed(file, "xyz"),
            "a header with a wrong checksum" => DataTar(
                [.. new TarBytes().Add(file).ToArray().Select((b, i) => i == 3 ? (byte)(b ^ 1) : b)]),
            "a size beyond the archive" => DataTar(
                new TarBytes().Add(file with { SizeField = "00000100000" }).ToArray()),
            "a size that is no number" => Data(file with { SizeField = "0000000009x" }),
            "a negative size" => Pax("size", "-1"),
            "a directory with content" => Data(new TarBytesEntry("d/", '5') { Content = [1] }),
            "an extended header too large" => DataTar(
                new TarBytes().Add(new TarBytesEntry("x", 'x') { Content = new byte[(1 << 20) + 1] }).ToArray()),
            "a pax record of wrong length" => Data(file with { RawPax = "99 path=x\n"u8.ToArray() }),
            "a pax record without a key" => Data(file with { RawPax = "6 =ab\n"u8.ToArray() }),
            "a pax size that is no number" => Pax("size", "x"),
            "an extended header at the end" => DataTar(
                new TarBytes().Add(new TarBytesEntry("x", 'x') { Content = "9 path=x\n"u8.ToArray() }).ToArray()),
            "something after the end of the tar" => DataTar([.. new TarBytes().Add(file).ToArray(), 0, 1]),
            "no data" => Good.BuildParts().Control,
            "two data parts" => [.. Good.Build(), .. Good.BuildParts().Data],
            "garbage after the data" => [.. Good.Build(), .. "garbage"u8],
            // The second is where the data should be, and holds nothing that is installed.
            "two control parts" => [.. Good.BuildParts().Control, .. Good.Build()],
            _ => MakePart(defect),
        };
    }

    private static byte[] MakePart(string defect)
    {
        byte[] Signature(string name) => ApkKey.SignatureMember(name, new byte[256]);
        TarBytesEntry script = new(".trigger", '0');
        return defect switch
        {
            "only a signature" => Signature(".SIGN.RSA.key"),
            "a bomb for a control part" => Control(new TarBytesEntry(".big", '0') { Content = new byte[17 << 20] }),
            "a bomb for a signature" => Gzip(
                new TarBytes().Add(new TarBytesEntry(".SIGN.RSA.key", '0') { Content = new byte[1 << 20] }).ToArray()),
            "too many signatures" => [.. Enumerable.Repeat(Signature(".SIGN.RSA.key"), 17).SelectMany(s => s), .. Good.Build()],
            "a signature without a key" => [.. Signature(".SIGN.RSA"), .. Good.Build()],
            "control among the signatures" => [.. Gzip(new TarBytes()
                .Add(new TarBytesEntry(".SIGN.RSA.key", '0')).Add(PkgInfo()).ToArray(withEnd: false)), .. Good.Build()],
            "no .PKGINFO" => Control(script),
            ".PKGINFO twice" => Control(PkgInfo(), PkgInfo()),
            "a script twice" => Control(PkgInfo(), script, script),
            "a file in the control part" => Control(PkgInfo(), new TarBytesEntry("usr/bin/x", '0')),
            "a link in the control part" => Control(
                PkgInfo(), new TarBytesEntry(".post-install", '2') { LinkName = "/bin/sh" }),
            "no pkgname" => Control(PkgInfo("pkgver = 1\narch = noarch\n")),
            "two versions" => Control(PkgInfo("pkgname = p\npkgver = 1\npkgver = 2\narch = noarch\n")),
            "apk v3" => [.. "ADB.pckg"u8],
            "apk v3, deflated" => [.. "ADBd"u8, 1, 2, 3],
            "a web page" => [.. "<html>"u8],
            "nothing" => [],
            _ => throw new ArgumentException(defect, nameof(defect)),
        };
    }
}
