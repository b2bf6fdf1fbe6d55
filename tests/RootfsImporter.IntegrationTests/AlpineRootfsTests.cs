using System.Globalization;
using System.Text;
using RootfsImporter.Profiles;

namespace RootfsImporter.IntegrationTests;

/// <summary>
/// Whole builds of Alpine against what defines them: the official minirootfs, and a root that the genuine apk filled from
/// the same packages. Compared are layers, path by path: type, mode, owner, size, content or target of a link.
/// </summary>
public sealed class AlpineRootfsTests(AlpineMirror mirror)
{
    /// <summary>Where the layer has to differ from the tree that apk leaves, and why.</summary>
    private static readonly (string Path, string Reason)[] NotAsApkLeavesIt =
    [
        ("/dev/console", "a device, which sealing removes"),
        ("/dev/null", "a device"),
        ("/dev/random", "a device"),
        ("/dev/urandom", "a device"),
        ("/dev/zero", "a device"),
        ("/dev/pts", "sealing empties /dev"),
        ("/dev/shm", "sealing empties /dev"),
        ("/etc/alpine-release", "extracted, as in the minirootfs"),
        ("/etc/issue", "extracted"),
        ("/etc/os-release", "extracted"),
        ("/etc/secfixes.d", "extracted"),
        ("/etc/secfixes.d/alpine", "extracted"),
        ("/etc/apk/repositories", "written by sealing"),
        ("/etc/shadow", "dated, and so not in the list; looked at below"),
    ];

    [Theory]
    [InlineData("3.19.4", "x86_64", "amd64")]
    [InlineData("3.20.3", "x86_64", "amd64")]
    [InlineData("3.20.3", "aarch64", "arm64")]
    public async Task Without_scripts_the_layer_is_the_official_minirootfs(
        string version, string architecture, string platform)
    {
        Requirement.Root.OrSkip();
        if (!await mirror.IsReadyAsync())
        {
            return;
        }

        Profile profile = WithScripts(mirror.Profile("v" + version[..version.LastIndexOf('.')]), PackageScripts.None);
        using AlpineBuild build = await AlpineBuild.MakeAsync(profile, platform);
        Assert.Empty(AlpineListing.Differences(
            await AlpineMirror.ListAsync(build.Layer), mirror.Expected(version, architecture), AlpineListing.Database));
        Assert.Empty(build.Events.Warnings);

        string minirootfs = AlpineMirror.MaterialFile($"alpine-minirootfs-{version}-{architecture}.tar.gz");
        Assert.Equal(
            AlpineListing.WithoutSums(await AlpineBuild.ReadAsync(minirootfs, "lib/apk/db/installed")),
            AlpineListing.WithoutSums(await build.ReadAsync("lib/apk/db/installed")));
        foreach (string path in (string[])["lib/apk/db/scripts.tar", "lib/apk/db/triggers"])
        {
            Assert.Equal(
                AlpineListing.WithoutSumsInNames(await AlpineBuild.ReadAsync(minirootfs, path)),
                AlpineListing.WithoutSumsInNames(await build.ReadAsync(path)));
        }
    }

    [Fact]
    public async Task With_scripts_the_layer_is_what_the_genuine_apk_makes()
    {
        Requirement.Root.OrSkip();
        if (!await mirror.IsReadyAsync())
        {
            return;
        }

        using AlpineBuild build = await AlpineBuild.MakeAsync(WithScripts(mirror.Profile("v3.20"), PackageScripts.Run));
        string theirs = await File.ReadAllTextAsync(
            AlpineMirror.MaterialFile("apk-results/3.20.3-x86_64.plain.list"), TestContext.Current.CancellationToken);
        string ours = await AlpineMirror.ListAsync(build.Layer);
        string[] expected = [.. NotAsApkLeavesIt.Select(known => known.Path)];
        Assert.Empty(AlpineListing.Differences(ours, theirs, [.. AlpineListing.Database, .. expected]));
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            expected.Where(path => AlpineListing.Paths(ours).Contains(path) != AlpineListing.Paths(theirs).Contains(path))
                .Order(StringComparer.Ordinal));

        string day = (build.Lockfile.SourceDateEpoch / 86_400).ToString(CultureInfo.InvariantCulture);
        string[] shadow = Encoding.UTF8.GetString(await build.ReadAsync("etc/shadow")).TrimEnd().Split('\n');
        Assert.Equal("root:*::0:::::", shadow[0]);
        Assert.Equal($"klogd:!:{day}:0:99999:7:::", shadow[^1]);
        string minirootfs = AlpineMirror.MaterialFile("alpine-minirootfs-3.20.3-x86_64.tar.gz");
        Assert.Equal(
            AlpineListing.WithoutSums(await AlpineBuild.ReadAsync(minirootfs, "lib/apk/db/installed")),
            AlpineListing.WithoutSums(await build.ReadAsync("lib/apk/db/installed")));
    }

    [Theory]
    [InlineData(PackageScripts.None)]
    [InlineData(PackageScripts.Run)]
    public async Task Jobs_and_the_place_of_the_tree_do_not_show_in_the_digest(PackageScripts scripts)
    {
        Requirement.Root.OrSkip();
        if (!await mirror.IsReadyAsync())
        {
            return;
        }

        Profile profile = WithScripts(mirror.Profile("v3.20"), scripts);
        using AlpineBuild one = await AlpineBuild.MakeAsync(profile, jobs: 1);
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken);
        using AlpineBuild other = await AlpineBuild.MakeAsync(profile, jobs: 8, mayUseMemory: false);
        Assert.Equal(one.Digest, other.Digest);
    }

    [Theory]
    [InlineData(PackageScripts.None)]
    [InlineData(PackageScripts.Run)]
    public async Task The_genuine_apk_finds_nothing_wrong_and_can_go_on(PackageScripts scripts)
    {
        Requirement.Root.OrSkip();
        Requirement.Program("unshare").OrSkip();
        if (!await mirror.IsReadyAsync())
        {
            return;
        }

        using AlpineBuild build = await AlpineBuild.MakeAsync(WithScripts(mirror.Profile("v3.20"), scripts));
        string root = await build.ExtractAsync();

        // What a container engine would bring; and the mirror, which no image names.
        await Host.RunAsync("mknod", ["-m", "666", Path.Combine(root, "dev/null"), "c", "1", "3"]);
        File.Copy(mirror.KeyFile, Path.Combine(root, "etc/apk/keys", Path.GetFileName(mirror.KeyFile)));
        await File.WriteAllTextAsync(
            Path.Combine(root, "etc/apk/repositories"), $"{mirror.Address}v3.20/main\n",
            TestContext.Current.CancellationToken);

        Assert.Equal("", await ApkAsync(root, "audit", "--system"));
        string[] installed = (await ApkAsync(root, "info", "-vv")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            build.Lockfile.Packages.Where(package => package.Reason != "extracted")
                .Select(package => $"{package.Name}-{package.Version}").Order(StringComparer.Ordinal),
            installed.Select(line => line.Split(" - ")[0]).Order(StringComparer.Ordinal));
        Assert.Contains("OK:", await ApkAsync(root, "--no-cache", "add", "alpine-release"), StringComparison.Ordinal);
        Assert.Contains(
            "alpine-release-3.20.3-r0", await ApkAsync(root, "info", "-vv"), StringComparison.Ordinal);
        Assert.Equal("", await ApkAsync(root, "audit", "--system"));
        Assert.Contains(
            "OK:", await ApkAsync(root, "--no-cache", "fix", "--reinstall", "busybox"), StringComparison.Ordinal);
    }

    /// <summary>In a mount namespace of its own, in the host's network.</summary>
    private static Task<string> ApkAsync(string root, params string[] arguments) => Host.RunAsync(
        "unshare",
        [
            "--mount", Host.Find("chroot")!, root, "/bin/busybox", "env", "-i", "PATH=/sbin:/bin:/usr/sbin:/usr/bin",
            "/sbin/apk", .. arguments,
        ]);

    private static Profile WithScripts(Profile profile, PackageScripts scripts) =>
        profile with { Packages = profile.Packages with { Scripts = scripts } };
}
