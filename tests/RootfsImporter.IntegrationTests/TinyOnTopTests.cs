using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>
/// Installing on top of a system and removing again, with packages of our own whose scripts really run, on any host. What
/// the genuine apk makes of real packages is in AlpineOnTopTests.
/// </summary>
public sealed class TinyOnTopTests
{
    private static ApkBuilder[] More =>
    [
        TinyAlpine.Package("cc").Depends("libs").File("usr/bin/cc", "").File("srv/cc/x", "").File("etc/cc.conf", "usual")
            .Script("pre-deinstall", "test -e /usr/bin/cc\necho pre >> /etc/bye")
            .Script("post-deinstall", "test ! -e /usr/bin/cc\necho \"post $*\" >> /etc/bye"),
        TinyAlpine.Package("libs").File("usr/lib/cc/libs", ""),
        TinyAlpine.Package("busybox", "2.0-r0"),
    ];

    [Fact]
    public async Task What_is_added_is_configured_and_what_is_removed_leaves_no_trace()
    {
        using TinyAlpine archive = new(More);
        using AlpineOnTop system = new(Architecture.Host.Deb);
        Profile full = archive.Profile(PackageScripts.Run);
        Profile derived = full with { BuildOnly = ["cc"] };
        Lockfile first = await system.InstallAsync(
            full with { Packages = full.Packages with { Include = ["busybox<2"] } });
        Assert.Equal(["base", "busybox"], first.Packages.Select(package => package.Name));

        Lockfile second = await system.InstallAsync(derived);
        Assert.Equal(
            "cc True, libs True, service False",
            string.Join(", ", second.Packages.Select(package => $"{package.Name} {package.IsBuildOnly}")));
        Assert.Equal("told of /srv/cc\ntold of /srv/own\n", Read("etc/told"));
        Assert.Equal("busybox<2\ncc\nservice\n", Read("etc/apk/world"));
        Assert.StartsWith("/lib/apk/exec/service-2.0-r1.post-install 2.0-r1", Read("etc/said"), StringComparison.Ordinal);

        await system.RemoveAsync(derived, [.. second.Packages.Where(p => p.IsBuildOnly).Select(p => p.Name)]);
        Assert.Equal("pre\npost 1.0-r0\n", Read("etc/bye"));
        Assert.Equal("told of /srv/cc\ntold of /srv/own\ntold of /srv/cc\n", Read("etc/told"));
        Assert.Equal("busybox<2\nservice\n", Read("etc/apk/world"));
        Assert.Equal(["base", "busybox", "service"], system.Installed!.Packages.Select(package => package.Name));
        Assert.All(
            (string[])["usr/bin/cc", "usr/lib/cc", "srv/cc", "etc/cc.conf"],
            path => Assert.False(Path.Exists(Path.Combine(system.Root, path))));

        await system.RemoveAsync(derived, "service");
        Assert.False(Path.Exists(Path.Combine(system.Root, "srv")));

        string Read(string path) => File.ReadAllText(Path.Combine(system.Root, path));
    }

    [Fact]
    public async Task What_the_base_needs_is_not_removed()
    {
        using TinyAlpine archive = new(More);
        using AlpineOnTop system = new(Architecture.Host.Deb);
        Profile profile = archive.Profile(PackageScripts.None);
        await system.InstallAsync(profile with { Packages = profile.Packages with { Include = ["busybox<2"] } });
        Assert.Equal(
            "removing base 1.0-r0: busybox 1.0-r0, which stays, needs it",
            (await Assert.ThrowsAsync<SandboxException>(() => system.RemoveAsync(profile, "base"))).Message);
    }
}
