using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Signing;

namespace RootfsImporter.Tests.Packages.Apk.Archives;

public sealed class ApkArchiveTests(RsaKeys keys) : IClassFixture<RsaKeys>, IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private List<(ApkEntry Entry, string Content)> ReadData(ApkBuilder builder)
    {
        using ApkArchive archive = ApkArchive.Open(_directory.Write("package.apk", builder.Build()));
        return ReadData(archive);
    }

    private static List<(ApkEntry Entry, string Content)> ReadData(ApkArchive archive)
    {
        List<(ApkEntry, string)> entries = [];
        foreach (ApkEntry entry in archive.ReadData())
        {
            using MemoryStream content = new();
            entry.Content.CopyTo(content);
            Assert.Equal(entry.Size, content.Length);
            entries.Add((entry, Encoding.UTF8.GetString(content.ToArray())));
        }

        return entries;
    }

    private ApkControl ReadControl(ApkBuilder builder)
    {
        using ApkArchive archive = ApkArchive.Open(_directory.Write("package.apk", builder.Build()));
        return archive.ReadControl();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Reads_packages_with_any_number_of_signatures(int count)
    {
        (byte[] signature, byte[] control, byte[] data) =
            new ApkBuilder("hello").File("usr/bin/hello", "hi").Sign(keys.Key).BuildParts();
        byte[] file = [.. Enumerable.Repeat(signature, count).SelectMany(s => s), .. control, .. data];
        using ApkArchive archive = ApkArchive.Open(_directory.Write("package.apk", file));
        Assert.Equal("hello", archive.ReadControl().Info.Name);
        Assert.Equal(["usr", "usr/bin", "usr/bin/hello"], ReadData(archive).Select(e => e.Entry.Tree.Path.Value));
    }

    [Fact]
    public void Reads_the_control_part()
    {
        ApkControl control = ReadControl(new ApkBuilder("hello", "1.2-r3", "noarch")
            .Depends("so:libc.musl-x86_64.so.1", "busybox>1.30").Field("pkgdesc", "says = hello")
            .Script("post-install", "echo hi").Script("trigger", "#!/bin/busybox sh\ntrue")
            .ControlEntry(new TarBytesEntry(".unknown", '0')));
        Assert.Equal(("hello", "1.2-r3", "noarch"), (control.Info.Name, control.Info.Version, control.Info.Architecture));
        Assert.Equal(["so:libc.musl-x86_64.so.1", "busybox>1.30"], control.Info.All("depend"));
        Assert.Equal("says = hello", control.Info["pkgdesc"]);
        Assert.Null(control.Info["absent"]);
        Assert.Equal("pkgname", control.Info.Fields[0].Name);
        Assert.Equal(
            [("post-install", 0x1ED, "#!/bin/sh\nset -e\necho hi\n"), ("trigger", 0x1ED, "#!/bin/busybox sh\ntrue")],
            control.Scripts.Select(s => (s.Kind, s.Mode, Encoding.UTF8.GetString(s.Content.Span))));
        Assert.Equal(1_700_000_000, control.Script("trigger")!.ModifiedTime);
        Assert.Null(control.Script("pre-install"));
    }

    [Fact]
    public void Reads_what_the_data_part_says_of_each_entry()
    {
        byte[] capability = [1, 0, 0, 2, 0x80, 0x30, 0, 0, 0, 0, 0, 0, 0xFF, 10, 61, 0, 0, 0, 0, 0];
        byte[] record = [.. "SCHILY.xattr.security.capability="u8, .. capability, (byte)'\n'];
        TarBytesEntry ping = new("bin/ping", '0')
        {
            Content = "ELF"u8.ToArray(),
            Mode = 0x9ED,
            Uid = 5,
            Gid = 42,
            UserName = "ping",
            GroupName = "shadow",
            ModifiedTime = 1_600_000_000,
            RawPax = [.. Encoding.ASCII.GetBytes($"{record.Length + 3} "), .. record],
        };
        string deep = string.Join('/', Enumerable.Repeat("directory", 20)) + "/file";
        List<(ApkEntry Entry, string Content)> entries = ReadData(new ApkBuilder("p") { HasParents = false }
            .Directory("var/empty", 0x16D).Entry(ping).HardLink("bin/ping6", "bin/ping").Symlink("bin/sh", "/bin/busybox")
            .File(deep, "deep").RawEntry(new TarBytesEntry("short", '0')
            {
                Pax = new Dictionary<string, string> { ["path"] = "длинно", ["uid"] = "3000000", ["mtime"] = "-1.5" },
            }));
        Assert.Equal(["var/empty", "bin/ping", "bin/ping6", "bin/sh", deep, "длинно"], entries.Select(e => e.Entry.Tree.Path.Value));

        ApkEntry read = entries[1].Entry;
        Assert.Equal((EntryKind.File, 0x9ED, 5u, 42u), (read.Tree.Kind, read.Tree.Mode, read.Tree.Uid, read.Tree.Gid));
        Assert.Equal(("ping", "shadow", 1_600_000_000), (read.UserName, read.GroupName, read.Tree.ModifiedTime));
        Assert.Equal("ELF", entries[1].Content);
        ExtendedAttribute attribute = Assert.Single(read.Tree.ExtendedAttributes);
        Assert.Equal("security.capability", attribute.Name);
        Assert.Equal(capability, attribute.Value.ToArray());
        Assert.Equal(20, read.Sha1!.Value.Length);

        Assert.Equal((EntryKind.Directory, 0x16D), (entries[0].Entry.Tree.Kind, entries[0].Entry.Tree.Mode));
        Assert.Equal((EntryKind.HardLink, "bin/ping"), (entries[2].Entry.Tree.Kind, entries[2].Entry.Tree.LinkTarget));
        Assert.Equal((EntryKind.Symlink, "/bin/busybox"), (entries[3].Entry.Tree.Kind, entries[3].Entry.Tree.LinkTarget));
        Assert.Equal("deep", entries[4].Content);
        Assert.Equal((3_000_000u, -2), (entries[5].Entry.Tree.Uid, entries[5].Entry.Tree.ModifiedTime));
        Assert.Null(entries[5].Entry.Sha1);
    }

    [Fact]
    public void Leaves_out_what_apk_does_not_install()
    {
        List<(ApkEntry Entry, string Content)> entries = ReadData(new ApkBuilder("p") { HasParents = false }
            .File(".dummy", "").File(".hidden/file", "").File("var/lib/x/.keep_x-1", "").File("usr/.kept", "")
            .Directory(".keep_directory"));
        Assert.Equal(["usr/.kept"], entries.Select(e => e.Entry.Tree.Path.Value));
    }

    [Fact]
    public void Content_that_nobody_reads_is_skipped()
    {
        using ApkArchive archive = ApkArchive.Open(_directory.Write(
            "package.apk", new ApkBuilder("p").File("a", new string('x', 100_000)).File("b", "y").Build()));
        Assert.Equal(["a", "b"], archive.ReadData().Select(e => e.Tree.Path.Value).ToArray());
    }

    [Fact]
    public void Knows_the_locked_package()
    {
        ApkBuilder builder = new("hello", "1.0-r0");
        ReadControl(builder).CheckIs(builder.Locked());
        InvalidDataException e = Assert.Throws<InvalidDataException>(
            () => ReadControl(new ApkBuilder("hello", "2.0-r0")).CheckIs(builder.Locked()));
        Assert.Equal(
            "the file holds hello 2.0-r0 x86_64, but the index promised hello 1.0-r0 x86_64", e.Message);
        // apk index --rewrite-arch
        ReadControl(new ApkBuilder("hello", "1.0-r0", "noarch")).CheckIs(builder.Locked());
    }

    [Fact]
    public void Reads_a_package_of_Alpines()
    {
        if (SharedAlpine.Directory is null)
        {
            TestContext.Current.AddWarning(SharedAlpine.Reason);
            return;
        }

        using ApkArchive archive = ApkArchive.Open(SharedAlpine.File("genuine/alpine-baselayout-3.2.0-r23.apk")!);
        ApkControl control = archive.ReadControl();
        Assert.Equal("3.2.0-r23", control.Info.Version);
        Assert.Equal(
            ["pre-install", "pre-upgrade", "post-upgrade", "post-install"], control.Scripts.Select(s => s.Kind));
        List<(ApkEntry Entry, string Content)> entries = ReadData(archive);
        Assert.Equal("dev", entries[0].Entry.Tree.Path.Value);
        Assert.Equal("/var/mail", entries.Single(e => e.Entry.Tree.Path.Value == "var/spool/mail").Entry.Tree.LinkTarget);
        Assert.All(
            entries.Where(e => e.Entry.Tree.Kind is EntryKind.File or EntryKind.Symlink),
            e => Assert.NotNull(e.Entry.Sha1));
    }
}
