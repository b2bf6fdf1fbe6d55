using RootfsImporter.IntegrationTests.BadInput;
using RootfsImporter.TestData;

[assembly: AssemblyFixture(typeof(ApkSystem))]

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>
/// What the tests on the tiny system of apk packages share: a signing key, and what one good build leaves behind.
/// </summary>
public sealed class ApkSystem : IDisposable, ITestArchive
{
    private readonly Lazy<Task> _made;

    public ApkSystem() => _made = new Lazy<Task>(MakeAsync);

    /// <inheritdoc/>
    public TempDirectory Template { get; } = new();

    /// <inheritdoc/>
    public string GoodDigest { get; private set; } = "";

    /// <inheritdoc/>
    public string GoodIndex { get; private set; } = "";

    internal ApkKey Key { get; } = new();

    /// <summary>A good site, to be spoilt by a test.</summary>
    internal ApkSite Site(params Architecture[] architectures)
    {
        Requirement.Root.OrSkip();
        Requirement.Program("busybox").OrSkip();
        return new ApkSite
        {
            Signer = Key,
            Pinned = Key,
            Architectures = architectures is [] ? [Architecture.Host] : architectures,
        };
    }

    /// <summary>Directories that hold an earlier good build.</summary>
    internal async Task<Workshop> WorkshopAsync()
    {
        await _made.Value;
        return await Workshop.AfterGoodBuildAsync(this);
    }

    /// <summary>
    /// Asserts that a site with one thing wrong gives one error of a class, whose message has all these parts, and that
    /// layout and cache stay whole.
    /// </summary>
    internal async Task RefusesAsync(
        int exitCode, Action<ApkSite> change, string[] expected, params string[] options)
    {
        using ApkSite site = Site();
        using Workshop workshop = await WorkshopAsync();
        change(site);
        ToolRun run = await workshop.BuildAsync(site, "bad", options);
        run.IsError(exitCode, expected);
        await workshop.IsWholeAsync();
    }

    Task<ITestSite> ITestArchive.GoodSiteAsync() => Task.FromResult<ITestSite>(Site());

    public void Dispose()
    {
        Template.Dispose();
        Key.Dispose();
    }

    private async Task MakeAsync()
    {
        using ApkSite site = Site();
        using Workshop workshop = new(this);
        GoodDigest = (await workshop.BuildAsync(site, "good")).Digest();
        GoodIndex = await File.ReadAllTextAsync(Path.Combine(workshop.Images, "index.json"));
        Assert.Equal([], ImageValidator.Validate(workshop.Images));
        workshop.IsTidy();
        await Host.RunAsync("cp", ["-a", workshop.Cache, workshop.Images, Template.FullPath]);
    }
}
