using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;
using RootfsImporter.Stages;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>A root that holds a system already, and what the library makes of it.</summary>
internal sealed class AlpineOnTop : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly WorkTree _work;
    private readonly IPackageFamily _family;
    private readonly Downloader _downloader;
    private readonly RecordedEvents _events = new();
    private readonly Architecture _architecture;

    public AlpineOnTop(string architecture)
    {
        _architecture = Architecture.Parse(architecture);
        _work = WorkTree.Create(_directory["work"], 1, mayUseMemory: false);
        _family = PackageFamilies.Create("apk", _events);
        _downloader = new Downloader(new DownloadOptions { CacheDirectory = _directory["cache"] }, _events);
    }

    /// <summary>The root, as a path of the host.</summary>
    public string Root => _work.Rootfs.HostPath;

    /// <summary>What its database says is there.</summary>
    public InstalledPackages? Installed => _family.ReadInstalled(new RootTree(_work.Rootfs.ReadTree()));

    private NamespaceSandbox Sandbox => new(_work.Rootfs, _work.Location, _events);

    /// <summary>Extracts an official tarball into the root.</summary>
    public static async Task<AlpineOnTop> FromMinirootfsAsync(string version)
    {
        AlpineOnTop system = new("amd64");
        await ExtractAsync(version, system.Root);
        return system;
    }

    /// <summary>Extracts an official tarball.</summary>
    public static Task ExtractAsync(string version, string directory) => Host.RunAsync(
        "tar",
        [
            "-C", directory, "--numeric-owner", "-xzpf",
            AlpineMirror.MaterialFile($"alpine-minirootfs-{version}-x86_64.tar.gz"),
        ]);

    /// <summary>The repositories of a profile, and their indexes.</summary>
    public async Task<(IReadOnlyList<Repository> Repositories, PackageIndex[] Indexes)> ReadIndexesAsync(Profile profile)
    {
        IReadOnlyList<Repository> repositories = RepositoryPlan.Create(
            profile, _architecture,
            await MirrorResolver.ResolveAsync(
                new MirrorRequest { Profile = profile, Architecture = _architecture },
                TestContext.Current.CancellationToken));
        return (repositories, await Task.WhenAll(repositories.Select(repository => _family.ReadIndexAsync(
            repository, _architecture, _downloader, TestContext.Current.CancellationToken))));
    }

    /// <summary>What is to be installed for some terms.</summary>
    public Task<Resolution> ResolveAsync(
        IReadOnlyList<PackageIndex> indexes, InstalledPackages? installed, params string[] terms) => _family.ResolveAsync(
        new PackageSelection { Include = terms }, _architecture, indexes, installed, TestContext.Current.CancellationToken);

    /// <summary>Installs what a profile asks for on top of what is there, or into the empty root.</summary>
    public async Task<Lockfile> InstallAsync(Profile profile)
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        InstalledPackages? installed = Installed;
        (IReadOnlyList<Repository> repositories, PackageIndex[] indexes) = await ReadIndexesAsync(profile);
        Lockfile lockfile = await Resolver.ResolveAsync(
            profile, _family, _architecture, indexes, installed, cancellationToken);
        IInstallation installation = _family.Install(_work.Rootfs, profile, lockfile, installed);
        await Unpacker.UnpackAsync(
            new Fetcher(_downloader, _family, repositories, 2).FetchAsync(lockfile, cancellationToken), installation, 2,
            cancellationToken);
        await installation.ConfigureAsync(Sandbox, cancellationToken);
        return lockfile;
    }

    /// <summary>Removes packages.</summary>
    public Task RemoveAsync(Profile profile, params string[] names) => _family.Install(
        _work.Rootfs, profile,
        new Lockfile
        {
            Profile = profile.Name,
            Architecture = _architecture,
            SourceDateEpoch = 1,
            PhasedUpdates = PhasedUpdates.Include,
            Indexes = [],
            Packages = [],
        },
        Installed).RemoveAsync(names, Sandbox, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        _downloader.Dispose();
        _work.Dispose();
        _directory.Dispose();
    }
}
