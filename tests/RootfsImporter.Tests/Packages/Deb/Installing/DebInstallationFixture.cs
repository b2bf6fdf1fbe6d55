using System.Diagnostics;
using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages;
using RootfsImporter.Packages.Deb.Installing;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Deb.Installing;

/// <summary>An empty root and an installation of built packages into it.</summary>
internal sealed class DebInstallationFixture : IDisposable
{
    public const long SourceDateEpoch = 1_714_057_833;

    public DebInstallationFixture()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "unpacking sets owners, which only root may");
        Rootfs = Rootfs.Create(Directory["rootfs"]);
    }

    public TempDirectory Directory { get; } = new();

    public Rootfs Rootfs { get; }

    public FakeSandbox Sandbox { get; } = new();

    public UsrMerge UsrMerge { get; init; } = UsrMerge.None;

    public string HostPath(string path) => Path.Combine(Rootfs.HostPath, path);

    public string ReadText(string path) => File.ReadAllText(HostPath(path));

    /// <summary>Unpacks and configures, this many packages at once, started in the order given.</summary>
    public async Task InstallAsync(IReadOnlyList<DebBuilder> packages, int jobs = 1)
    {
        FetchedPackage[] fetched = [.. packages.Select(package => package.Fetched(Directory))];
        DebInstallation installation = Begin(fetched);
        await UnpackAsync(installation, fetched, jobs);
        await installation.ConfigureAsync(Sandbox, TestContext.Current.CancellationToken);
    }

    /// <summary>Only unpacks.</summary>
    public async Task UnpackAsync(params DebBuilder[] packages)
    {
        FetchedPackage[] fetched = [.. packages.Select(package => package.Fetched(Directory))];
        await UnpackAsync(Begin(fetched), fetched, jobs: 1);
    }

    /// <summary>
    /// Unpacks a file that is to be refused; returns the error after checking what every such error has.
    /// </summary>
    public async Task<PackageFormatException> RefusedAsync(DebBuilder package)
    {
        FetchedPackage fetched = package.Fetched(Directory);
        PackageFormatException error = await Assert.ThrowsAsync<PackageFormatException>(
            () => Begin([fetched]).UnpackAsync(fetched, TestContext.Current.CancellationToken));
        Assert.StartsWith(
            $"unpacking {package.Package} {package.Version}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(package.PoolPath, error.Hint, StringComparison.Ordinal);
        Assert.Contains("exclude or pin the package", error.Hint, StringComparison.Ordinal);
        Assert.Equal(6, error.ExitCode);
        return error;
    }

    public DebInstallation Begin(IReadOnlyList<FetchedPackage> packages)
    {
        DebInstallation installation = new(Rootfs, NewProfile(usrMerge: UsrMerge), NewLockfile(packages));
        installation.Prepare();
        return installation;
    }

    /// <summary>
    /// The tree as text, one line per entry with everything that counts but times of directories.
    /// </summary>
    public string TreeText()
    {
        StringBuilder text = new();
        foreach (TreeEntry entry in Rootfs.ReadTree())
        {
            string content = "";
            if (entry.Content is not null)
            {
                using Stream stream = entry.Content.Open();
                content = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream));
            }

            text.Append(entry.Path).Append(' ').Append(entry.Kind).Append(' ').Append(
                Convert.ToString(entry.Mode, 8))
                .Append(' ').Append(entry.Uid).Append(':').Append(entry.Gid).Append(' ').Append(
                    entry.LinkTarget)
                .Append(' ').Append(content).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Runs a program of the host; its standard output and error, and its exit code.</summary>
    public static (int ExitCode, string Output) Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C" },
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        Rootfs.Dispose();
        Directory.Dispose();
    }

    private static async Task UnpackAsync(DebInstallation installation, FetchedPackage[] packages, int jobs) =>
        await Parallel.ForEachAsync(
            packages,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = jobs,
                CancellationToken = TestContext.Current.CancellationToken,
            },
            async (package, cancellationToken) => await installation.UnpackAsync(package, cancellationToken));

    public static Lockfile NewLockfile(IReadOnlyList<FetchedPackage> packages) => new()
    {
        Profile = "test",
        Architecture = Architecture.Parse("amd64"),
        SourceDateEpoch = SourceDateEpoch,
        PhasedUpdates = PhasedUpdates.Include,
        Indexes = [],
        Packages = [.. packages.Select(p => p.Package).OrderBy(p => p.Name, StringComparer.Ordinal)],
    };

    public static Profile NewProfile(string[]? include = null, UsrMerge usrMerge = UsrMerge.None) => new()
    {
        Name = "test",
        Title = "Test",
        Distribution = "test",
        Version = "1",
        Family = "deb",
        Suite = "test",
        Architectures = [Architecture.Parse("amd64")],
        Archives = new Dictionary<string, Archive>(),
        Pockets = [],
        Components = ["main"],
        Keys = [],
        Packages = new PackageSelection { Include = include ?? [] },
        Image = new ImageSettings(),
        Seal = new SealSettings(),
        UsrMerge = usrMerge,
    };
}
