using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.Packages.Apk.Installing;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Apk.Installing;

/// <summary>When scripts run, with what, and what becomes of a build in which one fails.</summary>
public sealed class ApkScriptTests
{
    [Fact]
    public async Task Scripts_run_around_their_package_and_triggers_at_the_end()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["first", "second"] } };
        List<string> seen = [];
        string If(string name) => File.Exists(fixture.HostPath($"usr/bin/{name}")) ? name : "";
        fixture.Sandbox.OnRun = command => seen.Add(
            $"{command.Arguments[0]["/lib/apk/exec/".Length..]}: {If("first")} {If("second")}, script "
                + $"{fixture.ReadText(command.Arguments[0][1..]).Split('\n')[2]}");
        await fixture.InstallAsync(
            new ApkBuilder("first", "2.0-r1").File("usr/bin/first", "").Script("pre-install", "echo 1")
                .Script("post-install", "echo 2").Script("pre-upgrade", "no").Script("post-deinstall", "no"),
            new ApkBuilder("second").File("usr/bin/second", "").Script("pre-install", "echo 3")
                .Triggers("/usr/*").Script("trigger", "echo 4"));
        Assert.Equal(
            [
                "first-2.0-r1.pre-install:  , script echo 1", "first-2.0-r1.post-install: first , script echo 2",
                "second-1.0-r0.pre-install: first , script echo 3", "second-1.0-r0.trigger: first second, script echo 4",
            ],
            seen);
        Assert.Equal(
            [
                "/lib/apk/exec/first-2.0-r1.pre-install 2.0-r1", "/lib/apk/exec/first-2.0-r1.post-install 2.0-r1",
                "/lib/apk/exec/second-1.0-r0.pre-install 1.0-r0", "/lib/apk/exec/second-1.0-r0.trigger /usr/bin",
            ],
            fixture.Commands);
        Assert.Equal(
            ["APK_PACKAGE=first", "APK_SCRIPT=pre-install", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            fixture.Sandbox.Commands[0].Environment.Select(pair => $"{pair.Key}={pair.Value}")
                .Order(StringComparer.Ordinal));
        Assert.Equal("700 0:0", fixture.Owner("lib/apk/exec"));
        Assert.Empty(Directory.GetFileSystemEntries(fixture.HostPath("lib/apk/exec")));
    }

    [Theory]
    [InlineData("/usr/bin", "/usr/bin")]
    [InlineData("/usr/*", "/usr/bin /usr/lib")]
    [InlineData("/usr/*/* /usr/bin", "/usr/bin /usr/lib/modules")]
    [InlineData("+/usr/lib/m*", "/usr/lib/modules")]
    [InlineData("usr/bin /usr/bin/", "")]
    [InlineData("/*", "/usr")]
    public void A_trigger_is_told_of_the_directories_that_match(string globs, string arguments)
    {
        using TempDirectory directory = new();
        RootPath[] directories =
            [.. ((string[])["usr", "usr/bin", "usr/lib", "usr/lib/modules"]).Select(path => RootPath.Parse(path))];
        string file = new ApkBuilder("a").Triggers(globs).Fetched(directory).File;
        using ApkArchive archive = ApkArchive.Open(file);
        UnpackedApk package = new(new ApkBuilder("a").Locked(), archive.ReadControl(), []);
        Assert.Equal(arguments, string.Join(' ', ApkTriggers.Arguments(package, directories, _ => true)));
    }

    [Theory]
    [InlineData("pre-install")]
    [InlineData("post-install")]
    [InlineData("trigger")]
    public async Task A_failing_script_is_an_error_with_its_last_words(string kind)
    {
        using ApkInstallationFixture fixture = new();
        fixture.Sandbox.Answer(3, string.Concat(Enumerable.Range(1, 30).Select(i => $"line {i}\n")));
        SandboxException error = await Assert.ThrowsAsync<SandboxException>(() => fixture.InstallAsync(
            new ApkBuilder("redis", "7.2.4-r0").Triggers("/bin").Directory("bin").Script(kind, "exit 3")));
        Assert.StartsWith(
            $"installing redis 7.2.4-r0: its {kind} script failed with exit code 3\n  line 11\n", error.Message,
            StringComparison.Ordinal);
        Assert.EndsWith("\n  line 30", error.Message, StringComparison.Ordinal);
        Assert.Contains("exclude or pin", error.Hint, StringComparison.Ordinal);
        Assert.Equal(7, error.ExitCode);
    }

    [Fact]
    public async Task A_directory_that_a_script_changed_is_as_its_package_has_it_in_the_end()
    {
        using ApkInstallationFixture fixture = new();
        fixture.Sandbox.OnRun = _ => File.SetUnixFileMode(fixture.HostPath("var/a"), UnixFileMode.UserRead);
        await fixture.InstallAsync(new ApkBuilder("a").Directory("var/a", 0x1F8, gid: 9).Script("post-install", "true"));
        Assert.Equal("770 0:9", fixture.Owner("var/a"));
    }
}
