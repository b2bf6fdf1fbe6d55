using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;
using RootfsImporter.Sealing;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests;

/// <summary>
/// A package system in which each package is one file of its own, and nothing has to be executed: any architecture can be
/// built on any host. The directory is the archive.
/// </summary>
internal sealed class FakeFamily(TempDirectory archive) : IPackageFamily
{
    private readonly Dictionary<Architecture, List<LockedPackage>> _packages = [];

    public string Name => "fake";

    /// <summary>How often packages were chosen.</summary>
    public int Resolves { get; private set; }

    /// <summary>How many packages were unpacked.</summary>
    public int Unpacked { get; private set; }

    /// <summary>Publishes a package; one that is broken has another content than the index says.</summary>
    public FakeFamily Add(string architecture, string name, string version, bool isBroken = false)
    {
        string path = $"pool/{name}_{version}_{architecture}";
        byte[] content = Encoding.UTF8.GetBytes($"{name} {version} for {architecture}");
        archive.Write(path, isBroken ? [.. content.Reverse()] : content);
        Architecture parsed = Architecture.Parse(architecture);
        _packages.TryAdd(parsed, []);
        _packages[parsed].Add(new LockedPackage
        {
            Name = name,
            Version = version,
            Architecture = architecture,
            Archive = "main",
            Pocket = "release",
            Path = path,
            Size = content.Length,
            Checksum = Digest.Of(content).ToString(),
            Reason = "included",
        });
        return this;
    }

    public Task<PackageIndex> ReadIndexAsync(
        Repository repository, Architecture architecture, Downloader downloader, CancellationToken cancellationToken) =>
        Task.FromResult<PackageIndex>(new Index
        {
            Repository = repository,
            SignedBy = Digest.Of(Encoding.UTF8.GetBytes(string.Join(' ', _packages[architecture].Select(p => p.Checksum)))),
            Published = 1_700_000_000,
        });

    public Task<Resolution> ResolveAsync(
        PackageSelection selection, Architecture architecture, IReadOnlyList<PackageIndex> indexes,
        InstalledPackages? installed, CancellationToken cancellationToken)
    {
        Resolves++;
        HashSet<string> there = [.. installed?.Packages.Select(package => package.Name) ?? []];
        return Task.FromResult<Resolution>(new Resolution.Solved(
        [
            .. _packages[architecture]
                .Where(package => selection.Include.Count == 0 || selection.Include.Contains(package.Name))
                .Where(package => !there.Contains(package.Name)),
        ]));
    }

    public InstalledPackages? ReadInstalled(RootTree tree) => new Installed
    {
        Packages =
        [
            .. tree.Entries.Select(entry => entry.Path.Value)
                .Where(name => _packages.Values.Any(packages => packages.Any(package => package.Name == name)))
                .Select(name => new InstalledPackage(name, "1", "all")),
        ],
    };

    public FileIdentity IdentityOf(LockedPackage package) =>
        new FileIdentity.Sha256 { Digest = Digest.Parse(package.Checksum), Size = package.Size };

    public string ComparableVersion(LockedPackage package) => package.Version;

    public IInstallation Install(
        Rootfs rootfs, Profile profile, Lockfile lockfile, InstalledPackages? installed) => new Installation(this, rootfs);

    public IReadOnlyList<SealRule> SealRules(Profile profile, IReadOnlyList<Repository> repositories) => [];

    private sealed record Index : PackageIndex;

    private sealed record Installed : InstalledPackages
    {
        public override IReadOnlySet<RootPath> Paths => new HashSet<RootPath>();
    }

    private sealed class Installation(FakeFamily family, Rootfs rootfs) : IInstallation
    {
        public async Task UnpackAsync(FetchedPackage package, CancellationToken cancellationToken)
        {
            byte[] content = await File.ReadAllBytesAsync(package.File, cancellationToken);
            lock (family)
            {
                family.Unpacked++;
                rootfs.WriteFile(RootPath.Parse(package.Package.Name), content, 0x1A4);
            }
        }

        public Task PlaceAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task ConfigureAsync(ISandbox sandbox, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RemoveAsync(IReadOnlyList<string> names, ISandbox sandbox, CancellationToken cancellationToken)
        {
            foreach (string name in names)
            {
                Assert.True(rootfs.RemoveAll(RootPath.Parse(name)));
            }

            return Task.CompletedTask;
        }
    }
}
