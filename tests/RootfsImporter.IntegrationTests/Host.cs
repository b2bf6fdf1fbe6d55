using RootfsImporter.Linux;

namespace RootfsImporter.IntegrationTests;

/// <summary>Programs of the host, run with a fixed environment.</summary>
internal static class Host
{
    private const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The repository's root directory.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Where profiles are.</summary>
    public static string Distros { get; } = Path.Combine(Repository, "distros");

    /// <summary>A cache that all tests of a run share, so that nothing is downloaded twice.</summary>
    public static string Cache { get; } =
        Environment.GetEnvironmentVariable("ROOTFS_IMPORTER_TEST_CACHE") is { Length: > 0 } given
            ? given
            : Path.Combine(Repository, "artifacts", "test-cache");

    /// <summary>The program under test, as users start it.</summary>
    public static string Tool { get; } =
        Environment.GetEnvironmentVariable("ROOTFS_IMPORTER_TEST_TOOL") is { Length: > 0 } published
            ? published
            : Path.Combine(AppContext.BaseDirectory, "rootfs-importer");

    /// <summary>The path of a program, or null.</summary>
    public static string? Find(string program) => ChildProcess.Find(program, SearchPath);

    /// <summary>Runs a program to its end.</summary>
    public static Task<ChildResult> TryRunAsync(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null,
        string? workingDirectory = null)
    {
        Dictionary<string, string> all = new()
        {
            ["PATH"] = SearchPath,
            ["HOME"] = "/root",
            ["LC_ALL"] = "C.UTF-8",
            ["DOCKER_HOST"] = Environment.GetEnvironmentVariable("DOCKER_HOST") ?? "",
            ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "",
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            all[name] = value;
        }

        return new ChildProcess
        {
            FileName = Find(program) ?? program,
            Arguments = arguments,
            Environment = all.Where(pair => pair.Value.Length > 0).ToDictionary(),
            WorkingDirectory = workingDirectory,
            MaxOutputBytes = 4 << 20,
        }.RunAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Runs a program that has to succeed, and returns its standard output.</summary>
    public static async Task<string> RunAsync(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null,
        string? workingDirectory = null)
    {
        ChildResult result = await TryRunAsync(program, arguments, environment, workingDirectory);
        Assert.True(
            result.ExitCode == 0,
            $"{program} {string.Join(' ', arguments)} ended with {result.ExitCode}:\n{result.Output}\n{result.ErrorOutput}");
        return result.Output;
    }

    private static string FindRepository()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "RootfsImporter.sln")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException("the tests do not run from inside a checkout");
    }
}
