using System.Text;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>Signatures and dates: whoever serves the wrong ones gets nothing built.</summary>
public sealed class BadReleaseTests(TinyArchive archive)
{
    private const int NotVerified = 5;

    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    [Fact]
    public Task Altered_text() => RefusedAsync(
        site => site.Spoil = all => all.Spoil(TinySite.Suite + "InRelease", ReplaceText("Origin: Test", "Origin: Best")),
        "the signature on", "dists/testing/InRelease is wrong", "does not match the signature by");

    [Fact]
    public async Task Unknown_key()
    {
        await archive.ReadyAsync();
        await using OpenPgpKey stranger = await OpenPgpKey.CreateAsync(TestContext.Current.CancellationToken);
        await RefusedAsync(
            site => site.Signer = stranger,
            "no pinned key's signature on", "InRelease holds", "a key that is not pinned", "pinned: ");
    }

    [Fact]
    public async Task Expired_key()
    {
        await archive.ReadyAsync();
        await using OpenPgpKey expired = await OpenPgpKey.CreateExpiredAsync(
            new DateOnly(2025, 6, 1), TestContext.Current.CancellationToken);
        await RefusedAsync(
            site => (site.Signer, site.Pinned) = (expired, expired),
            "InRelease holds", expired.Fingerprint, "a key that expired on 2025-06-01");
    }

    [Fact]
    public Task No_signature() => RefusedAsync(
        site => site.IsSigned = false, "dists/testing/Release is not signed", "neither InRelease nor Release.gpg");

    [Fact]
    public Task Wrong_detached_signature() => RefusedAsync(
        site =>
        {
            site.Publish = pocket => pocket with { HasInRelease = false };
            site.Spoil = all => all.Spoil(TinySite.Suite + "Release", ReplaceText("Label: Test", "Label: Tast"));
        },
        "the signature on", "dists/testing/Release is wrong");

    [Fact]
    public Task Login_page() => RefusedAsync(
        site => site.Spoil = all => all.Spoil(TinySite.Suite + "InRelease", _ => "<html>Please log in</html>"u8.ToArray()),
        "dists/testing/InRelease is not a clear-signed document");

    [Fact]
    public Task Stale() => RefusedAsync(
        site => site.Publish = pocket => pocket with { Date = Now.AddDays(-9), ValidUntil = Now.AddDays(-2) },
        "dists/testing/InRelease is stale", $"was valid until {Now.AddDays(-2):yyyy-MM-dd}", "and here it is");

    [Fact]
    public Task Future() => RefusedAsync(
        site => site.Publish = pocket => pocket with { Date = Now.AddDays(1) },
        "dists/testing/InRelease is from the future", $"it is dated {Now.AddDays(1):yyyy-MM-dd}", "and here it is");

    [Fact]
    public Task Another_suite() => RefusedAsync(
        site => site.Publish = pocket => pocket with { SuiteField = "stable", Codename = "jessie" },
        "is not of the suite testing", "it is of the suite stable, code name jessie");

    [Fact]
    public Task Another_architecture() => RefusedAsync(
        site => site.Publish = pocket => pocket with { Architectures = ["m68k"] },
        $"has no packages for {Architecture.Host.Deb}, only for m68k");

    private static Func<byte[], byte[]> ReplaceText(string old, string replacement) => content =>
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(content).Replace(old, replacement, StringComparison.Ordinal));

    private async Task RefusedAsync(Action<TinySite> change, params string[] expected)
    {
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        change(site);
        ToolRun run = await workshop.BuildAsync(site, "bad");
        run.IsError(NotVerified, expected);
        Assert.All(site.Server.Requests, request => Assert.DoesNotContain("Packages", request.Path, StringComparison.Ordinal));
        await workshop.IsWholeAsync();
    }
}
