using System.Text.RegularExpressions;
using RootfsImporter.Linux;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>
/// The directories of one test: a cache and an <c>oci:</c> layout in which an earlier good build left its image, and a
/// directory for everything temporary. Removed when disposed.
/// </summary>
internal sealed partial class Workshop : IDisposable
{
    private readonly ITestArchive _archive;
    private readonly TempDirectory _directory = new();

    public Workshop(ITestArchive archive)
    {
        _archive = archive;
        Directory.CreateDirectory(Temporary);
    }

    /// <summary>Everything of the test.</summary>
    public TempDirectory Root => _directory;

    public string Cache => _directory["cache"];

    public string Images => _directory["images"];

    /// <summary>TMPDIR of the program, so that nothing that it leaves behind can hide elsewhere.</summary>
    public string Temporary => _directory["temporary"];

    /// <summary>The cache and layout as the fixture's good build left them.</summary>
    public static async Task<Workshop> AfterGoodBuildAsync(ITestArchive archive)
    {
        Workshop workshop = new(archive);
        await Host.RunAsync("cp", ["-a", archive.Template["cache"], archive.Template["images"], workshop.Root.FullPath]);
        return workshop;
    }

    /// <summary>The complete environment of the program.</summary>
    public Dictionary<string, string> Environment() => new()
    {
        ["PATH"] = ChildProcess.SystemPath,
        ["LC_ALL"] = "C.UTF-8",
        ["DOTNET_ROOT"] = System.Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "",
        ["TMPDIR"] = Temporary,
        ["HOME"] = _directory.FullPath,

        // Else the runtime leaves sockets in TMPDIR when it is killed.
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    /// <summary>The arguments that build a site into a tag of the layout.</summary>
    public async Task<string[]> ArgumentsAsync(ITestSite site, string tag, params string[] options) =>
    [
        "build", await site.WriteToAsync(_directory), "--cache-dir", Cache, "--to", $"oci:{Images}:{tag}", "--format", "json",
        .. options,
    ];

    /// <summary>Builds a site into a tag of the layout.</summary>
    public async Task<ToolRun> BuildAsync(ITestSite site, string tag, params string[] options) =>
        await RunAsync(await ArgumentsAsync(site, tag, options));

    public async Task<ToolRun> RunAsync(params string[] arguments) =>
        new(await Host.TryRunAsync(Host.Tool, arguments, Environment(), _directory.FullPath));

    /// <summary>
    /// Asserts that the earlier image is what it was, that nothing temporary is left, and that the cache still serves a
    /// good build: without the network, but for the signed documents.
    /// </summary>
    public async Task IsWholeAsync(bool mayResume = false)
    {
        IsTidy(mayResume);
        HasEarlierImage();
        using ITestSite good = await _archive.GoodSiteAsync();
        Assert.Equal(_archive.GoodDigest, (await BuildAsync(good, "again", "--no-reuse")).Digest());
        Assert.DoesNotContain(good.Server.Requests, request => Path.GetExtension(request.Path) is ".deb" or ".apk");
        Assert.Equal([], ImageValidator.Validate(Images));
        IsTidy(mayResume);
    }

    /// <summary>Asserts that the layout is what the earlier build left.</summary>
    public void HasEarlierImage()
    {
        Assert.Equal([], ImageValidator.Validate(Images));
        Assert.Equal(_archive.GoodIndex, File.ReadAllText(Path.Combine(Images, "index.json")));
    }

    /// <summary>Asserts that nothing temporary is left.</summary>
    public void IsTidy(bool mayResume = false)
    {
        Assert.Empty(Directory.GetFileSystemEntries(Temporary));
        Assert.DoesNotContain(
            Directory.EnumerateFileSystemEntries(_directory.FullPath, "*", SearchOption.AllDirectories),
            path => UnfinishedName().IsMatch(Path.GetFileName(path))
                || (!mayResume && path.EndsWith(".part", StringComparison.Ordinal)));
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>The names of files that are being written, or were found to be wrong, anywhere in the program.</summary>
    [GeneratedRegex(@"\.tmp$|\.partial$|^rootfs-importer-build-|\.json\.|^corrupt$")]
    private static partial Regex UnfinishedName();
}
