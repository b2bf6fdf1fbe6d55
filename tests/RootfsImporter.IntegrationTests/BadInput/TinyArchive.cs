using RootfsImporter.IntegrationTests.BadInput;
using RootfsImporter.TestData;

[assembly: AssemblyFixture(typeof(TinyArchive))]

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>
/// What the tests on the tiny system share: a signing key, and what one good build of it leaves in a cache and a layout.
/// </summary>
public sealed class TinyArchive : IAsyncLifetime, ITestArchive
{
    private readonly Lazy<Task> _made;
    private OpenPgpKey? _key;

    public TinyArchive() => _made = new Lazy<Task>(MakeAsync);

    /// <inheritdoc/>
    public TempDirectory Template { get; } = new();

    /// <inheritdoc/>
    public string GoodDigest { get; private set; } = "";

    /// <inheritdoc/>
    public string GoodIndex { get; private set; } = "";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Skips the test when this host cannot build the tiny system; makes what is shared when it can.</summary>
    internal Task ReadyAsync()
    {
        Requirement.Root.OrSkip();
        foreach (string program in (string[])["busybox", "dash", "dpkg", "gpg", "gpgv"])
        {
            Requirement.Program(program).OrSkip();
        }

        return _made.Value;
    }

    /// <summary>A good site, to be spoilt by a test.</summary>
    internal async Task<TinySite> SiteAsync()
    {
        await ReadyAsync();
        return await TinySite.CreateAsync(_key!);
    }

    async Task<ITestSite> ITestArchive.GoodSiteAsync() => await SiteAsync();

    /// <summary>Directories that hold an earlier good build.</summary>
    internal async Task<Workshop> WorkshopAsync()
    {
        await ReadyAsync();
        return await Workshop.AfterGoodBuildAsync(this);
    }

    public async ValueTask DisposeAsync()
    {
        Template.Dispose();
        if (_key is not null)
        {
            await _key.DisposeAsync();
        }
    }

    private async Task MakeAsync()
    {
        _key = await OpenPgpKey.CreateAsync(CancellationToken.None);
        using Workshop workshop = new(this);
        using TinySite site = await TinySite.CreateAsync(_key);
        GoodDigest = (await workshop.BuildAsync(site, "good")).Digest();
        GoodIndex = await File.ReadAllTextAsync(Path.Combine(workshop.Images, "index.json"));
        Assert.Equal([], ImageValidator.Validate(workshop.Images));
        workshop.IsTidy();
        await Host.RunAsync("cp", ["-a", workshop.Cache, workshop.Images, Template.FullPath]);
    }
}
