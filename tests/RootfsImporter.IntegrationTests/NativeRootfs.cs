using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;
using RootfsImporter.Stages;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>The rootfs that the native engine makes of a profile, before it is sealed.</summary>
internal sealed class NativeRootfs : IDisposable
{
    private readonly WorkTree _work;

    private NativeRootfs(WorkTree work, Lockfile lockfile, IReadOnlyList<Repository> repositories)
    {
        _work = work;
        Lockfile = lockfile;
        Repositories = repositories;
    }

    /// <summary>The tree.</summary>
    public Rootfs Rootfs => _work.Rootfs;

    /// <summary>Its packages.</summary>
    public Lockfile Lockfile { get; }

    /// <summary>Where they came from.</summary>
    public IReadOnlyList<Repository> Repositories { get; }

    /// <summary>A sandbox in the tree.</summary>
    public ISandbox Sandbox => new NamespaceSandbox(Rootfs, _work.Location, new RecordedEvents());

    /// <summary>Builds a profile's rootfs.</summary>
    public static async Task<NativeRootfs> BuildAsync(Profile profile, bool mayUseMemory = true)
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        RecordedEvents events = new();
        Architecture architecture = Architecture.Host;
        IPackageFamily family = PackageFamilies.Create(profile.Family, events);
        using Downloader downloader = new(new DownloadOptions { CacheDirectory = Host.Cache }, events);
        IReadOnlyList<Repository> repositories = await RepositoriesAsync(profile, cancellationToken);
        PackageIndex[] indexes = await Task.WhenAll(repositories.Select(
            repository => family.ReadIndexAsync(repository, architecture, downloader, cancellationToken)));
        Lockfile lockfile = await Resolver.ResolveAsync(
            profile, family, architecture, indexes, installed: null, cancellationToken);
        WorkTree work = WorkTree.Create(Path.Combine(Host.Cache, "work"), 64 << 20, mayUseMemory);
        try
        {
            IInstallation installation = family.Install(work.Rootfs, profile, lockfile, installed: null);
            await Unpacker.UnpackAsync(
                new Fetcher(downloader, family, repositories, 4).FetchAsync(lockfile, cancellationToken), installation, 4,
                cancellationToken);
            await installation.ConfigureAsync(
                new NamespaceSandbox(work.Rootfs, work.Location, events), cancellationToken);
            return new NativeRootfs(work, lockfile, repositories);
        }
        catch
        {
            work.Dispose();
            throw;
        }
    }

    /// <summary>The repositories of a profile on this host.</summary>
    public static async Task<IReadOnlyList<Repository>> RepositoriesAsync(
        Profile profile, CancellationToken cancellationToken) => RepositoryPlan.Create(
            profile, Architecture.Host,
            await MirrorResolver.ResolveAsync(
                new MirrorRequest { Profile = profile, Architecture = Architecture.Host }, cancellationToken));

    /// <inheritdoc/>
    public void Dispose() => _work.Dispose();
}
