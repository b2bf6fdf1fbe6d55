using System.Text;
using RootfsImporter.Net;
using RootfsImporter.Packages;
using RootfsImporter.Packages.Deb.Repositories;
using RootfsImporter.Profiles;
using RootfsImporter.Signing;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Signing;

namespace RootfsImporter.Tests.Packages.Deb.Repositories;

public sealed class AptRepositoryReaderTests(SigningKeys keys) : IClassFixture<SigningKeys>, IDisposable
{
    private const string Suite = "dists/new/";
    private const string Date = "Thu, 25 Apr 2024 15:10:33 UTC";

    private readonly TempDirectory _cache = new();
    private readonly StaticServer _first = new();
    private readonly StaticServer _second = new();
    private readonly RecordedEvents _events = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _cache.Dispose();
    }

    private async Task<AptRelease> ReadAsync(bool hasSecond = false)
    {
        Repository repository = new()
        {
            Pocket = new Pocket { Name = "release", Suite = "new" },
            Components = ["main"],
            Mirrors = hasSecond ? [_first.Address, _second.Address] : [_first.Address],
            CanonicalMirror = new Uri("http://canonical.example/"),
            Keys = [keys.Key.Pin],
        };
        using Downloader downloader = new(
            new DownloadOptions { CacheDirectory = _cache.FullPath, RetryDelays = [] }, _events);
        return await new AptRepositoryReader(new OpenPgpVerifier(), TimeProvider.System, _events)
            .ReadAsync(repository, Architecture.Parse("amd64"), downloader, Cancel);
    }

    private static string Release(string packages, string extension = ".xz", string fields = "Acquire-By-Hash: yes\n") =>
        $"Suite: new\nCodename: new\nDate: {Date}\nArchitectures: amd64\nComponents: main\n{fields}"
        + $"SHA256:\n {Digest.Of(Encoding.UTF8.GetBytes(packages)).Hex} {packages.Length} "
        + $"main/binary-amd64/Packages{extension}\n";

    private static string ByHash(string packages) =>
        $"{Suite}main/binary-amd64/by-hash/SHA256/{Digest.Of(Encoding.UTF8.GetBytes(packages)).Hex}";

    private async Task<byte[]> PublishAsync(StaticServer server, string release)
    {
        byte[] inRelease = await keys.Key.ClearSignAsync(release, Cancel);
        server.Add(Suite + "InRelease", inRelease);
        return inRelease;
    }

    [Fact]
    public async Task Reads_the_indexes_by_hash()
    {
        byte[] inRelease = await PublishAsync(_first, Release("index"));
        _first.Add(ByHash("index"), "index");
        AptRelease release = await ReadAsync();
        Assert.Equal(Digest.Of(inRelease), release.SignedBy);
        Assert.Equal(1714057833, release.Published);
        AptPackagesFile file = Assert.Single(release.PackagesFiles);
        Assert.Equal(("main", ".xz", "index"), (file.Component, file.Extension, File.ReadAllText(file.Path)));
        Assert.Equal([Suite + "InRelease", ByHash("index")], _first.Requests.Select(r => r.Path));
    }

    [Theory]
    [InlineData(".gz")]
    [InlineData(".zst")]
    [InlineData("")]
    public async Task Reads_plain_names_and_other_compressions(string extension)
    {
        await PublishAsync(_first, Release("index", extension, fields: ""));
        _first.Add($"{Suite}main/binary-amd64/Packages{extension}", "index");
        Assert.Equal(extension, Assert.Single((await ReadAsync()).PackagesFiles).Extension);
    }

    [Fact]
    public async Task Reads_the_index_of_packages_for_all_where_it_is_apart()
    {
        string release = Release("index").Replace("Architectures: amd64", "Architectures: amd64 all", StringComparison.Ordinal);
        await PublishAsync(
            _first, release + $" {Digest.Of("all"u8).Hex} 3 main/binary-all/Packages.xz\n");
        _first.Add(ByHash("index"), "index").Add($"{Suite}main/binary-all/Packages.xz", "all");
        Assert.Equal(
            ["index", "all"], (await ReadAsync()).PackagesFiles.Select(file => File.ReadAllText(file.Path)));
    }

    [Fact]
    public async Task Reads_Release_and_its_signature_where_there_is_no_InRelease()
    {
        string release = Release("index");
        _first.Add(Suite + "Release", release).Add(ByHash("index"), "index");
        _first.Add(Suite + "Release.gpg", await keys.Key.DetachSignAsync(release, Cancel));
        Assert.Equal(Digest.Of(Encoding.UTF8.GetBytes(release)), (await ReadAsync()).SignedBy);
    }

    [Fact]
    public async Task An_unsigned_Release_is_refused()
    {
        _first.Add(Suite + "Release", Release("index"));
        VerificationException e = await Assert.ThrowsAsync<VerificationException>(() => ReadAsync());
        Assert.Equal(
            $"{_first.Address}{Suite}Release is not signed: there is neither InRelease nor Release.gpg", e.Message);
        Assert.Equal("an archive without a signature cannot be used; name another mirror with --mirror", e.Hint);
    }

    [Fact]
    public async Task A_mirror_without_the_suite_is_a_fetch_error()
    {
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => ReadAsync());
        Assert.Equal($"{_first.Address}{Suite} has neither InRelease nor Release", e.Message);
        Assert.Equal("check that the mirror has the suite new, or name another one with --mirror", e.Hint);
    }

    [Fact]
    public async Task A_mirror_whose_document_does_not_verify_is_skipped_with_a_warning()
    {
        _first.Add(Suite + "InRelease", "<html>");
        await PublishAsync(_second, Release("index"));
        _second.Add(ByHash("index"), "index");
        await ReadAsync(hasSecond: true);
        Assert.Equal(
            $"skipping the mirror {_first.Address}: {_first.Address}{Suite}InRelease is not a clear-signed document: "
            + "line 1: expected '-----BEGIN PGP SIGNED MESSAGE-----'",
            Assert.Single(_events.Warnings));
        Assert.Equal([Suite + "InRelease"], _first.Requests.Select(request => request.Path));
    }

    [Fact]
    public async Task When_no_mirror_verifies_the_first_ones_error_is_thrown()
    {
        _first.Add(Suite + "InRelease", await keys.Other.ClearSignAsync(Release("index"), Cancel));
        VerificationException e =
            await Assert.ThrowsAsync<VerificationException>(() => ReadAsync(hasSecond: true));
        Assert.StartsWith(
            $"no pinned key's signature on {_first.Address}{Suite}InRelease holds: ", e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_signed_document_is_refused()
    {
        await PublishAsync(_first, "Origin: Example\n");
        VerificationException e = await Assert.ThrowsAsync<VerificationException>(() => ReadAsync());
        Assert.Equal(
            $"{_first.Address}{Suite}InRelease is signed but malformed: it has no Architectures", e.Message);
    }

    [Fact]
    public async Task An_index_that_is_not_listed_is_refused()
    {
        await PublishAsync(
            _first, Release("index").Replace("binary-amd64", "binary-arm64", StringComparison.Ordinal));
        VerificationException e = await Assert.ThrowsAsync<VerificationException>(() => ReadAsync());
        Assert.Equal(
            "the Release file of the suite new does not list main/binary-amd64/Packages, compressed or not", e.Message);
    }

    [Fact]
    public async Task An_altered_index_is_refused()
    {
        await PublishAsync(_first, Release("index"));
        _first.Add(ByHash("index"), "INDEX").Add($"{Suite}main/binary-amd64/Packages.xz", "INDEX");
        VerificationException e = await Assert.ThrowsAsync<VerificationException>(() => ReadAsync());
        Assert.StartsWith(
            $"{Suite}main/binary-amd64/Packages.xz has the wrong content: ", e.Message, StringComparison.Ordinal);
        Assert.Equal(2, _first.Requests.Count(request => request.Path == Suite + "InRelease"));
    }

    [Fact]
    public async Task An_archive_that_was_updated_meanwhile_is_read_once_more()
    {
        byte[] old = await keys.Key.ClearSignAsync(Release("before"), Cancel);
        await PublishAsync(_first, Release("after"));
        _first.Fail(Suite + "InRelease", new ServerFault.Instead(old)).Add(ByHash("after"), "after");
        AptRelease release = await ReadAsync();
        Assert.Equal("after", File.ReadAllText(Assert.Single(release.PackagesFiles).Path));
    }
}
