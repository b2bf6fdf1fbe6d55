using RootfsImporter.Oci;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

/// <summary>Pushes to a registry that is not well.</summary>
public sealed class RegistryResumeTests : IDisposable
{
    private readonly RegistryFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100_000)]
    public async Task A_broken_upload_continues_where_it_ended(int bytes)
    {
        _fixture.Registry.Break("PATCH", "/uploads/", new FakeRegistryDefect.CutRequest(bytes));
        Image image = _fixture.LargeImage();
        await _fixture.PushAsync(image);

        _fixture.AssertHas(image);
        FakeRegistryRequest last = _fixture.Registry.Requests.Last(request => request.Method == "PATCH");
        long size = image.Layers[0].Descriptor.Size;
        // One byte and none look the same; that upload is made anew, with the right first byte.
        Assert.Equal($"{(bytes < 2 ? 0 : bytes)}-{size - 1}", last.Headers["Content-Range"]);
    }

    [Fact]
    public async Task An_upload_survives_one_failure_after_the_other()
    {
        _fixture.Registry.Break("PATCH", "/uploads/", new FakeRegistryDefect.CutRequest(50_000), 4);
        Image image = _fixture.LargeImage();
        await _fixture.PushAsync(image);
        _fixture.AssertHas(image);
        Assert.Equal(5, _fixture.Asked("PATCH").Count);
    }

    [Fact]
    public async Task An_upload_that_gets_nowhere_is_given_up()
    {
        _fixture.Registry.Break("PATCH", "/uploads/", new FakeRegistryDefect.CutRequest(0), 100);
        DeliveryException e = await Assert.ThrowsAsync<DeliveryException>(() => _fixture.PushAsync(_fixture.LargeImage()));
        Assert.Contains("failed", e.Message, StringComparison.Ordinal);
        Assert.InRange(_fixture.Asked("PATCH").Count, 2, 10);
    }

    [Theory]
    [InlineData("PATCH")]
    [InlineData("PUT")]
    public async Task A_lost_session_is_begun_anew(string method)
    {
        _fixture.Registry.Break(method, "/uploads/", new FakeRegistryDefect.LoseSession());
        Image image = _fixture.LargeImage();
        await _fixture.PushAsync(image);
        _fixture.AssertHas(image);
    }

    [Fact]
    public async Task An_upload_whose_end_was_not_heard_of_is_found_done()
    {
        _fixture.Registry.Break("PUT", "/uploads/", new FakeRegistryDefect.SwallowAnswer());
        Image image = _fixture.LargeImage();
        await _fixture.PushAsync(image);
        _fixture.AssertHas(image);
        Assert.Single(_fixture.Asked("PATCH"));
    }

    [Theory]
    [InlineData("HEAD", "/blobs/")]
    [InlineData("POST", "/uploads/")]
    [InlineData("PATCH", "/uploads/")]
    [InlineData("PUT", "/uploads/")]
    [InlineData("PUT", "/manifests/")]
    [InlineData("GET", "/v2/")]
    public async Task A_server_error_passes(string method, string part)
    {
        _fixture.Registry.Break(method, part, new FakeRegistryDefect.Status(503), 3);
        Image image = _fixture.LargeImage();
        await _fixture.PushAsync(image);
        _fixture.AssertHas(image);
        Assert.Equal([0.5, 2, 5], _fixture.Time.Waits.Select(wait => wait.TotalSeconds).Where(seconds => seconds <= 10).Distinct());
    }

    [Fact]
    public async Task A_registry_that_asks_to_wait_is_obeyed()
    {
        _fixture.Registry.Break("PUT", "/manifests/", new FakeRegistryDefect.Status(429, "", ("Retry-After", "17")));
        Image image = _fixture.LargeImage();
        await _fixture.PushAsync(image);
        _fixture.AssertHas(image);
        Assert.Equal(TimeSpan.FromSeconds(17), Assert.Single(_fixture.Time.Waits));
    }

    [Fact]
    public async Task A_registry_that_asks_for_too_long_a_wait_is_not()
    {
        _fixture.Registry.Break(
            "PUT", "/manifests/",
            new FakeRegistryDefect.Status(
                429, """{"errors":[{"code":"TOOMANYREQUESTS","message":"enough"}]}""", ("Retry-After", "3600")));
        DeliveryException e = await Assert.ThrowsAsync<DeliveryException>(() => _fixture.PushAsync(_fixture.LargeImage()));
        Assert.Contains("429 Too Many Requests (TOOMANYREQUESTS: enough)", e.Message, StringComparison.Ordinal);
        Assert.Contains("wait", e.Hint, StringComparison.Ordinal);
        Assert.Empty(_fixture.Time.Waits);
    }

    [Theory]
    [InlineData("PUT", "/uploads/")]
    [InlineData("HEAD", "/manifests/1")]
    public async Task A_registry_that_stored_something_else_is_not_believed(string method, string part)
    {
        _fixture.Registry.Break(method, part, new FakeRegistryDefect.LieAboutDigest(), 100);
        DeliveryException e = await Assert.ThrowsAsync<DeliveryException>(() => _fixture.PushAsync(_fixture.LargeImage()));
        Assert.Contains("should have sha256:", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slowness_is_no_error()
    {
        _fixture.Registry.Break("PATCH", "/uploads/", new FakeRegistryDefect.Slow(TimeSpan.FromMilliseconds(300)));
        Image image = _fixture.LargeImage();
        await _fixture.PushAsync(image);
        _fixture.AssertHas(image);
        Assert.Empty(_fixture.Time.Waits);
    }

    [Fact]
    public async Task Silence_is_one()
    {
        _fixture.Defaults = _fixture.Defaults with
        {
            Registry = _fixture.Defaults.Registry with { StallTimeout = TimeSpan.FromMilliseconds(200), RetryDelays = [] },
        };
        _fixture.Registry.Break("PUT", "/manifests/", new FakeRegistryDefect.Slow(TimeSpan.FromMinutes(1)));
        DeliveryException e = await Assert.ThrowsAsync<DeliveryException>(() => _fixture.PushAsync(_fixture.LargeImage()));
        Assert.Contains("does not answer for 0.2 s", e.Message, StringComparison.Ordinal);
    }
}
