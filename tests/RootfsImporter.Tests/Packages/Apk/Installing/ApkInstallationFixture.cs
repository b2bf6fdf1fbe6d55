using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages;
using RootfsImporter.Packages.Apk.Database;
using RootfsImporter.Packages.Apk.Installing;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Apk.Installing;

/// <summary>An empty root and an installation of built packages into it.</summary>
internal sealed class ApkInstallationFixture : IDisposable
{
    public const long SourceDateEpoch = 1_714_057_833;

    public ApkInstallationFixture()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "installing sets owners, which only root may");
        Rootfs = Rootfs.Create(Directory["place/rootfs"]);
    }

    public TempDirectory Directory { get; } = new();

    public Rootfs Rootfs { get; }

    public FakeSandbox Sandbox { get; } = new();

    public RecordedEvents Events { get; } = new();

    /// <summary>The profile's packages; what is included is the world.</summary>
    public PackageSelection Packages { get; set; } = new();

    /// <summary>What is there for a while only.</summary>
    public IReadOnlyList<string> BuildOnly { get; set; } = [];

    public IReadOnlyList<Pocket> Pockets { get; init; } = [new Pocket { Name = "main", Suite = "v3/main" }];

    /// <summary>The scripts that ran, with their arguments.</summary>
    public IEnumerable<string> Commands => Sandbox.Commands.Select(command => string.Join(' ', command.Arguments));

    public string HostPath(string path) => Path.Combine(Rootfs.HostPath, path);

    public string ReadText(string path) => File.ReadAllText(HostPath(path));

    /// <summary>Mode in octal and owner of a path itself.</summary>
    public string Owner(string path) => Rootfs.TryGetEntry(RootPath.Parse(path)) is TreeEntry entry
        ? string.Create(
            CultureInfo.InvariantCulture, $"{Convert.ToString(entry.Mode, 8)} {entry.Uid}:{entry.Gid}")
        : "absent";

    /// <summary>Unpacks and configures, this many packages at once, started in the order given.</summary>
    public Task InstallAsync(params ApkBuilder[] packages) =>
        InstallAsync([.. packages.Select(package => package.Fetched(Directory))], jobs: 1);

    /// <summary>Installs on top of what is there, for a world.</summary>
    public Task InstallOnTopAsync(string world, params ApkBuilder[] packages)
    {
        Packages = Packages with { Include = world.Split(' ', StringSplitOptions.RemoveEmptyEntries) };
        return InstallAsync(
            [
                .. packages.Select(package => package.Fetched(Directory)).Select(fetched => fetched with
                {
                    Package = fetched.Package with { IsBuildOnly = BuildOnly.Contains(fetched.Package.Name) },
                }),
            ],
            jobs: 1, isOnTop: true);
    }

    /// <summary>What the database says now.</summary>
    public InstalledApks Installed() => ApkDatabaseReader.Read(new RootTree(Rootfs.ReadTree()))!;

    /// <summary>Removes packages from what is there.</summary>
    public Task RemoveAsync(params string[] names) => RemoveAsync(Installed(), names);

    /// <summary>Removes packages, when something else was there at first.</summary>
    public Task RemoveAsync(InstalledApks first, params string[] names) =>
        new ApkInstallation(Rootfs, NewProfile(), NewLockfile([]), first, Events).RemoveAsync(
            names, Sandbox, TestContext.Current.CancellationToken);

    public async Task InstallAsync(IReadOnlyList<FetchedPackage> packages, int jobs, bool isOnTop = false)
    {
        ApkInstallation installation = new(
            Rootfs, NewProfile(), NewLockfile(packages), isOnTop ? Installed() : null, Events);
        await Parallel.ForEachAsync(
            packages,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = jobs,
                CancellationToken = TestContext.Current.CancellationToken,
            },
            async (package, cancellationToken) => await installation.UnpackAsync(package, cancellationToken));
        await installation.ConfigureAsync(Sandbox, TestContext.Current.CancellationToken);
    }

    /// <summary>Installs what is to be refused; returns the error.</summary>
    public async Task<PackageFormatException> RefusedAsync(params ApkBuilder[] packages) =>
        await Assert.ThrowsAsync<PackageFormatException>(() => InstallAsync(packages));

    /// <summary>The record of one package in the database, without what differs from build to build of the test.</summary>
    public string Record(string package) => ReadText("lib/apk/db/installed")
        .Split("\n\n").Single(record => record.Contains($"\nP:{package}\n", StringComparison.Ordinal));

    /// <summary>The tree as text, one line per entry with everything that counts but times of directories.</summary>
    public string TreeText()
    {
        StringBuilder text = new();
        foreach (TreeEntry entry in Rootfs.ReadTree())
        {
            string content = "";
            if (entry.Content is not null)
            {
                using Stream stream = entry.Content.Open();
                content = Convert.ToHexStringLower(SHA256.HashData(stream));
            }

            text.Append(
                CultureInfo.InvariantCulture,
                $"{entry.Path} {entry.Kind} {Owner(entry.Path.Value)} {entry.LinkTarget} {content}\n");
        }

        return text.ToString();
    }

    public void Dispose()
    {
        Rootfs.Dispose();
        Directory.Dispose();
    }

    private static Lockfile NewLockfile(IReadOnlyList<FetchedPackage> packages) => new()
    {
        Profile = "test",
        Architecture = Architecture.Parse("amd64"),
        SourceDateEpoch = SourceDateEpoch,
        PhasedUpdates = PhasedUpdates.Include,
        Indexes = [],
        Packages = [.. packages.Select(p => p.Package).OrderBy(p => p.Name, StringComparer.Ordinal)],
    };

    private Profile NewProfile() => new()
    {
        Name = "test",
        Title = "Test",
        Distribution = "test",
        Version = "1",
        Family = "apk",
        Suite = "v3",
        Architectures = [Architecture.Parse("amd64")],
        Archives = new Dictionary<string, Archive>(),
        Pockets = Pockets,
        Components = [],
        Keys = [],
        Packages = Packages,
        BuildOnly = BuildOnly,
        Image = new ImageSettings(),
        Seal = new SealSettings(),
    };
}
