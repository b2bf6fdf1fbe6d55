using System.Globalization;
using System.Text;
using RootfsImporter.Profiles;

namespace RootfsImporter.IntegrationTests;

/// <summary>Whole builds from a repository of our own, with scripts that really run, on any host.</summary>
public sealed class TinyAlpineTests
{
    [Fact]
    public async Task Scripts_and_triggers_run_and_owners_are_those_that_they_made()
    {
        using TinyAlpine archive = new();
        using AlpineBuild build = await AlpineBuild.MakeAsync(archive.Profile(PackageScripts.Run), Architecture.Host.Deb);
        string root = await build.ExtractAsync();
        Assert.Equal(
            "/lib/apk/exec/service-2.0-r1.post-install 2.0-r1 service post-install /usr/sbin:/usr/bin:/sbin:/bin\n",
            await ReadAsync(build, "etc/said"));
        Assert.Equal("told of /srv/own\n", await ReadAsync(build, "etc/told"));
        Assert.Equal("http://archive.example/v1/main\n", await ReadAsync(build, "etc/apk/repositories"));
        string day = (build.Lockfile.SourceDateEpoch / 86_400).ToString(CultureInfo.InvariantCulture);
        Assert.Equal($"root:*::0:::::\nservice:!:{day}:0:99999:7:::\n", await ReadAsync(build, "etc/shadow"));
        Assert.Equal(
            "990:991 750\n990:991 644\n",
            await Host.RunAsync(
                "stat", ["-c", "%u:%g %a", Path.Combine(root, "srv/own"), Path.Combine(root, "srv/own/data")]));
        Assert.Contains("M:990:991:750\n", await ReadAsync(build, "lib/apk/db/installed"), StringComparison.Ordinal);
        Assert.Equal(
            "2\n",
            await Host.RunAsync(
                "chroot", [root, "/bin/busybox", "sh", "-c", "ls /srv/own/data /bin/ls | /bin/busybox wc -l"]));
    }

    [Fact]
    public async Task Without_scripts_nothing_runs_and_what_is_missed_is_said()
    {
        using TinyAlpine archive = new();
        using AlpineBuild build = await AlpineBuild.MakeAsync(archive.Profile(PackageScripts.None), Architecture.Host.Deb);
        string root = await build.ExtractAsync();
        Assert.Contains("those of service would", Assert.Single(build.Events.Warnings), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(root, "etc/said")));
        Assert.Equal(
            "/bin/busybox\n5:6\n",
            await Host.RunAsync("readlink", [Path.Combine(root, "usr/bin/wc")])
                + await Host.RunAsync("stat", ["-c", "%u:%g", Path.Combine(root, "srv/own")]));
    }

    [Theory]
    [InlineData("pre-install")]
    [InlineData("post-install")]
    [InlineData("trigger")]
    public async Task A_failing_script_ends_the_build_with_its_last_words(string kind)
    {
        using TinyAlpine archive = new(
            TinyAlpine.Package("bad").Depends("/bin/sh").Triggers("/bin").Script(kind, "echo the last clue >&2\nexit 3"));
        SandboxException error = await Assert.ThrowsAsync<SandboxException>(
            () => AlpineBuild.MakeAsync(archive.Profile(PackageScripts.Run, "bad"), Architecture.Host.Deb));
        Assert.Equal(
            $"installing bad 1.0-r0: its {kind} script failed with exit code 3\n  the last clue", error.Message);
    }

    [Fact]
    public async Task A_script_that_cannot_be_executed_is_the_same_error()
    {
        using TinyAlpine archive = new(TinyAlpine.Package("bad").Script("post-install", "#!/usr/bin/no-such-interpreter\n"));
        SandboxException error = await Assert.ThrowsAsync<SandboxException>(
            () => AlpineBuild.MakeAsync(archive.Profile(PackageScripts.Run, "bad"), Architecture.Host.Deb));
        Assert.StartsWith(
            "installing bad 1.0-r0: its post-install script failed with exit code 127\n", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jobs_and_the_place_of_the_tree_do_not_show_in_the_digest()
    {
        using TinyAlpine archive = new();
        Profile profile = archive.Profile(PackageScripts.Run);
        using AlpineBuild one = await AlpineBuild.MakeAsync(profile, Architecture.Host.Deb, jobs: 1);
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken);
        using AlpineBuild other = await AlpineBuild.MakeAsync(profile, Architecture.Host.Deb, jobs: 8, mayUseMemory: false);
        Assert.Equal(one.Digest, other.Digest);
    }

    private static async Task<string> ReadAsync(AlpineBuild build, string path) =>
        Encoding.UTF8.GetString(await build.ReadAsync(path));
}
