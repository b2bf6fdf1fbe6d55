using RootfsImporter.Files;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;

namespace RootfsImporter.IntegrationTests;

/// <summary>
/// Packages that come on top of a base against the program that defines what becomes of that: the base's own apt has to
/// choose the same ones, and to leave the same tree path by path.
/// </summary>
public sealed class AdditionOracleTests(AdditionOracleTests.Bases bases) : IClassFixture<AdditionOracleTests.Bases>
{
    /// <summary>
    /// Services with users, alternatives, triggers in packages of the base, conffiles, scripts in Python that are compiled,
    /// a diversion of a file of the base (zutils).
    /// </summary>
    private static readonly string[] Several =
    [
        "openssh-client", "openssh-server", "git", "curl", "python3-minimal", "postgresql-client", "redis-server", "zutils",
        "vim-tiny", "cron", "logrotate",
    ];

    private static readonly (string Prefix, string Reason)[] Expected =
    [
        ("/etc/apt/sources.list", "apt's own, for this test"),
        ("/var/cache/apt/", "apt's downloads and caches"),
        ("/var/lib/apt/lists/", "apt's indexes"),
        ("/var/log/", "dated lines; sealing removes them"),
        ("/var/cache/ldconfig/aux-cache", "holds inode numbers; sealing removes it"),
        ("/var/cache/debconf/config.dat-old", "the state before the last change, whichever that was; sealing removes it"),
        ("/var/cache/debconf/templates.dat-old", "the same"),
        ("/var/lib/dpkg/status-old", "the same"),
        ("/var/lib/dpkg/diversions-old", "the same"),
        ("/etc/ssh/ssh_host_", "keys are random"),
    ];

    /// <summary>What removed packages leave behind on purpose.</summary>
    private static readonly (string Prefix, string Reason)[] Traces =
    [
        .. Expected,
        ("/etc/group", "the groups of packages stay, since files may be theirs; with the copies that the tools make"),
        ("/etc/gshadow", "the same"),
        ("/etc/passwd", "the same for users"),
        ("/etc/shadow", "the same for users"),
        ("/run/", "what scripts make there; sealing empties it"),
        ("/var/lib/dpkg/statoverride", "empty again, and the copy before the last change"),
    ];

    /// <summary>Compared as a set of lines: their order tells only which package came first.</summary>
    private static readonly string[] Unordered =
        ["/etc/shells", "/var/lib/apt/extended_states", "/var/lib/dpkg/triggers/File"];

    [Fact]
    public async Task Apt_chooses_the_same_packages()
    {
        RequireAll();
        NativeRootfs old = await bases.ReleaseAsync();
        using DerivedRootfs apt = await DerivedRootfs.CopyAsync(old, bases.Profile);
        await apt.UpdateAptAsync();
        foreach (string[] request in (string[][])
        [
            Several, ["bash"], ["apt"], ["build-essential"], ["libc6-dev"], ["exim4-daemon-light"], ["default-mta"],
            ["nginx", "php-fpm"], ["python3", "perl"], ["systemd-sysv", "dbus"], ["ca-certificates", "openssl"],
            ["emacs-nox", "gawk", "default-jre-headless"],
        ])
        {
            Resolution.Solved solved = Assert.IsType<Resolution.Solved>(await apt.ResolveAsync(request));
            string[] ours = [.. solved.Packages.Select(p => $"{p.Name} {p.Version}")];
            IReadOnlyList<string> theirs = await apt.SimulateAptAsync(request);
            Assert.True(
                ours.ToHashSet().SetEquals(theirs),
                $"{string.Join(' ', request)}\n  only ours: {string.Join(", ", ours.Except(theirs))}\n"
                    + $"  only apt's: {string.Join(", ", theirs.Except(ours))}");
        }
    }

    [Fact]
    public async Task A_base_with_packages_on_top_equals_what_its_apt_makes_of_it_and_becomes_the_base_again()
    {
        RequireAll();
        NativeRootfs origin = await bases.CurrentAsync();
        using DerivedRootfs ours = await DerivedRootfs.CopyAsync(origin, bases.Profile);
        using DerivedRootfs apt = await DerivedRootfs.CopyAsync(origin, bases.Profile);
        SortedDictionary<string, string> before = TreeListing.Of(ours.Rootfs);

        await ours.AddAsync(Several);
        await apt.UpdateAptAsync();
        await apt.AddByAptAsync(Several);

        Compare(ours.Rootfs, apt.Rootfs);
        Assert.Equal("", await ours.RunAsync(["/usr/bin/dpkg", "--audit"]));

        // The sandbox covers that program while it runs anything.
        Assert.Equal("??5??????   /sbin/start-stop-daemon\n", await ours.RunAsync(["/usr/bin/dpkg", "--verify"]));

        await ours.RemoveAsync([.. ours.Added.Select(package => package.Name)]);

        IReadOnlyList<string> traces = TreeListing.Differences(
            TreeListing.Of(ours.Rootfs), before, path => IsKnown(path, Traces));
        Assert.True(traces.Count == 0, string.Join('\n', traces));
    }

    [Fact]
    public async Task Packages_of_the_base_are_renewed_as_its_apt_renews_them()
    {
        RequireAll();
        NativeRootfs origin = await bases.ReleaseAsync();
        using DerivedRootfs ours = await DerivedRootfs.CopyAsync(origin, bases.Profile);
        using DerivedRootfs apt = await DerivedRootfs.CopyAsync(origin, bases.Profile);
        string[] request = ["libc6-dev", "libssl-dev", "perl"];

        await ours.AddAsync(request);
        await apt.UpdateAptAsync();
        await apt.AddByAptAsync(request);

        HashSet<string> had = [.. origin.Lockfile.Packages.Select(package => package.Name)];
        Assert.Contains(ours.Added, package => had.Contains(package.Name));
        Compare(ours.Rootfs, apt.Rootfs);
        Assert.Equal("", await ours.RunAsync(["/usr/bin/dpkg", "--audit"]));
    }

    private static void RequireAll()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
    }

    private static void Compare(Rootfs ours, Rootfs theirs)
    {
        IReadOnlyList<string> differences = TreeListing.Differences(
            TreeListing.Of(ours), TreeListing.Of(theirs), path => Unordered.Contains(path) || IsKnown(path, Expected));
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        foreach (string path in Unordered)
        {
            Assert.Equal(Lines(theirs, path), Lines(ours, path));
        }
    }

    private static bool IsKnown(string path, (string Prefix, string Reason)[] expected) =>
        expected.Any(known => path.StartsWith(known.Prefix, StringComparison.Ordinal));

    private static IReadOnlyList<string> Lines(Rootfs rootfs, string path) =>
        rootfs.TryReadFile(RootPath.Parse(path), 1 << 20) is byte[] content
            ? [.. System.Text.Encoding.UTF8.GetString(content).Split('\n').Order(StringComparer.Ordinal)]
            : [];

    /// <summary>Two Debian 12 systems, each made when it is first asked for.</summary>
    public sealed class Bases : IDisposable
    {
        private readonly SemaphoreSlim _lock = new(1);
        private NativeRootfs? _current;
        private NativeRootfs? _release;

        internal Profile Profile { get; } = ProfileLoader.Load("debian-12", null, [Host.Distros]);

        /// <summary>Up to date.</summary>
        internal Task<NativeRootfs> CurrentAsync() => MakeAsync(() => _current, made => _current = made, Profile);

        /// <summary>As the release was published.</summary>
        internal Task<NativeRootfs> ReleaseAsync() => MakeAsync(() => _release, made => _release = made, Profile with
        {
            Pockets = [.. Profile.Pockets.Where(pocket => pocket.Name == "release")],
        });

        public void Dispose()
        {
            _current?.Dispose();
            _release?.Dispose();
            _lock.Dispose();
        }

        private async Task<NativeRootfs> MakeAsync(Func<NativeRootfs?> made, Action<NativeRootfs> keep, Profile profile)
        {
            await _lock.WaitAsync(TestContext.Current.CancellationToken);
            try
            {
                if (made() is not { } rootfs)
                {
                    keep(rootfs = await NativeRootfs.BuildAsync(profile));
                }

                return rootfs;
            }
            finally
            {
                _lock.Release();
            }
        }
    }
}
