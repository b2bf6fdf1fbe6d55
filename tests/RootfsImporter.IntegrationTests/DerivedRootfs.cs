using System.Diagnostics;
using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;
using RootfsImporter.Stages;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>A copy of a base's rootfs, to which packages are added by us or by its own apt.</summary>
internal sealed class DerivedRootfs : IDisposable
{
    private static readonly Dictionary<string, string> Variables = new()
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["HOME"] = "/root",
        ["LC_ALL"] = "C.UTF-8",
        ["DEBIAN_FRONTEND"] = "noninteractive",
        ["DEBCONF_NONINTERACTIVE_SEEN"] = "true",
    };

    private readonly WorkTree _work;
    private readonly NativeRootfs _base;
    private readonly Profile _profile;
    private IInstallation? _installation;

    private DerivedRootfs(WorkTree work, NativeRootfs origin, Profile profile)
    {
        _work = work;
        _base = origin;
        _profile = profile;
    }

    /// <summary>The tree.</summary>
    public Rootfs Rootfs => _work.Rootfs;

    /// <summary>What was added.</summary>
    public IReadOnlyList<LockedPackage> Added { get; private set; } = [];

    /// <summary>How long unpacking and configuring took, all files being in the cache.</summary>
    public TimeSpan Duration { get; private set; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private NamespaceSandbox Sandbox => new(Rootfs, _work.Location, new RecordedEvents());

    /// <summary>Copies a base; <paramref name="profile"/> says which pockets are read for what comes on top.</summary>
    public static async Task<DerivedRootfs> CopyAsync(NativeRootfs origin, Profile profile)
    {
        WorkTree work = WorkTree.Create(Path.Combine(Host.Cache, "work"), 64 << 20, mayUseMemory: true);
        await Host.RunAsync("cp", ["-a", origin.Rootfs.HostPath + "/.", work.Rootfs.HostPath]);
        return new DerivedRootfs(work, origin, profile);
    }

    /// <summary>Resolves against what is there, without installing.</summary>
    public async Task<Resolution> ResolveAsync(params string[] include)
    {
        RecordedEvents events = new();
        IPackageFamily family = PackageFamilies.Create("deb", events);
        using Downloader downloader = new(new DownloadOptions { CacheDirectory = Host.Cache }, events);
        return await ResolveAsync(family, downloader, Installed(family), include);
    }

    /// <summary>Adds packages as a build does.</summary>
    public async Task AddAsync(params string[] include)
    {
        RecordedEvents events = new();
        IPackageFamily family = PackageFamilies.Create("deb", events);
        using Downloader downloader = new(new DownloadOptions { CacheDirectory = Host.Cache }, events);
        InstalledPackages installed = Installed(family);
        Resolution resolution = await ResolveAsync(family, downloader, installed, include);
        Added = Assert.IsType<Resolution.Solved>(resolution).Packages;
        Lockfile lockfile = _base.Lockfile with { Packages = Added };
        Fetcher fetcher = new(downloader, family, await NativeRootfs.RepositoriesAsync(_profile, Cancel), 4);
        await foreach (FetchedPackage _ in fetcher.FetchAsync(lockfile, Cancel))
        {
        }

        Profile derived = _profile with { Packages = _profile.Packages with { Include = include } };
        Stopwatch watch = Stopwatch.StartNew();
        _installation = family.Install(Rootfs, derived, lockfile, installed);
        await Unpacker.UnpackAsync(fetcher.FetchAsync(lockfile, Cancel), _installation, 4, Cancel);
        await _installation.ConfigureAsync(Sandbox, Cancel);
        Duration = watch.Elapsed;
    }

    /// <summary>Removes packages as a build does.</summary>
    public Task RemoveAsync(IReadOnlyList<string> names) => _installation!.RemoveAsync(names, Sandbox, Cancel);

    /// <summary>Lets the tree's own apt read the same pockets.</summary>
    public async Task UpdateAptAsync()
    {
        IReadOnlyList<Repository> repositories = await NativeRootfs.RepositoriesAsync(_profile, Cancel);
        await File.WriteAllLinesAsync(
            Path.Combine(Rootfs.HostPath, "etc/apt/sources.list"),
            repositories.Select(r => $"deb {r.Mirrors[0]} {r.Pocket.Suite} {string.Join(' ', r.Components)}"), Cancel);
        await RunAsync(["/usr/bin/apt-get", "-o", "APT::Sandbox::User=root", "-qq", "update"], hasNetwork: true);
    }

    /// <summary>Adds packages by apt, after it has downloaded them.</summary>
    public async Task AddByAptAsync(params string[] include)
    {
        string[] install =
            ["/usr/bin/apt-get", "-o", "APT::Sandbox::User=root", "-qq", "-y", "--no-install-recommends", "install", .. include];
        await RunAsync([.. install, "--download-only"], hasNetwork: true);
        Stopwatch watch = Stopwatch.StartNew();
        await RunAsync(install, hasNetwork: false);
        Duration = watch.Elapsed;
    }

    /// <summary>What apt would bring, sorted: <c>curl 7.88.1-10</c>.</summary>
    public async Task<IReadOnlyList<string>> SimulateAptAsync(params string[] include)
    {
        string output = await RunAsync(
            ["/usr/bin/apt-get", "-s", "--no-install-recommends", "install", .. include], hasNetwork: false);
        return
        [
            .. output.Split('\n').Where(line => line.StartsWith("Inst ", StringComparison.Ordinal))
                .Select(line => line.Split(' ')[1] + " " + line[(line.IndexOf('(', StringComparison.Ordinal) + 1)..].Split(' ')[0])
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Runs a program inside that has to succeed; what it printed.</summary>
    public async Task<string> RunAsync(IReadOnlyList<string> arguments, bool hasNetwork = false)
    {
        SandboxResult result = await Sandbox.RunAsync(
            new SandboxCommand
            {
                Arguments = arguments,
                Environment = Variables.Append(new("SOURCE_DATE_EPOCH", $"{_base.Lockfile.SourceDateEpoch}")).ToDictionary(),
                HasNetwork = hasNetwork,
            },
            Cancel);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)} ended with {result.ExitCode}:\n{result.Output}");
        return result.Output;
    }

    /// <inheritdoc/>
    public void Dispose() => _work.Dispose();

    private InstalledPackages Installed(IPackageFamily family) => family.ReadInstalled(new RootTree(Rootfs.ReadTree()))!;

    private async Task<Resolution> ResolveAsync(
        IPackageFamily family, Downloader downloader, InstalledPackages installed, string[] include)
    {
        IReadOnlyList<Repository> repositories = await NativeRootfs.RepositoriesAsync(_profile, Cancel);
        PackageIndex[] indexes = await Task.WhenAll(repositories.Select(
            repository => family.ReadIndexAsync(repository, Architecture.Host, downloader, Cancel)));
        return await family.ResolveAsync(
            new PackageSelection { Include = include }, Architecture.Host, indexes, installed, Cancel);
    }
}
