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

    /// <summary>A profile of this family, which runs no scripts.</summary>
    public static Profile Profile { get; } = new()
    {
        Name = "test",
        Title = "Test",
        Distribution = "test",
        Version = "1",
        Family = "fake",
        Suite = "test",
        Architectures = [Architecture.Parse("amd64"), Architecture.Parse("arm64")],
        Archives = new Dictionary<string, Archive> { ["main"] = new Archive { Name = "main" } },
        Pockets = [new Pocket { Name = "release", Suite = "test" }],
        Components = ["main"],
        Keys = [],
        Packages = new PackageSelection { Scripts = PackageScripts.None },
        Image = new ImageSettings(),
        Seal = new SealSettings(),
    };

    /// <summary>The outside program, or null.</summary>
    public IBootstrapper? Bootstrapper { get; init; }

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
        if (selection.Include.Any(term => term.Contains('=', StringComparison.Ordinal)))
        {
            return Task.FromResult(Find(selection.Include, _packages[architecture]));
        }

        HashSet<string> there = [.. installed?.Packages.Select(package => package.Name) ?? []];
        return Task.FromResult<Resolution>(new Resolution.Solved(
        [
            .. _packages[architecture]
                .Where(package => selection.Include.Count == 0 || selection.Include.Contains(package.Name))
                .Where(package => !there.Contains(package.Name)),
        ]));
    }

    /// <summary>The root's file <c>installed</c>, a name and version a line, is the database; without one, the files are.</summary>
    public InstalledPackages? ReadInstalled(RootTree tree) =>
        tree.TryReadFile(RootPath.Parse("installed"), 1 << 20) is byte[] lines
            ? new Installed
            {
                Packages =
                [
                    .. Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                        .Select(line => line.Split(' ')).Select(words => new InstalledPackage(words[0], words[1], "all")),
                ],
            }
            : FindInstalled(tree);

    private Installed? FindInstalled(RootTree tree)
    {
        InstalledPackage[] found =
        [
            .. tree.Entries.Select(entry => entry.Path.Value)
                .Where(name => _packages.Values.Any(packages => packages.Any(package => package.Name == name)))
                .Select(name => new InstalledPackage(name, "1", "all")),
        ];
        return found.Length == 0 ? null : new Installed { Packages = found };
    }

    public FileIdentity IdentityOf(LockedPackage package) =>
        new FileIdentity.Sha256 { Digest = Digest.Parse(package.Checksum), Size = package.Size };

    public string ComparableVersion(LockedPackage package) => package.Version;

    public IInstallation Install(
        Rootfs rootfs, Profile profile, Lockfile lockfile, InstalledPackages? installed) => new Installation(this, rootfs);

    public IBootstrapper? FindBootstrapper(BuildEngine engine) => Bootstrapper;

    public IReadOnlyList<SealRule> SealRules(Profile profile, IReadOnlyList<Repository> repositories) => [];

    /// <summary>Exact packages, as <c>name=version</c>.</summary>
    private static Resolution Find(IReadOnlyList<string> terms, List<LockedPackage> packages)
    {
        LockedPackage[] found = [.. packages.Where(package => terms.Contains($"{package.Name}={package.Version}"))];
        return found.Length == terms.Count
            ? new Resolution.Solved(found)
            : new Resolution.Unsatisfiable(
                [.. terms.Except(found.Select(package => $"{package.Name}={package.Version}")).Select(term => $"no {term}")]);
    }

    private sealed record Installed : InstalledPackages
    {
        public override IReadOnlySet<RootPath> Paths =>
            Packages.Select(package => RootPath.Parse(package.Name)).ToHashSet();
    }

    private sealed record Index : PackageIndex;

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
