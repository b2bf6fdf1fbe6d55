using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Net;

public sealed class DownloaderFetchTests : IDisposable
{
    private const string Path = "pool/main/h/hello/hello_2.10+dfsg_amd64.deb";
    private const string SentPath = "pool/main/h/hello/hello_2.10%2Bdfsg_amd64.deb";
    private const int Half = 200_000;

    private static readonly Digest Wanted = Digest.Of(DownloaderFixture.Content);

    private readonly DownloaderFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Puts_the_file_into_the_cache_read_only()
    {
        _fixture.First.Add(SentPath, DownloaderFixture.Content);
        string path = await _fixture.FetchAsync(Path);
        Assert.Equal(_fixture.PathOf(Wanted), path);
        Assert.Equal(DownloaderFixture.Content, File.ReadAllBytes(path));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(path));
        Assert.False(File.Exists(_fixture.PartialPathOf(Wanted)));
        Assert.Contains(
            new BuildEvent.DownloadFinished("hello_2.10+dfsg_amd64.deb", DownloaderFixture.Content.Length),
            _fixture.Events.All);
        Assert.Contains(_fixture.Events.All, e => e is BuildEvent.DownloadProgress);
    }

    [Fact]
    public async Task A_cached_file_is_not_fetched_again()
    {
        _fixture.First.Add(SentPath, DownloaderFixture.Content);
        Assert.Equal(await _fixture.FetchAsync(Path), await _fixture.FetchAsync(Path));
        Assert.Single(_fixture.First.Requests);
    }

    [Fact]
    public async Task A_corrupt_cached_file_is_moved_aside_and_fetched_again()
    {
        _fixture.First.Add(SentPath, DownloaderFixture.Content);
        byte[] corrupt = [.. DownloaderFixture.Content];
        corrupt[5] ^= 1;
        _fixture.Cache.Write($"sha256/{Wanted.Hex[..2]}/{Wanted.Hex}", corrupt);
        Assert.Equal(DownloaderFixture.Content, File.ReadAllBytes(await _fixture.FetchAsync(Path)));
        Assert.Equal(corrupt, File.ReadAllBytes(_fixture.Cache[$"corrupt/{Wanted.Hex}"]));
        Assert.Contains("is not what its name says", Assert.Single(_fixture.Events.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Takes_the_plain_name_where_there_is_no_by_hash()
    {
        _fixture.First.Add("dists/x/Packages", DownloaderFixture.Content);
        await _fixture.FetchAsync("dists/x/by-hash/SHA256/00", "dists/x/Packages");
        Assert.Equal(
            ["dists/x/by-hash/SHA256/00", "dists/x/Packages"], _fixture.First.Requests.Select(r => r.Path));
        Assert.Empty(_fixture.Events.Warnings);
    }

    [Fact]
    public async Task Continues_where_a_broken_connection_ended()
    {
        _fixture.First.Add(SentPath, DownloaderFixture.Content).Fail(SentPath, new ServerFault.CutAfter(Half));
        await _fixture.FetchAsync(Path);
        Assert.Equal([new(SentPath, null), new(SentPath, Half)], _fixture.First.Requests);
        Assert.Empty(_fixture.Second.Requests);
    }

    [Fact]
    public async Task Continues_where_another_build_ended()
    {
        _fixture.First.Add(SentPath, DownloaderFixture.Content);
        _fixture.Cache.Write($"partial/{Wanted.Hex}.part", DownloaderFixture.Content.AsSpan(0, Half));
        await _fixture.FetchAsync(Path);
        Assert.Equal([new(SentPath, Half)], _fixture.First.Requests);
    }

    [Fact]
    public async Task A_part_that_is_complete_needs_no_request()
    {
        _fixture.Cache.Write($"partial/{Wanted.Hex}.part", DownloaderFixture.Content);
        await _fixture.FetchAsync(Path);
        Assert.Empty(_fixture.First.Requests);
    }

    [Fact]
    public async Task Starts_over_when_the_server_ignores_the_range()
    {
        _fixture.First.Add(SentPath, DownloaderFixture.Content).Fail(SentPath, new ServerFault.NoRange());
        _fixture.Cache.Write($"partial/{Wanted.Hex}.part", DownloaderFixture.Content.AsSpan(0, Half));
        Assert.Equal(DownloaderFixture.Content, File.ReadAllBytes(await _fixture.FetchAsync(Path)));
        Assert.Single(_fixture.First.Requests);
    }

    [Theory]
    [InlineData(Half)]
    [InlineData(480_000)]
    [InlineData(480_001)]
    public async Task Starts_over_once_at_the_same_mirror_when_the_part_was_wrong(int length)
    {
        _fixture.First.Add(SentPath, DownloaderFixture.Content);
        _fixture.Cache.Write($"partial/{Wanted.Hex}.part", new byte[length]);
        Assert.Equal(DownloaderFixture.Content, File.ReadAllBytes(await _fixture.FetchAsync(Path)));
        Assert.Null(_fixture.First.Requests[^1].RangeStart);
        Assert.Empty(_fixture.Second.Requests);
    }

    [Fact]
    public async Task Wrong_content_leads_to_the_next_mirror_with_a_warning()
    {
        byte[] wrong = [.. DownloaderFixture.Content];
        wrong[^1] ^= 1;
        _fixture.First.Add(SentPath, wrong);
        _fixture.Second.Add(SentPath, DownloaderFixture.Content);
        await _fixture.FetchAsync(Path);
        Assert.Equal(
            $"skipping the mirror {_fixture.First.Address} for {Path}: found {Digest.Of(wrong)}, 480000 bytes",
            Assert.Single(_fixture.Events.Warnings));
    }

    [Fact]
    public async Task Wrong_content_everywhere_says_what_was_found_and_expected()
    {
        byte[] wrong = [.. DownloaderFixture.Content];
        wrong[^1] ^= 1;
        _fixture.First.Add(SentPath, wrong);
        _fixture.Second.Add(SentPath, "short");
        VerificationException e = await Assert.ThrowsAsync<VerificationException>(() => _fixture.FetchAsync(Path));
        Assert.Equal(
            $"{Path} has the wrong content: expected {Wanted}, 480000 bytes; "
            + $"{_fixture.First.Address}: found {Digest.Of(wrong)}, 480000 bytes; "
            + $"{_fixture.Second.Address}: found 5 bytes",
            e.Message);
        Assert.Equal(
            "a mirror may be in the middle of an update: try again later, or name another one with --mirror", e.Hint);
        Assert.False(File.Exists(_fixture.PathOf(Wanted)));
        Assert.False(File.Exists(_fixture.PartialPathOf(Wanted)));
    }

    [Fact]
    public async Task A_body_without_end_is_cut_off_at_the_size()
    {
        byte[] endless = new byte[50_000_000];
        _fixture.First.Fail(SentPath, new ServerFault.Instead(endless));
        _fixture.Second.Fail(SentPath, new ServerFault.Instead([]));
        VerificationException e = await Assert.ThrowsAsync<VerificationException>(() => _fixture.FetchAsync(Path));
        Assert.Contains("found more than 480000 bytes", e.Message, StringComparison.Ordinal);
        Assert.Contains("found 0 bytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_everywhere_is_a_fetch_error()
    {
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => _fixture.FetchAsync(Path));
        Assert.Equal(
            $"no mirror has {Path}: {_fixture.First.Address}: 404 Not Found; {_fixture.Second.Address}: 404 Not Found",
            e.Message.Replace("NotFound", "Not Found", StringComparison.Ordinal));
        Assert.Equal(
            "the archive may have moved on: resolve again, or name a mirror that keeps old files with --mirror", e.Hint);
    }

    [Fact]
    public async Task Concurrent_builds_share_one_download()
    {
        _fixture.First.Add(SentPath, DownloaderFixture.Content);
        using RootfsImporter.Net.Downloader other = _fixture.NewDownloader();
        string[] paths = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            (i % 2 == 0 ? other : _fixture.Downloader).FetchAsync(
                _fixture.Mirrors, [Path], DownloaderFixture.Identity(DownloaderFixture.Content),
                TestContext.Current.CancellationToken)));
        Assert.Single(paths.Distinct());
        Assert.Single(_fixture.First.Requests);
    }

    [Fact]
    public async Task Cancelling_keeps_the_part_for_the_next_build()
    {
        using CancellationTokenSource cancellation = new();
        _fixture.First.Add(SentPath, DownloaderFixture.Content).Fail(SentPath, new ServerFault.StallAfter(Half));
        Task<string> fetch = _fixture.Downloader.FetchAsync(
            _fixture.Mirrors, [Path], DownloaderFixture.Identity(DownloaderFixture.Content), cancellation.Token);
        while (!File.Exists(_fixture.PartialPathOf(Wanted)) || new FileInfo(_fixture.PartialPathOf(Wanted)).Length < Half)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
        Assert.Equal(Half, new FileInfo(_fixture.PartialPathOf(Wanted)).Length);
    }

    [Fact]
    public async Task A_full_disk_is_the_hosts_error()
    {
        _fixture.First.Add(SentPath, DownloaderFixture.Content);
        Directory.CreateDirectory(_fixture.Cache["partial"]);
        File.CreateSymbolicLink(_fixture.PartialPathOf(Wanted), "/dev/full");
        HostException e = await Assert.ThrowsAsync<HostException>(() => _fixture.FetchAsync(Path));
        Assert.StartsWith(
            $"cannot store {Wanted} in {_fixture.PartialPathOf(Wanted)}: ", e.Message, StringComparison.Ordinal);
        Assert.Equal("free some space there, or choose a cache directory on another file system", e.Hint);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_made_is_the_hosts_error()
    {
        _fixture.Cache.Write("partial", "a file in the way");
        HostException e = await Assert.ThrowsAsync<HostException>(() => _fixture.FetchAsync(Path));
        Assert.StartsWith("cannot make the cache directory", e.Message, StringComparison.Ordinal);
        Assert.Equal(
            "check the file system of the cache directory, or choose another cache directory", e.Hint);
    }

    [Fact]
    public async Task A_path_that_leaves_the_mirror_is_refused()
    {
        VerificationException e =
            await Assert.ThrowsAsync<VerificationException>(() => _fixture.FetchAsync("pool/../../etc/passwd"));
        Assert.Equal("'pool/../../etc/passwd' is not a path below an archive's root", e.Message);
    }

    [Fact]
    public async Task Fetches_from_a_directory()
    {
        using TempDirectory mirror = new();
        mirror.Write("pool/a b+c", DownloaderFixture.Content);
        Uri address = new($"file://{mirror.FullPath}");
        string path = await _fixture.Downloader.FetchAsync(
            [address], ["pool/a b+c"], DownloaderFixture.Identity(DownloaderFixture.Content),
            TestContext.Current.CancellationToken);
        Assert.Equal(DownloaderFixture.Content, File.ReadAllBytes(path));
        Assert.Null(await _fixture.Downloader.GetDocumentAsync(
            [address], "pool/other", 10, TestContext.Current.CancellationToken));
    }
}
