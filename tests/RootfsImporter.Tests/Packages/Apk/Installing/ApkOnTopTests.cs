using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Apk.Installing;

/// <summary>Installing on top of what is installed. AlpineOnTopTests have the genuine apk do the same.</summary>
public sealed class ApkOnTopTests
{
    private static ApkBuilder Shell => new ApkBuilder("shell").Directory("bin").File("bin/sh", "1", mode: 0x1ED)
        .File("etc/shell", "usual").File("etc/own", "usual").File("usr/old/gone", "x").File("usr/both", "shell")
        .Triggers("/bin", "/srv/*").Script("trigger", "echo told").Script("post-upgrade", "no").Replaces("tool")
        .Script("post-install", "echo installed");

    [Fact]
    public async Task What_was_there_stays_byte_for_byte_and_the_new_is_among_it()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["shell", "zoo"] } };
        await fixture.InstallAsync(Shell, new ApkBuilder("zoo").File("zoo", "").Script("pre-deinstall", "echo bye"));
        string before = fixture.ReadText("lib/apk/db/installed");
        fixture.Sandbox.Commands.Clear();
        ApkBuilder tool = new ApkBuilder("tool").Depends("shell").File("srv/data/x", "x").File("usr/bin/tool", "t")
            .Triggers("/bin").Script("pre-install", "echo 1").Script("post-install", "echo 2").Script("trigger", "echo 3");
        await fixture.InstallOnTopAsync("tool", tool, new ApkBuilder("alpha").InstallIf("tool").File("bin/alpha", ""));

        string[] records = fixture.ReadText("lib/apk/db/installed").Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        string[] old = before.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((old[0], old[1]), (records[1], records[3]));
        Assert.Contains("P:alpha\n", records[0], StringComparison.Ordinal);
        Assert.Contains("P:tool\n", records[2], StringComparison.Ordinal);
        Assert.Equal("shell\ntool\nzoo\n", fixture.ReadText("etc/apk/world"));
        Assert.Equal(
            [
                "shell post-install", "shell post-upgrade", "shell trigger", "tool pre-install", "tool post-install",
                "tool trigger", "zoo pre-deinstall",
            ],
            fixture.Installed().Apks.SelectMany(apk => apk.Scripts.Select(script => $"{apk.Name} {script.Kind}")));
        Assert.Equal(["shell", "tool"], fixture.Installed().Triggered.Select(apk => apk.Name));

        // The new one's trigger is told of all directories; that of the other of those in which something was put.
        Assert.Equal(
            [
                "/lib/apk/exec/tool-1.0-r0.pre-install 1.0-r0", "/lib/apk/exec/tool-1.0-r0.post-install 1.0-r0",
                "/lib/apk/exec/shell-1.0-r0.trigger /bin /srv/data", "/lib/apk/exec/tool-1.0-r0.trigger /bin",
            ],
            fixture.Commands);
    }

    [Fact]
    public async Task A_trigger_of_the_base_is_told_only_of_what_changed()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["shell"] } };
        await fixture.InstallAsync(Shell);
        fixture.Sandbox.Commands.Clear();
        await fixture.InstallOnTopAsync("tool", new ApkBuilder("tool").File("usr/bin/tool", "t"));
        Assert.Empty(fixture.Commands);
    }

    [Fact]
    public async Task Nothing_to_install_changes_nothing()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["shell"] } };
        await fixture.InstallAsync(Shell);
        fixture.Sandbox.OnRun = _ => Assert.Fail("a script ran");
        string before = fixture.TreeText();
        await fixture.InstallOnTopAsync("");
        await fixture.RemoveAsync();
        Assert.Equal(before, fixture.TreeText());
    }

    [Fact]
    public async Task What_is_there_and_asked_for_now_is_in_the_world()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["tool=1"] } };
        await fixture.InstallAsync(Shell, new ApkBuilder("tool", "1").Depends("shell"));
        await fixture.InstallOnTopAsync("shell tool");
        Assert.Equal("shell\ntool\n", fixture.ReadText("etc/apk/world"));
    }

    [Fact]
    public async Task An_upgrade_runs_its_scripts_and_takes_away_what_the_new_version_does_not_have()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["shell"] } };
        await fixture.InstallAsync(Shell);
        fixture.Sandbox.Commands.Clear();
        File.WriteAllText(fixture.HostPath("etc/own"), "mine");
        await fixture.InstallOnTopAsync("shell", new ApkBuilder("shell", "2.0-r0").File("bin/sh", "2", mode: 0x1ED)
            .File("etc/shell", "new").File("etc/own", "new").Script("pre-upgrade", "echo").Script("post-upgrade", "echo")
            .Script("pre-install", "no"));
        Assert.Equal(
            [
                "/lib/apk/exec/shell-2.0-r0.pre-upgrade 2.0-r0 1.0-r0",
                "/lib/apk/exec/shell-2.0-r0.post-upgrade 2.0-r0 1.0-r0",
            ],
            fixture.Commands);
        Assert.Equal(
            "2 new mine new",
            string.Join(' ', ((string[])["bin/sh", "etc/shell", "etc/own", "etc/own.apk-new"]).Select(fixture.ReadText)));
        Assert.Equal(("absent", "absent"), (fixture.Owner("usr/old"), fixture.Owner("usr/both")));
        Assert.Equal("2.0-r0", Assert.Single(fixture.Installed().Packages).Version);
        Assert.Empty(fixture.ReadText("lib/apk/db/triggers"));
    }

    [Fact]
    public async Task Settings_that_somebody_changed_stay_when_the_new_version_has_none()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["shell"] } };
        await fixture.InstallAsync(Shell);
        File.WriteAllText(fixture.HostPath("etc/own"), "mine");
        await fixture.InstallOnTopAsync("shell", new ApkBuilder("shell", "2.0-r0").File("bin/sh", "2"));
        Assert.Equal(("mine", "absent"), (fixture.ReadText("etc/own"), fixture.Owner("etc/shell")));
    }

    [Fact]
    public async Task A_file_of_the_base_is_taken_by_who_replaces_it_and_goes_from_its_record()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["shell"] } };
        await fixture.InstallAsync(Shell);
        string before = fixture.Record("shell");
        await fixture.InstallOnTopAsync(
            "more", new ApkBuilder("more").Replaces("shell").File("usr/both", "more").File("bin/sh", "more"));
        Assert.Equal("more", fixture.ReadText("usr/both"));
        string[] gone = [.. before.Split('\n').Except(fixture.Record("shell").Split('\n'))];
        Assert.Equal(["R:sh", "a:0:0:755", "R:both"], gone.Where(line => !line.StartsWith("Z:", StringComparison.Ordinal)));
        Assert.Contains("\nF:usr\n", fixture.Record("shell"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_the_base_is_not_taken_otherwise()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["shell"] } };
        await fixture.InstallAsync(Shell);
        PackageFormatException error = await Assert.ThrowsAsync<PackageFormatException>(
            () => fixture.InstallOnTopAsync("more", new ApkBuilder("more").File("bin/sh", "more")));
        Assert.Equal(
            "installing more 1.0-r0: it has /bin/sh, but shell 1.0-r0 has it, too, and neither replaces the other",
            error.Message);
    }

    [Fact]
    public async Task Packages_of_one_source_may_take_each_others_files()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a"] } };
        await fixture.InstallAsync(new ApkBuilder("a").Field("origin", "src").File("x", "a"));
        await fixture.InstallOnTopAsync("b", new ApkBuilder("b").Field("origin", "src").File("x", "b"));
        Assert.Equal("b", fixture.ReadText("x"));
    }

    [Fact]
    public async Task A_directory_that_the_base_has_changed_is_left_as_it_is()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a"] } };
        await fixture.InstallAsync(new ApkBuilder("a").Directory("var/a", 0x1ED).Directory("var/b", 0x1ED));
        File.SetUnixFileMode(fixture.HostPath("var/a"), (UnixFileMode)0x1C0);
        await fixture.InstallOnTopAsync("b", new ApkBuilder("b").Directory("var/a", 0x1E8).Directory("var/b", 0x1E8));
        Assert.Equal(("700 0:0", "750 0:0"), (fixture.Owner("var/a"), fixture.Owner("var/b")));
    }

    [Fact]
    public async Task Files_go_where_links_of_the_base_lead()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a"] } };
        await fixture.InstallAsync(new ApkBuilder("a").Directory("usr/bin").Symlink("bin", "usr/bin"));
        await fixture.InstallOnTopAsync(
            "b", new ApkBuilder("b").RawEntry(new TarBytesEntry("bin/", '5') { Mode = 0x1ED }).File("bin/b", "b"));
        Assert.Equal("b", fixture.ReadText("usr/bin/b"));
        Assert.Contains(RootPath.Parse("usr/bin/b"), fixture.Installed().Paths);
        await fixture.RemoveAsync("b");
        Assert.Equal(("absent", "777 0:0"), (fixture.Owner("usr/bin/b"), fixture.Owner("bin")));
    }

    [Fact]
    public async Task Without_scripts_links_are_made_and_what_is_missed_is_said()
    {
        using ApkInstallationFixture fixture = new()
        {
            Packages = new() { Include = ["shell"], Scripts = PackageScripts.None },
        };
        await fixture.InstallAsync(Shell);
        fixture.Sandbox.OnRun = _ => Assert.Fail("a script ran");
        await fixture.InstallOnTopAsync(
            "box", new ApkBuilder("box").File("bin/box", "").File("etc/busybox-paths.d/box", "bin/ls\n"));
        Assert.Equal("/bin/box", new FileInfo(fixture.HostPath("bin/ls")).LinkTarget);
        Assert.Contains("those of shell would", fixture.Events.Warnings[^1], StringComparison.Ordinal);
        await fixture.RemoveAsync("box");
        Assert.Equal(("absent", "absent"), (fixture.Owner("bin/ls"), fixture.Owner("bin/box")));
    }

    [Fact]
    public async Task A_database_of_apk_3_keeps_its_place_and_its_compressed_scripts()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["shell"] } };
        await fixture.InstallAsync(Shell);
        byte[] scripts = File.ReadAllBytes(fixture.HostPath("lib/apk/db/scripts.tar"));
        File.WriteAllBytes(fixture.HostPath("lib/apk/db/scripts.tar.gz"), SystemCompressor.Compress(scripts, ".gz"));
        File.Delete(fixture.HostPath("lib/apk/db/scripts.tar"));
        Directory.CreateDirectory(fixture.HostPath("usr/lib/apk"));
        Directory.Move(fixture.HostPath("lib/apk/db"), fixture.HostPath("usr/lib/apk/db"));
        await fixture.InstallOnTopAsync("tool", new ApkBuilder("tool").File("tool", "").Script("post-install", "echo"));
        Assert.Equal("usr/lib/apk/db", fixture.Installed().Directory.Value);
        Assert.Equal(
            ["shell", "tool"], fixture.Installed().Apks.Where(apk => apk.Scripts.Count > 0).Select(apk => apk.Name));
        Assert.Equal("absent", fixture.Owner("usr/lib/apk/db/scripts.tar"));
        Assert.Equal("absent", fixture.Owner("lib/apk/db"));
    }

    [Fact]
    public async Task What_was_recorded_as_a_shortened_sha256_is_compared_so()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a"] } };
        await fixture.InstallAsync(new ApkBuilder("a").File("etc/a", "usual"));
        byte[] sum = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes("usual"))[..20];
        string record = fixture.ReadText("lib/apk/db/installed");
        int start = record.IndexOf("Z:", StringComparison.Ordinal);
        string changed = record[..start] + $"Z:Q1{Convert.ToBase64String(sum)}" + record[record.IndexOf('\n', start)..];
        File.WriteAllText(
            fixture.HostPath("lib/apk/db/installed"), changed.Replace("\nF:", "\nf:S\nF:", StringComparison.Ordinal));
        await fixture.InstallOnTopAsync("a", new ApkBuilder("a", "2").File("etc/a", "new"));
        Assert.Equal(("new", "absent"), (fixture.ReadText("etc/a"), fixture.Owner("etc/a.apk-new")));
    }
}
