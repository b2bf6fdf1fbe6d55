using System.Globalization;
using RootfsImporter.Files;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>
/// The native engine against the programs that define what a bootstrapped system is: the same pockets of the same
/// archives have to give the same packages, and the same tree path by path.
/// </summary>
public sealed class BootstrapOracleTests
{
    /// <summary>What their trees have, or lack, for reasons of their own; everything else has to be equal.</summary>
    private static readonly (string Prefix, string Reason)[] OfBoth =
    [
        ("/dev/", "they put device nodes into the tree; ours are the sandbox's and vanish with it"),
        ("/etc/apt/sources.list", "they write the sources that they used; ours are written when the tree is sealed"),
        ("/etc/hostname", "a copy of the host's, which must not get into an image"),
        ("/etc/resolv.conf", "a copy of the host's, which must not get into an image"),
        ("/etc/fstab", "their own"),
        ("/var/cache/apt/archives/lock", "apt ran in their trees, and not in ours"),
        ("/var/cache/apt/archives/partial", "apt, when it runs, gives it to its download user; so it will in ours"),
        ("/var/lib/apt/lists/", "apt's or debootstrap's downloads"),
        ("/var/cache/debconf/config.dat-old", "the state before the last change, whichever that was; sealing removes it"),
        ("/var/cache/debconf/templates.dat-old", "the same"),
        ("/var/lib/dpkg/status-old", "the same"),
        ("/var/lib/dpkg/diversions-old", "the same"),
        ("/var/cache/ldconfig/aux-cache", "holds inode numbers; sealing removes it"),
        ("/var/log/alternatives.log", "dated lines; sealing removes it"),
        ("/var/log/dpkg.log", "dated lines; sealing removes it"),
    ];

    private static readonly (string Prefix, string Reason)[] OfMmdebstrap =
    [
        ("/run/utmp", "mmdebstrap empties /run at its end; here sealing does"),
    ];

    private static readonly (string Prefix, string Reason)[] OfDebootstrap =
    [
        ("/var/log/bootstrap.log", "debootstrap's own log"),
        ("/var/cache/apt/archives/", "debootstrap keeps what it downloaded"),
        ("/var/lib/dpkg/arch", "dpkg takes the architecture that it was built for; mmdebstrap and we say it"),
        ("/var/lib/dpkg/available", "debootstrap hands the archive's index to dpkg"),
        ("/var/lib/dpkg/cmethopt", "the same, for a front end that is no more"),
        ("/var/lib/dpkg/status", "from that index dpkg takes the archive's priorities instead of the packages' own"),
        ("/run/mount", "a trace of mount(8) run by debootstrap; sealing empties /run"),
        ("/var/lib/apt/extended_states", "debootstrap installs without apt, which therefore knows nothing"),
    ];

    /// <summary>Makes debootstrap's links before the first package; mmdebstrap leaves them to a hook.</summary>
    private const string LinksHook =
        "--setup-hook=for d in bin sbin lib lib32 lib64 libx32; do "
            + "mkdir -p \"$1/usr/$d\"; ln -s \"usr/$d\" \"$1/$d\"; done";

    /// <summary>mmdebstrap's own way to a merged /usr with usr-is-merged instead of usrmerge.</summary>
    private const string MergedUsrHook = "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr";

    /// <summary>Compared as a set of lines: the order of lines tells only which package was configured first.</summary>
    private static readonly string[] Unordered = ["/etc/shells", "/var/lib/apt/extended_states"];

    [Theory]
    [InlineData("ubuntu-24.04", "")]
    [InlineData("ubuntu-22.04", LinksHook)]
    [InlineData("debian-12", MergedUsrHook)]
    public async Task A_shipped_profile_equals_mmdebstrap_path_by_path(string name, string hook) =>
        await EqualsMmdebstrapAsync(ProfileLoader.Load(name, null, [Host.Distros]), hook);

    [Fact]
    public async Task Debian_12_with_apt_alone_is_what_plain_mmdebstrap_makes_usrmerge_and_all()
    {
        Profile profile = ProfileLoader.Load("debian-12", null, [Host.Distros]);
        await EqualsMmdebstrapAsync(
            profile with { Packages = profile.Packages with { Include = ["apt"] } }, hook: "");
    }

    [Fact]
    public async Task Debian_12_from_the_release_pocket_equals_debootstrap_path_by_path()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Program("debootstrap").OrSkip();
        Profile profile = ProfileLoader.Load("debian-12", null, [Host.Distros]);
        profile = profile with { Pockets = [.. profile.Pockets.Where(pocket => pocket.Name == "release")] };
        using NativeRootfs ours = await NativeRootfs.BuildAsync(profile);
        using TempDirectory directory = new();
        string tree = directory["oracle"];
        await Host.RunAsync(
            "debootstrap",
            [
                "--variant=minbase", "--force-check-gpg",
                $"--keyring={await Keyrings.WriteAsync(profile, directory.FullPath)}",
                $"--include={string.Join(',', profile.Packages.Include)}", profile.Suite, tree,
                ours.Repositories[0].Mirrors[0].AbsoluteUri,
            ],
            Epoch(ours));
        using Rootfs oracle = Rootfs.Open(tree);
        await CompareAsync(ours, oracle, [.. OfBoth, .. OfDebootstrap]);
    }

    private static async Task EqualsMmdebstrapAsync(Profile profile, string hook)
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Program("mmdebstrap").OrSkip();
        using NativeRootfs ours = await NativeRootfs.BuildAsync(profile);
        using TempDirectory directory = new();
        string tar = Path.Combine(directory.FullPath, "oracle.tar");
        await Host.RunAsync(
            "mmdebstrap", [.. await MmdebstrapArgumentsAsync(profile, hook, ours, directory.FullPath, tar)],
            Epoch(ours));
        string tree = directory["oracle"];
        Directory.CreateDirectory(tree);
        await Host.RunAsync("tar", ["-C", tree, "--xattrs", "--xattrs-include=*", "-xpf", tar]);
        using Rootfs oracle = Rootfs.Open(tree);
        await CompareAsync(ours, oracle, [.. OfBoth, .. OfMmdebstrap]);
    }

    /// <summary>passwd's tools date /etc/shadow by it, wherever they run.</summary>
    private static Dictionary<string, string> Epoch(NativeRootfs ours) => new()
    {
        ["SOURCE_DATE_EPOCH"] = ours.Lockfile.SourceDateEpoch.ToString(CultureInfo.InvariantCulture),
    };

    private static async Task<List<string>> MmdebstrapArgumentsAsync(
        Profile profile, string hook, NativeRootfs ours, string directory, string tar)
    {
        List<string> arguments =
        [
            "--mode=root", "--variant=minbase", "--include=" + string.Join(',', profile.Packages.Include),
            "--format=tar",
        ];
        if (hook.Length > 0)
        {
            arguments.Add(hook);
        }

        string keyring = await Keyrings.WriteAsync(profile, directory);
        arguments.AddRange([profile.Suite, tar]);
        arguments.AddRange(ours.Repositories.Select(repository =>
            $"deb [signed-by={keyring}] {repository.Mirrors[0]} {repository.Pocket.Suite} "
                + string.Join(' ', repository.Components)));
        return arguments;
    }

    private static async Task CompareAsync(NativeRootfs ours, Rootfs oracle, (string Prefix, string Reason)[] expected)
    {
        Assert.Equal(await PackagesAsync(oracle.HostPath), Packages(ours.Lockfile));
        foreach (string path in Unordered.Where(path => !IsKnown(path, expected)))
        {
            Assert.Equal(Lines(oracle, path), Lines(ours.Rootfs, path));
        }

        IReadOnlyList<string> differences = TreeListing.Differences(
            TreeListing.Of(ours.Rootfs), TreeListing.Of(oracle),
            path => Unordered.Contains(path) || IsKnown(path, expected));
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static bool IsKnown(string path, (string Prefix, string Reason)[] expected) =>
        expected.Any(known => path.StartsWith(known.Prefix, StringComparison.Ordinal));

    private static async Task<IReadOnlyList<string>> PackagesAsync(string root)
    {
        string listed = await Host.RunAsync(
            "dpkg-query",
            ["--admindir=" + root + "/var/lib/dpkg", "-W", "-f", "${Package} ${Version} ${Architecture}\n"]);
        return [.. listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    private static IReadOnlyList<string> Packages(Lockfile lockfile) =>
    [
        .. lockfile.Packages.Select(p => $"{p.Name} {p.Version} {p.Architecture}").Order(StringComparer.Ordinal),
    ];

    private static IReadOnlyList<string> Lines(Rootfs rootfs, string path) =>
        rootfs.TryReadFile(RootPath.Parse(path), 1 << 20) is byte[] content
            ? [.. System.Text.Encoding.UTF8.GetString(content).Split('\n').Order(StringComparer.Ordinal)]
            : [];
}
