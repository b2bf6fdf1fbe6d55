using Mono.Unix.Native;
using RootfsImporter.Files;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Deb.Installing;

/// <summary>Good packages, and what becomes of them.</summary>
public sealed class DebInstallationTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData(".gz", ".gz")]
    [InlineData(".xz", ".xz")]
    [InlineData(".zst", ".zst")]
    [InlineData(".gz", ".bz2")]
    [InlineData(".gz", ".lzma")]
    public async Task Unpacks_every_compression_of_deb5(string control, string data)
    {
        using DebInstallationFixture fixture = new();
        string content = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i} "));
        await fixture.UnpackAsync(
            new DebBuilder("hello").File("usr/share/hello", content).Compress(control, data));
        Assert.Equal(content, fixture.ReadText("usr/share/hello"));
    }

    [Fact]
    public async Task Refuses_an_old_compression_for_the_control_archive()
    {
        using DebInstallationFixture fixture = new();
        PackageFormatException error = await fixture.RefusedAsync(
            new DebBuilder("hello").Compress(".bz2", ""));
        Assert.Contains("control.tar is compressed as '.bz2'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keeps_modes_owners_times_and_links()
    {
        using DebInstallationFixture fixture = new();
        await fixture.UnpackAsync(new DebBuilder("hello")
            .Directory("var/mail", mode: Convert.ToInt32("2775", 8), gid: 8)
            .File("usr/bin/su", "su", mode: Convert.ToInt32("4755", 8), uid: 0, gid: 42, time: 1_600_000_000)
            .HardLink("usr/bin/sg", "usr/bin/su")
            .Symlink("usr/bin/doas", "su", time: 1_500_000_000)
            .Fifo("run/initctl", mode: Convert.ToInt32("640", 8)));

        Dictionary<string, TreeEntry> tree = fixture.Rootfs.ReadTree().ToDictionary(
            entry => entry.Path.Value);
        Assert.Equal((Convert.ToInt32("2775", 8), 8u), (tree["var/mail"].Mode, tree["var/mail"].Gid));
        Assert.Equal(
            (Convert.ToInt32("4755", 8), 42u, 1_600_000_000),
            (tree["usr/bin/sg"].Mode, tree["usr/bin/sg"].Gid, tree["usr/bin/sg"].ModifiedTime));
        Assert.Equal(
            (EntryKind.HardLink, "usr/bin/sg"), (tree["usr/bin/su"].Kind, tree["usr/bin/su"].LinkTarget));
        Assert.Equal(
            (EntryKind.Symlink, "su", 1_500_000_000),
            (tree["usr/bin/doas"].Kind, tree["usr/bin/doas"].LinkTarget, tree["usr/bin/doas"].ModifiedTime));
        Assert.Equal((EntryKind.Fifo, Convert.ToInt32("640", 8)), (tree["run/initctl"].Kind, tree["run/initctl"].Mode));
    }

    [Fact]
    public async Task Reads_names_and_link_targets_longer_than_a_header_field()
    {
        using DebInstallationFixture fixture = new();
        string directory = string.Join('/', Enumerable.Repeat("a-rather-long-directory-name", 8));
        await fixture.UnpackAsync(new DebBuilder("hello")
            .File($"{directory}/file", "content")
            .Symlink("link", $"{directory}/file"));
        Assert.Equal("content", fixture.ReadText($"{directory}/file"));
        Assert.Equal($"{directory}/file", new FileInfo(fixture.HostPath("link")).LinkTarget);
    }

    [Fact]
    public async Task Reads_pax_headers()
    {
        using DebInstallationFixture fixture = new();
        await fixture.UnpackAsync(new DebBuilder("hello").RawEntry(new TarBytesEntry("./short", '0')
        {
            Content = "content"u8.ToArray(),
            Pax = new Dictionary<string, string> { ["path"] = "./größer", ["uid"] = "3000000" },
        }));
        TreeEntry entry = Assert.Single(fixture.Rootfs.ReadTree(), e => e.Kind == EntryKind.File);
        Assert.Equal(("größer", 3_000_000u), (entry.Path.Value, entry.Uid));
    }

    [Fact]
    public async Task Makes_directories_that_the_archive_left_out()
    {
        using DebInstallationFixture fixture = new();
        await fixture.UnpackAsync(new DebBuilder("hello") { HasParents = false }.File("opt/a/b/file", ""));
        Assert.Equal(
            (UnixFileMode)Convert.ToInt32("755", 8), File.GetUnixFileMode(fixture.HostPath("opt/a")));
    }

    [Theory]
    [InlineData(UsrMerge.Bootstrapped)]
    [InlineData(UsrMerge.Packaged)]
    public async Task Unpacks_through_the_links_of_a_merged_usr(UsrMerge usrMerge)
    {
        using DebInstallationFixture fixture = new() { UsrMerge = usrMerge };
        await fixture.UnpackAsync(
            new DebBuilder("dash").File("bin/sh", "shell", time: 1_600_000_000).Symlink("bin/dash", "sh"),
            new DebBuilder("libc6").File("lib64/ld.so", "loader"));
        Assert.Equal("usr/bin", new DirectoryInfo(fixture.HostPath("bin")).LinkTarget);
        Assert.Equal("usr/lib64", new DirectoryInfo(fixture.HostPath("lib64")).LinkTarget);
        Assert.Equal("shell", fixture.ReadText("usr/bin/dash"));
        Assert.Equal("loader", fixture.ReadText("usr/lib64/ld.so"));

        // The tree is listed by real places, and the time has to be found there.
        Assert.Equal(1_600_000_000, fixture.Rootfs.PackagedTime(RootPath.Parse("usr/bin/sh")));
    }

    [Fact]
    public async Task Links_that_point_out_of_the_root_lead_back_into_it()
    {
        using DebInstallationFixture fixture = new();
        string outside = fixture.Directory["outside"];
        Directory.CreateDirectory(outside);
        string inside = fixture.HostPath(outside.TrimStart('/'));
        Directory.CreateDirectory(inside);
        await fixture.UnpackAsync(new DebBuilder("hello")
            .Symlink("absolute", outside).RawEntry(new TarBytesEntry("./absolute/one", '0'))
            .Symlink("relative", $"../../../../../..{outside}").RawEntry(new TarBytesEntry("./relative/two", '0')));
        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Assert.Equal(["one", "two"], Directory.GetFiles(inside).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task An_absolute_name_is_inside_the_root()
    {
        using DebInstallationFixture fixture = new();
        string path = $"/rootfs-importer-{Path.GetFileName(fixture.Directory.FullPath)}";
        await fixture.UnpackAsync(new DebBuilder("hello").RawEntry(new TarBytesEntry(path, '0')));
        Assert.False(File.Exists(path));
        Assert.True(File.Exists(fixture.Rootfs.HostPath + path));
    }

    [Fact]
    public async Task A_hard_link_cannot_name_a_file_outside()
    {
        using DebInstallationFixture fixture = new();
        string secret = fixture.Directory.Write("secret", "secret");
        PackageFormatException error = await fixture.RefusedAsync(new DebBuilder("hello")
            .Symlink("out", fixture.Directory.FullPath)
            .RawEntry(new TarBytesEntry("./mine", '1') { LinkName = "./out/secret" }));
        Assert.Contains("/mine", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, Syscall.stat(secret, out Stat status));
        Assert.Equal(1u, status.st_nlink);
    }

    [Fact]
    public async Task Skips_members_whose_name_begins_with_an_underscore()
    {
        using DebInstallationFixture fixture = new();
        await fixture.UnpackAsync(new DebBuilder("hello").File("file", "content").Ar(ar =>
        {
            ar.Members.Insert(2, new ArBytesMember("_later", [1, 2, 3]));
            ar.Members.Insert(1, new ArBytesMember("_gpgorigin", []));
        }));
        Assert.Equal("content", fixture.ReadText("file"));
    }

    [Fact]
    public async Task Accepts_member_names_that_end_in_a_slash_and_members_after_the_last()
    {
        using DebInstallationFixture fixture = new();
        await fixture.UnpackAsync(new DebBuilder("hello").File("file", "content").Ar(ar =>
        {
            for (int i = 0; i < 3; i++)
            {
                ar.Members[i] = ar.Members[i] with { Name = ar.Members[i].Name + "/" };
            }

            ar.Add("more", [1]);
        }));
        Assert.Equal("content", fixture.ReadText("file"));
    }

    [Fact]
    public async Task Tells_the_scripts_what_dpkg_would()
    {
        using DebInstallationFixture fixture = new();
        fixture.Sandbox.OnRun = _ =>
        {
            Assert.Equal("0001 hello amd64\n", fixture.ReadText("var/lib/dpkg/rootfs-importer/preinsts"));
            Assert.StartsWith(
                "#!/bin/sh", fixture.ReadText("var/lib/dpkg/rootfs-importer/0001/preinst"), StringComparison.Ordinal);
        };
        await fixture.InstallAsync([new DebBuilder("hello").Script("preinst", "true")]);
        RootfsImporter.Sandbox.SandboxCommand command = Assert.Single(fixture.Sandbox.Commands);
        Assert.Equal("/bin/sh", command.Arguments[0]);
        Assert.False(command.HasNetwork);
        Assert.Equal("1714057833", command.Environment["SOURCE_DATE_EPOCH"]);
        Assert.Equal("noninteractive", command.Environment["DEBIAN_FRONTEND"]);
    }

    [Theory]
    [InlineData(
        "rootfs-importer: preinst of hello failed with exit code 3\n",
        "configuring the packages: the preinst script of hello failed with exit code 3")]
    [InlineData(
        "dpkg: error processing package hello (--configure):\n installed hello package post-installation script "
            + "subprocess returned error exit status 5\n",
        "configuring the packages: hello: installed hello package post-installation script subprocess returned "
            + "error exit status 5")]
    [InlineData("sh: dpkg: not found\n", "configuring the packages: the command ended with exit code 1")]
    public async Task Names_the_package_and_the_script_that_failed(string output, string message)
    {
        using DebInstallationFixture fixture = new();
        fixture.Sandbox.Answer(1, output);
        SandboxException error = await Assert.ThrowsAsync<SandboxException>(
            () => fixture.InstallAsync([new DebBuilder("hello")]));
        Assert.Equal($"{message}\n{output.TrimEnd()}", error.Message);
        Assert.Contains("exclude or pin the package", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stops_when_cancelled()
    {
        using DebInstallationFixture fixture = new();
        FetchedPackage package = new DebBuilder("hello").File("file", "").Fetched(fixture.Directory);
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => fixture.Begin([package]).UnpackAsync(package, cancelled.Token));
        Assert.False(File.Exists(fixture.HostPath("file")));
    }
}
