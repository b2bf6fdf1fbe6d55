using RootfsImporter.Files;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Apk.Installing;

/// <summary>Good packages, and what becomes of them.</summary>
public sealed class ApkInstallationTests
{
    [Fact]
    public async Task Keeps_modes_times_and_links_and_leaves_nothing_beside_the_root()
    {
        using ApkInstallationFixture fixture = new();
        await fixture.InstallAsync(new ApkBuilder("hello")
            .File("usr/bin/su", "su", mode: Convert.ToInt32("4755", 8), uid: 3, gid: 42, time: 1_600_000_000)
            .HardLink("usr/bin/sg", "usr/bin/su")
            .Symlink("usr/bin/doas", "su")
            .Directory("var/spool", mode: Convert.ToInt32("1770", 8), uid: 5, gid: 6));
        Assert.Equal("4755 3:42", fixture.Owner("usr/bin/su"));
        Assert.Equal("1770 5:6", fixture.Owner("var/spool"));
        Assert.Equal("su", new FileInfo(fixture.HostPath("usr/bin/doas")).LinkTarget);
        TreeEntry link = fixture.Rootfs.ReadTree().Single(entry => entry.Path == RootPath.Parse("usr/bin/su"));
        Assert.Equal((EntryKind.HardLink, "usr/bin/sg"), (link.Kind, link.LinkTarget));
        Assert.Equal(1_600_000_000, fixture.Rootfs.PackagedTime(RootPath.Parse("usr/bin/su")));
        Assert.Equal(["rootfs"], Directory.EnumerateFileSystemEntries(fixture.Directory["place"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task What_a_failure_leaves_beside_the_root_goes_with_it()
    {
        ApkInstallationFixture fixture = new();
        using (fixture.Directory)
        {
            await fixture.RefusedAsync(
                new ApkBuilder("a").File("etc/x", "1"), new ApkBuilder("b").File("etc/x", "2"));
            Assert.Equal(2, Directory.GetFileSystemEntries(fixture.Directory["place"]).Length);
            fixture.Rootfs.Dispose();
            Assert.Equal([fixture.Rootfs.HostPath], Directory.GetFileSystemEntries(fixture.Directory["place"]));
        }
    }

    [Fact]
    public async Task The_order_is_the_worlds_with_needs_before_and_what_comes_by_itself_right_after()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["base", "zoo", "Alpha>1"] } };
        ApkBuilder[] packages =
        [
            new ApkBuilder("base").Depends("base-data=1.0-r0", "/bin/sh", "!absent"),
            new ApkBuilder("base-data"),
            new ApkBuilder("box").Depends("so:libc.so.1"),
            new ApkBuilder("box-doc").InstallIf("box=1.0-r0", "base"),
            new ApkBuilder("box-sh").Depends("box").Provides("/bin/sh").Field("provider_priority", "100"),
            new ApkBuilder("ash").Depends("box").Provides("/bin/sh").Field("provider_priority", "10"),
            new ApkBuilder("libc").Depends("base-data").Provides("so:libc.so.1=1"),
            new ApkBuilder("zoo"),
            new ApkBuilder("zoo-doc").InstallIf("zoo"),
            new ApkBuilder("Alpha").Depends("Alpha-of-itself"),
            new ApkBuilder("Alpha-of-itself").Depends("Alpha"),
        ];
        await fixture.InstallAsync([.. packages.Select(package => package.Script("post-install", "true"))]);
        Assert.Equal(
            ["Alpha-of-itself", "Alpha", "base-data", "libc", "box", "box-doc", "box-sh", "base", "zoo", "zoo-doc", "ash"],
            fixture.Commands.Select(command => command["/lib/apk/exec/".Length..].Split("-1.0")[0]));
    }

    [Fact]
    public async Task Owners_go_by_name_where_the_root_knows_it_at_that_moment()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["early", "files", "late"] } };
        fixture.Sandbox.OnRun = _ => File.AppendAllText(fixture.HostPath("etc/group"), "late:x:990:\n");
        await fixture.InstallAsync(
            new ApkBuilder("early").File("early", "", user: "mail", uid: 1000, group: "unknown", gid: 44),
            new ApkBuilder("files").File("etc/passwd", "root:x:0:0::/:\nmail:x:8:12::/:\nmail:x:9:9::/:\nbad:x:no\n")
                .File("etc/group", "root:x:0:\nmail:x:12:\n"),
            new ApkBuilder("late").Script("pre-install", "addgroup late")
                .File("late", "", user: "mail", uid: 1000, group: "late", gid: 7)
                .Directory("var/late", user: "mail", uid: 1000));
        Assert.Equal("644 1000:44", fixture.Owner("early"));
        Assert.Equal("644 8:990", fixture.Owner("late"));
        Assert.Equal("755 8:0", fixture.Owner("var/late"));
        Assert.Contains("F:var/late\nM:8:0:755", fixture.Record("late"), StringComparison.Ordinal);
        Assert.Contains("R:late\na:8:990:644\n", fixture.Record("late"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shared_directory_has_the_smallest_owner_and_what_all_of_its_packages_allow()
    {
        using ApkInstallationFixture fixture = new();
        await fixture.InstallAsync(
            new ApkBuilder("a").Directory("var/x", 0x1FD, uid: 7).Directory("var/y", 0x1FF).Directory("proc"),
            new ApkBuilder("b").Directory("var/x", 0x1ED, uid: 3).Directory("var/y", 0x1ED).Directory("tmp", 0x3FF),
            new ApkBuilder("c").Directory("var/x", 0x1C0, uid: 7).Directory("var/y", 0x1FC));
        Assert.Equal("755 3:0", fixture.Owner("var/x"));
        Assert.Equal("754 0:0", fixture.Owner("var/y"));
        Assert.Equal("1777 0:0", fixture.Owner("tmp"));

        // It was there before the packages, and not as they have it.
        Assert.Equal("555 0:0", fixture.Owner("proc"));
    }

    [Fact]
    public async Task The_tree_and_the_database_do_not_depend_on_jobs_or_order()
    {
        List<string> trees = [];
        for (int run = 0; run < 4; run++)
        {
            using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["p3", "p7"] } };
            List<FetchedPackage> packages = [.. Enumerable.Range(0, 12).Select(i => new ApkBuilder($"p{i}")
                .Depends(i % 3 == 0 ? [] : [$"p{i - 1}"])
                .Replaces([.. Enumerable.Range(0, 12).Select(other => $"p{other}")]).Field("replaces_priority", $"{i}")
                .Script("post-install", "true")
                .File("usr/shared", $"{i}").File($"usr/{i}", new string('x', 1000 * i))
                .Directory("var/d", 0x1C0 | i, uid: i % 4)
                .Fetched(fixture.Directory))];
            await fixture.InstallAsync(
                run % 2 == 0 ? packages : [.. packages.AsEnumerable().Reverse()], jobs: 1 + (run * 3));
            trees.Add(fixture.TreeText());
        }

        Assert.Single(trees.Distinct());
    }

    [Fact]
    public async Task What_a_script_made_below_etc_stays_and_the_packages_file_is_put_beside_it()
    {
        using ApkInstallationFixture fixture = new();
        fixture.Sandbox.OnRun = _ =>
        {
            Directory.CreateDirectory(fixture.HostPath("etc/init.d"));
            Directory.CreateDirectory(fixture.HostPath("usr"));
            foreach (string path in (string[])["etc/own", "etc/same", "etc/init.d/service", "usr/own"])
            {
                File.WriteAllText(fixture.HostPath(path), "script");
            }
        };
        await fixture.InstallAsync(new ApkBuilder("a").Script("pre-install", "true")
            .File("etc/own", "package").File("etc/same", "script").File("etc/init.d/service", "package")
            .File("usr/own", "package"));
        Assert.Equal(
            "script package script script package package",
            string.Join(' ', ((string[])
                ["etc/own", "etc/own.apk-new", "etc/same", "etc/init.d/service", "etc/init.d/service.apk-new", "usr/own"])
                .Select(fixture.ReadText)));
        Assert.False(File.Exists(fixture.HostPath("etc/same.apk-new")));
    }

    [Fact]
    public async Task Of_an_extracted_package_only_etc_and_usr_lib_are_there_and_no_record()
    {
        using ApkInstallationFixture fixture = new();
        FetchedPackage release = new ApkBuilder("release").File("etc/os-release", "ID=x").Directory("etc/fixes.d", 0x1C0)
            .File("usr/lib/more", "m").File("usr/share/less", "l").File("etcetera", "e").Script("post-install", "true")
            .Fetched(fixture.Directory);
        await fixture.InstallAsync(
            [
                new ApkBuilder("base").File("etc/motd", "hi").Fetched(fixture.Directory),
                release with { Package = release.Package with { Reason = "extracted" } },
            ],
            jobs: 2);
        Assert.Equal("ID=x", fixture.ReadText("etc/os-release"));
        Assert.Equal("m", fixture.ReadText("usr/lib/more"));
        Assert.Equal("700 0:0", fixture.Owner("etc/fixes.d"));
        Assert.Equal(("absent", "absent"), (fixture.Owner("usr/share"), fixture.Owner("etcetera")));
        Assert.DoesNotContain("release", fixture.ReadText("lib/apk/db/installed"), StringComparison.Ordinal);
        Assert.Empty(fixture.Commands);
    }

    [Fact]
    public async Task Without_scripts_applet_links_come_from_the_lists_and_what_is_missed_is_said_once()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Scripts = PackageScripts.None } };
        fixture.Sandbox.OnRun = command => Assert.Fail($"ran {command.Arguments[0]}");
        await fixture.InstallAsync(
            new ApkBuilder("alpine-baselayout").Script("pre-install", "true"),
            new ApkBuilder("box").Script("post-install", "true").Triggers("/bin").Script("trigger", "true")
                .File("bin/box", "").File("etc/busybox-paths.d/box", "bin/ls\nsbin/new/[\nbin/vi\n"),
            new ApkBuilder("box-more").Script("post-install", "true").File("etc/busybox-paths.d/more", "usr/bin/nc"),
            new ApkBuilder("vim").Symlink("bin/vi", "vim"),
            new ApkBuilder("redis").Script("pre-install", "adduser redis"),
            new ApkBuilder("glib").Script("trigger", "true"),
            new ApkBuilder("old").Script("pre-upgrade", "true"));
        Assert.Equal(
            "/bin/box /bin/box vim /bin/more",
            string.Join(' ', ((string[])["bin/ls", "sbin/new/[", "bin/vi", "usr/bin/nc"])
                .Select(path => new FileInfo(fixture.HostPath(path)).LinkTarget)));
        Assert.Equal(
            "the profile runs no package scripts, so what those of glib, redis would have made (users, caches, links) is not "
                + "in the image",
            Assert.Single(fixture.Events.Warnings));
        Assert.Equal("absent", fixture.Owner("lib/apk/exec"));
    }
}
