using System.Text;
using System.Text.RegularExpressions;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>
/// Installing on top of an official minirootfs, and removing again, against the genuine apk that is in it: it makes the same
/// choice of the same index, the same tree, and the same database.
/// </summary>
public sealed partial class AlpineOnTopTests(AlpineMirror mirror)
{
    /// <summary>Where the trees may differ, and why.</summary>
    private static readonly (string Path, string Reason)[] NotAsApkLeavesIt =
    [
        ("/dev/null", "made for the genuine apk, which wants it; the sandbox brings its own"),
        ("/etc/apk/keys/builder@example.org-1.rsa.pub", "given to the genuine apk, so that it trusts the packages"),
        ("/etc/apk/keys/test.rsa.pub", "the same"),
        ("/lib/apk/exec", "made by a tarball tool with 755, by apk with 700; either leaves it as it is"),
    ];

    /// <summary>A database server as they are packaged: a user, directories of its own, settings, documentation.</summary>
    private static ApkBuilder[] Packages =>
    [
        new ApkBuilder("store", "7.2.4-r1").Depends("/bin/sh", "so:libssl.so.3", "store-libs")
            .Field("origin", "store").Field("maintainer", "S <s@example.org>")
            .Script(
                "pre-install",
                "addgroup -S -g 970 store\nadduser -S -u 970 -D -H -h /var/lib/store -G store store\nexit 0")
            .Script("post-install", "ln -s store-server /usr/bin/store-check\nexit 0")
            .Script("pre-deinstall", "rm -f /usr/bin/store-check\nexit 0")
            .Script("post-deinstall", "deluser store\nexit 0")
            .File("etc/init.d/store", "#!/sbin/openrc-run\n", mode: 0x1ED)
            .File("etc/store.conf", "port 1\n", mode: 0x1A0, user: "store", group: "store", uid: 101, gid: 102)
            .Symlink("usr/bin/store-cli", "store-server").File("usr/bin/store-server", "#!/bin/sh\n", mode: 0x1ED)
            .Directory("var/lib/store", 0x1E8, user: "store", group: "store", uid: 101, gid: 102),
        new ApkBuilder("store-libs", "7.2.4-r1").Provides("so:libstore.so.1=1.0")
            .File("usr/lib/libstore.so.1", "x", mode: 0x1ED).Triggers("/usr/lib/store/*", "/usr/share/*")
            .Script("trigger", "echo \"$@\" | tr ' ' '\\n' | sort > /usr/lib/store.cache")
            .Script("post-deinstall", "rm -f /usr/lib/store.cache"),
        new ApkBuilder("store-doc", "7.2.4-r1").InstallIf("docs", "store=7.2.4-r1").File("usr/share/man/man1/store.1", "x"),
        new ApkBuilder("docs").File("usr/share/docs/README", "x"),
        new ApkBuilder("Zmore").Depends("store").File("usr/bin/z", "z", mode: 0x1ED).HardLink("usr/bin/zz", "usr/bin/z"),
    ];

    public static TheoryData<string> Requests =>
    [
        "redis", "nginx", "bash curl", "git", "python3", "gcc make", "postgresql14", "busybox-extras", "perl", "nodejs",
        "man-pages mandoc", "docs curl", "openssl", "busybox", "ssl_client<1.36", "libssl3", "apk-tools-doc", "alpine-base",
        "mdocml", "musl-dev", "build-base",
    ];

    [Fact]
    public async Task Chooses_what_the_genuine_apk_chooses()
    {
        if (!await IsReadyAsync())
        {
            return;
        }

        using StaticServer server = new();
        const string Index = "v3.16/main/x86_64/APKINDEX.tar.gz";
        server.Add(Index, await File.ReadAllBytesAsync(
            AlpineMirror.MaterialFile("genuine/APKINDEX-v3.16-main-x86_64.tar.gz"), TestContext.Current.CancellationToken));
        string key = AlpineMirror.MaterialFile("genuine/alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub");
        Profile profile = mirror.Profile("v3.16") with
        {
            Archives = new Dictionary<string, Archive> { ["main"] = new() { Name = "main", Mirrors = [server.Address] } },
            Pockets = [new Pocket { Name = "main", Suite = "v3.16/main" }],
            Keys = [new PinnedKey(AlpineMirror.FingerprintOf(key), key)],
        };
        using AlpineOnTop ours = await AlpineOnTop.FromMinirootfsAsync("3.20.3");
        using GenuineAlpine theirs = await GenuineAlpine.FromMinirootfsAsync("3.20.3", $"{server.Address}v3.16/main");
        InstalledPackages? installed = ours.Installed;
        (_, PackageIndex[] indexes) = await ours.ReadIndexesAsync(profile);
        foreach (string request in Requests.Select(row => row.Data))
        {
            Resolution.Solved solved = Assert.IsType<Resolution.Solved>(
                await ours.ResolveAsync(indexes, installed, request.Split(' ')));
            string output = await theirs.ApkAsync(["add", "--simulate", .. request.Split(' ')]);
            Assert.Equal(
                (request, string.Join(' ', Change().Matches(output)
                    .Select(match => $"{match.Groups[1]}={match.Groups[2]}").Order(StringComparer.Ordinal))),
                (request, string.Join(' ', solved.Packages
                    .Select(package => $"{package.Name}={package.Version}").Order(StringComparer.Ordinal))));
        }
    }

    [Fact]
    public async Task Adds_and_removes_as_the_genuine_apk_does()
    {
        if (!await IsReadyAsync())
        {
            return;
        }

        using StaticServer server = new();
        using ApkKey key = new();
        new ApkArchiveBuilder(key).Add("v1/own", Packages).AddTo(server);
        Profile profile = mirror.Profile("v3.20") with
        {
            Packages = new PackageSelection { Include = ["Zmore", "docs", "alpine-release", "store>7"] },
        };
        profile = profile with
        {
            Archives = new Dictionary<string, Archive>(profile.Archives)
            {
                ["own"] = new() { Name = "own", Mirrors = [server.Address] },
            },
            Pockets = [.. profile.Pockets, new Pocket { Name = "own", Archive = "own", Suite = "v1/own" }],
            Keys = [.. profile.Keys, key.Pin],
        };
        using AlpineOnTop ours = await AlpineOnTop.FromMinirootfsAsync("3.20.3");
        using GenuineAlpine theirs = await GenuineAlpine.FromMinirootfsAsync(
            "3.20.3", $"{mirror.Address}v3.20/main", $"{server.Address}v1/own");
        theirs.Trust(mirror.KeyFile, key.PublicFile);
        foreach (string root in (string[])[ours.Root, theirs.Root])
        {
            Directory.CreateDirectory(Path.Combine(root, "etc/init.d"), (UnixFileMode)0x1ED);
            await File.WriteAllTextAsync(
                Path.Combine(root, "etc/init.d/store"), "mine\n", TestContext.Current.CancellationToken);
        }

        string before = await AlpineMirror.ListAsync(ours.Root);

        Lockfile lockfile = await ours.InstallAsync(profile);
        await theirs.ApkAsync(["add", .. profile.Packages.Include]);
        Assert.Equal(
            ["Zmore", "alpine-release", "docs", "store", "store-doc", "store-libs"],
            lockfile.Packages.Select(package => package.Name));
        await AreEqualAsync(ours.Root, theirs.Root);

        await File.AppendAllTextAsync(
            Path.Combine(ours.Root, "etc/store.conf"), "more\n", TestContext.Current.CancellationToken);
        await ours.RemoveAsync(profile, "Zmore", "docs", "alpine-release", "store");
        await theirs.ApkAsync(["del", "--purge", "Zmore", "docs", "alpine-release", "store"]);
        await AreEqualAsync(ours.Root, theirs.Root);
        string[] traces =
        [
            "/lib/apk/exec", "/lib/apk/db/scripts.tar", "/etc/init.d", "/etc/init.d/store", "/etc/init.d/store.apk-new",
            .. ((string[])["passwd", "group", "shadow"]).SelectMany(name => (string[])[$"/etc/{name}", $"/etc/{name}-"]),
            "/etc/alpine-release", "/etc/issue", "/etc/os-release", "/etc/secfixes.d", "/etc/secfixes.d/alpine",
        ];
        Assert.Empty(AlpineListing.Differences(await AlpineMirror.ListAsync(ours.Root), before, traces));
    }

    [Fact]
    public async Task Upgrades_as_the_genuine_apk_does()
    {
        if (!await IsReadyAsync())
        {
            return;
        }

        Profile profile = mirror.Profile("v3.20") with
        {
            Packages = new PackageSelection
            {
                Include =
                [
                    "busybox>=1.36.1-r29", "alpine-baselayout>=3.6", "ca-certificates-bundle>20240300", "zlib>=1.3.1-r1",
                ],
            },
        };
        using AlpineOnTop ours = await AlpineOnTop.FromMinirootfsAsync("3.19.4");
        using GenuineAlpine theirs = await GenuineAlpine.FromMinirootfsAsync("3.19.4", $"{mirror.Address}v3.20/main");
        theirs.Trust(mirror.KeyFile);
        foreach (string root in (string[])[ours.Root, theirs.Root])
        {
            foreach (string file in (string[])["etc/profile", "etc/motd", "etc/securetty", "etc/busybox-paths.d/busybox"])
            {
                await File.AppendAllTextAsync(Path.Combine(root, file), "# mine\n", TestContext.Current.CancellationToken);
            }
        }

        Lockfile lockfile = await ours.InstallAsync(profile);
        await theirs.ApkAsync(["add", .. profile.Packages.Include]);
        Assert.Contains("replaces 1.36.1-r19 of the base", lockfile.Packages.Select(package => package.Reason));
        await AreEqualAsync(ours.Root, theirs.Root);
    }

    private async Task<bool> IsReadyAsync()
    {
        Requirement.Root.OrSkip();
        Requirement.Program("unshare").OrSkip();
        return await mirror.IsReadyAsync();
    }

    private static async Task AreEqualAsync(string ours, string theirs)
    {
        Assert.Empty(AlpineListing.Differences(
            await AlpineMirror.ListAsync(ours), await AlpineMirror.ListAsync(theirs),
            [.. NotAsApkLeavesIt.Select(known => known.Path), .. AlpineListing.Database]));
        foreach (string file in AlpineListing.Database.Select(path => path[1..]).Append("etc/apk/world"))
        {
            Assert.Equal(
                Encoding.Latin1.GetString(await File.ReadAllBytesAsync(Path.Combine(theirs, file))),
                Encoding.Latin1.GetString(await File.ReadAllBytesAsync(Path.Combine(ours, file))));
        }
    }

    [GeneratedRegex(@"(?:Installing|Upgrading|Downgrading|Replacing) ([^ ]+) \((?:[^ )]+ -> )?([^ )]+)\)")]
    private static partial Regex Change();
}

/// <summary>A minirootfs in which its own apk is run: in a mount namespace of its own, in the host's network.</summary>
internal sealed class GenuineAlpine : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly string[] _repositories;

    private GenuineAlpine(string[] repositories) => _repositories = repositories;

    /// <summary>The root.</summary>
    public string Root => _directory["root"];

    public static async Task<GenuineAlpine> FromMinirootfsAsync(string version, params string[] repositories)
    {
        GenuineAlpine system = new(repositories);
        Directory.CreateDirectory(system.Root, (UnixFileMode)0x1ED);
        await AlpineOnTop.ExtractAsync(version, system.Root);
        await Host.RunAsync("mknod", ["-m", "666", Path.Combine(system.Root, "dev/null"), "c", "1", "3"]);
        return system;
    }

    /// <summary>Has it trust some keys.</summary>
    public void Trust(params string[] keyFiles)
    {
        foreach (string file in keyFiles)
        {
            File.Copy(file, Path.Combine(Root, "etc/apk/keys", Path.GetFileName(file)));
        }
    }

    /// <summary>Runs apk, which has to succeed; returns what it says.</summary>
    public Task<string> ApkAsync(params string[] arguments) => Host.RunAsync(
        "unshare",
        [
            "--mount", Host.Find("chroot")!, Root, "/bin/busybox", "env", "-i", "PATH=/sbin:/bin:/usr/sbin:/usr/bin",
            "/sbin/apk", "--no-cache", "--repositories-file", "/dev/null",
            .. _repositories.SelectMany(address => (string[])["--repository", address]), .. arguments,
        ]);

    public void Dispose() => _directory.Dispose();
}
