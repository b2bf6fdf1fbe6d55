using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>Mirrors that are not there, lack files, or have other ones than the signed documents promise.</summary>
public sealed class BadTransferTests(TinyArchive archive)
{
    private const int NotFetched = 4;
    private const int NotVerified = 5;

    /// <summary>A package that the cache of the earlier build does not have.</summary>
    private static DebBuilder Extra => TinySystem.Package("extra").File("usr/share/extra", new string('x', 5000));

    [Fact]
    public Task Index_with_the_wrong_hash() => RefusedAsync(
        NotVerified, site => site.Spoil = all => all.FlipByte(TinySite.Index),
        TinySite.Index, "has the wrong content: expected sha256:", "; http://127.0.0.1", "found sha256:");

    [Fact]
    public Task Index_with_the_wrong_size() => RefusedAsync(
        NotVerified, site => site.Spoil = all => all.CutByte(TinySite.Index),
        TinySite.Index, "has the wrong content: expected sha256:", "bytes; http://127.0.0.1", "found ");

    [Fact]
    public Task Index_that_is_missing() => RefusedAsync(
        NotFetched, site => site.Serve = server => server.Remove(TinySite.Index), "no mirror has " + TinySite.Index, "404");

    [Fact]
    public Task Package_with_the_wrong_hash() => RefusedAsync(
        NotVerified, site => site.Spoil = all => all.FlipByte(Extra.PoolPath),
        Extra.PoolPath, "has the wrong content: expected sha256:", "found sha256:");

    [Fact]
    public Task Package_with_the_wrong_size() => RefusedAsync(
        NotVerified, site => site.Spoil = all => all.CutByte(Extra.PoolPath),
        Extra.PoolPath, "has the wrong content: expected sha256:", $"{Extra.Build().Length} bytes; http://127.0.0.1",
        $"found {Extra.Build().Length - 1} bytes");

    [Fact]
    public Task Package_that_is_missing() => RefusedAsync(
        NotFetched, site => site.Serve = server => server.Remove(Extra.PoolPath), "no mirror has " + Extra.PoolPath, "404");

    [Fact]
    public Task Mirror_without_the_suite() => RefusedAsync(
        NotFetched, site => site.Profile = text => text.Replace("suite: testing", "suite: sid", StringComparison.Ordinal),
        "dists/sid/ has neither InRelease nor Release");

    [Fact]
    public Task Mirror_that_does_not_answer() => RefusedAsync(
        NotFetched, site => site.Serve = server => server.Dispose(), "could not fetch dists/testing/InRelease", "127.0.0.1");

    [Fact]
    public Task No_mirror_at_all() => RefusedAsync(
        NotFetched, site => site.Profile = text => text.Replace($"[{site.Server.Address}]", "[]", StringComparison.Ordinal),
        "no mirror is known for the archive 'main' of tiny");

    [Fact]
    public async Task A_bad_mirror_is_skipped_for_a_good_one()
    {
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite bad = await archive.SiteAsync();
        using TinySite good = await archive.SiteAsync();
        bad.Spoil = all => all.FlipByte(TinySite.Suite + "InRelease");
        await bad.WriteToAsync(workshop.Root);
        ToolRun run = await workshop.BuildAsync(good, "good", "--mirror", bad.Server.Address.AbsoluteUri, "--no-reuse");
        Assert.Equal(archive.GoodDigest, run.Digest());
        Assert.Contains("warning: skipping the mirror " + bad.Server.Address, run.ErrorOutput, StringComparison.Ordinal);
    }

    private async Task RefusedAsync(int exitCode, Action<TinySite> change, params string[] expected)
    {
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        site.Packages.Add(Extra);
        change(site);
        ToolRun run = await workshop.BuildAsync(site, "bad");
        run.IsError(exitCode, expected);
        await workshop.IsWholeAsync();
    }
}
