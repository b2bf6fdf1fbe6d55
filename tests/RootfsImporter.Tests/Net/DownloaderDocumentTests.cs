using System.Text;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Net;

public sealed class DownloaderDocumentTests : IDisposable
{
    private const string Path = "dists/noble/InRelease";

    private readonly DownloaderFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Returns_the_first_mirrors_document()
    {
        _fixture.First.Add(Path, "one");
        _fixture.Second.Add(Path, "two");
        Assert.Equal("one"u8.ToArray(), await _fixture.GetAsync(Path));
        Assert.Empty(_fixture.Second.Requests);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task Null_when_no_mirror_has_one(int status)
    {
        _fixture.First.Fail(Path, new ServerFault.Status(status));
        Assert.Null(await _fixture.GetAsync(Path));
        Assert.Empty(_fixture.Events.Warnings);
    }

    [Fact]
    public async Task Null_when_one_mirror_is_down_and_the_other_has_none()
    {
        _fixture.First.Dispose();
        Assert.Null(await _fixture.GetAsync(Path));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(408)]
    public async Task Tries_again_after_a_temporary_failure(int status)
    {
        _fixture.First.Add(Path, "one").Fail(Path, new ServerFault.Status(status), new ServerFault.Hangup());
        Assert.Equal("one"u8.ToArray(), await _fixture.GetAsync(Path));
        Assert.Equal(3, _fixture.First.Requests.Count);
        Assert.Empty(_fixture.Events.Warnings);
    }

    [Fact]
    public async Task Waits_as_long_as_the_server_asks()
    {
        _fixture.First.Add(Path, "one").Fail(Path, new ServerFault.Status(429, "Retry-After: 1"));
        Assert.Equal("one"u8.ToArray(), await _fixture.GetAsync(Path));
        Assert.Contains(
            new BuildEvent.Detail($"{_fixture.First.Address}: 429 TooManyRequests; trying again in 1 s"),
            _fixture.Events.All);
    }

    [Fact]
    public async Task Gives_a_mirror_up_that_asks_for_too_long_a_wait()
    {
        _fixture.First.Add(Path, "one").Fail(Path, new ServerFault.Status(503, "Retry-After: 3600"));
        _fixture.Second.Add(Path, "two");
        Assert.Equal("two"u8.ToArray(), await _fixture.GetAsync(Path));
        Assert.Single(_fixture.First.Requests);
    }

    [Fact]
    public async Task A_mirror_that_is_down_is_skipped_with_one_warning_and_comes_last_from_then_on()
    {
        _fixture.First.Fail(Path, [.. Enumerable.Repeat(new ServerFault.Status(503), 3)]);
        _fixture.Second.Add(Path, "two").Add("other", "other");
        Assert.Equal("two"u8.ToArray(), await _fixture.GetAsync(Path));
        Assert.Equal("other"u8.ToArray(), await _fixture.GetAsync("other"));
        Assert.Equal(
            $"skipping the mirror {_fixture.First.Address} for {Path}: 503 ServiceUnavailable",
            Assert.Single(_fixture.Events.Warnings));
        Assert.Equal(3, _fixture.First.Requests.Count);
    }

    [Fact]
    public async Task A_mirror_that_forbids_is_not_asked_again()
    {
        _fixture.First.Fail(Path, new ServerFault.Status(403));
        _fixture.Second.Add(Path, "two");
        Assert.Equal("two"u8.ToArray(), await _fixture.GetAsync(Path));
        Assert.Single(_fixture.First.Requests);
    }

    [Fact]
    public async Task All_mirrors_down_says_each_ones_reason_and_what_to_do()
    {
        _fixture.First.Fail(Path, [.. Enumerable.Repeat(new ServerFault.Status(503), 3)]);
        _fixture.Second.Dispose();
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => _fixture.GetAsync(Path));
        Assert.StartsWith(
            $"could not fetch {Path}: {_fixture.First.Address}: 503 ServiceUnavailable; {_fixture.Second.Address}: ",
            e.Message, StringComparison.Ordinal);
        Assert.Contains("refused", e.Message, StringComparison.Ordinal);
        Assert.Equal("check the network and the proxy settings, or name another mirror with --mirror", e.Hint);
    }

    [Fact]
    public async Task A_stalled_or_broken_body_is_temporary()
    {
        _fixture.First.Add(Path, "document").Fail(
            Path, new ServerFault.StallAfter(3), new ServerFault.CutAfter(3));
        Assert.Equal("document"u8.ToArray(), await _fixture.GetAsync(Path));
        Assert.Equal(3, _fixture.First.Requests.Count);
    }

    [Fact]
    public async Task A_document_longer_than_allowed_is_refused()
    {
        _fixture.First.Add(Path, new string('x', 11));
        _fixture.Second.Fail(Path, new ServerFault.Instead(new byte[5_000_000]));
        VerificationException e =
            await Assert.ThrowsAsync<VerificationException>(() => _fixture.GetAsync(Path, maxBytes: 10));
        Assert.Equal(
            $"{Path} is not acceptable: {_fixture.First.Address}: it is longer than 10 bytes; "
            + $"{_fixture.Second.Address}: it is longer than 10 bytes",
            e.Message);
    }

    [Fact]
    public async Task A_document_as_long_as_allowed_is_taken()
    {
        _fixture.First.Add(Path, new string('x', 10));
        Assert.Equal(Encoding.ASCII.GetBytes(new string('x', 10)), await _fixture.GetAsync(Path, maxBytes: 10));
    }

    [Fact]
    public async Task Follows_redirects()
    {
        _fixture.First.Fail(Path, new ServerFault.Status(302, $"Location: {_fixture.Second.Address}there"));
        _fixture.Second.Add("there", "two").Fail("there", new ServerFault.Status(307, "Location: /again"));
        _fixture.Second.Add("again", "two");
        Assert.Equal("two"u8.ToArray(), await _fixture.GetAsync(Path));
    }

    [Fact]
    public async Task Does_not_follow_redirects_without_end()
    {
        _fixture.First.Fail(Path, [.. Enumerable.Repeat(new ServerFault.Status(301, $"Location: /{Path}"), 100)]);
        _fixture.Second.Dispose();
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => _fixture.GetAsync(Path));
        Assert.Contains("more than 5 redirects", e.Message, StringComparison.Ordinal);
        Assert.Equal(6, _fixture.First.Requests.Count);
    }

    [Fact]
    public async Task Does_not_follow_a_redirect_to_a_file_of_this_host()
    {
        _fixture.First.Fail(Path, new ServerFault.Status(302, "Location: file:///etc/hostname"));
        _fixture.Second.Dispose();
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => _fixture.GetAsync(Path));
        Assert.Contains("it redirects from http to file:///etc/hostname", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Does_not_show_a_password()
    {
        _fixture.First.Dispose();
        UriBuilder secret = new(_fixture.First.Address) { UserName = "user", Password = "secret" };
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => _fixture.Downloader.GetDocumentAsync(
            [secret.Uri], Path, 10, TestContext.Current.CancellationToken));
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }
}
