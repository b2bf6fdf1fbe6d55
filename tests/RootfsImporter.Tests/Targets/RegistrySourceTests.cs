using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

public sealed class RegistrySourceTests : IDisposable
{
    private readonly RegistryFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("digest")]
    public async Task What_was_pushed_is_read_back(string by)
    {
        Image pushed = _fixture.LargeImage();
        await _fixture.PushAsync(pushed);
        string text = by.Length == 0
            ? _fixture.Text
            : $"docker://{_fixture.Registry.Name}/{RegistryFixture.Repository}@{pushed.Descriptor.Digest}";
        await using OpenSource scope = await OpenAsync(text);

        Image image = Assert.Single(scope.Images.Images);
        Assert.Equal(pushed.Descriptor, image.Descriptor);
        Assert.Equal(pushed.Config.ToArray(), image.Config.ToArray());
        Assert.Equal(File.ReadAllBytes(TestLayer.File(pushed.Layers[0])), await ReadAsync(image.Layers[0]));
    }

    [Fact]
    public async Task Layers_are_not_touched_before_somebody_reads_them()
    {
        Image pushed = _fixture.LargeImage();
        await _fixture.PushAsync(pushed);
        _fixture.Registry.ClearRequests();
        await _fixture.PullAsync();
        Assert.DoesNotContain(
            _fixture.Asked("GET"), target => target.Contains(pushed.Layers[0].Descriptor.Digest.Hex, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_index_is_read_with_all_its_images()
    {
        ImageSet pushed = ImageSet.Of(
            [TestImage.Create(_fixture.Temp, "amd"), TestImage.Create(_fixture.Temp, "arm", "arm64")]);
        await _fixture.PushAsync(pushed);
        ImageSet read = await _fixture.PullAsync();
        Assert.Equal(pushed.Root, read.Root);
        Assert.Equal(pushed.Index!.Value.ToArray(), read.Index!.Value.ToArray());
        Assert.Equal(pushed.Images.Select(image => image.Descriptor), read.Images.Select(image => image.Descriptor));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200_000)]
    public async Task A_broken_download_continues_where_it_ended(int bytes)
    {
        Image pushed = _fixture.LargeImage();
        await _fixture.PushAsync(pushed);
        _fixture.Registry.Break("GET", pushed.Layers[0].Descriptor.Digest.Hex, new FakeRegistryDefect.CutAnswer(bytes));
        await using OpenSource scope = await OpenAsync(_fixture.Text);
        Assert.Equal(File.ReadAllBytes(TestLayer.File(pushed.Layers[0])), await ReadAsync(scope.Images.Images[0].Layers[0]));
        Assert.Equal(bytes > 0 ? 1 : 0, _fixture.Registry.Requests.Count(request => request.Headers.ContainsKey("Range")));
    }

    [Fact]
    public async Task A_registry_without_ranges_sends_the_beginning_again()
    {
        Image pushed = _fixture.LargeImage();
        await _fixture.PushAsync(pushed);
        string layer = pushed.Layers[0].Descriptor.Digest.Hex;
        _fixture.Registry.Break("GET", layer, new FakeRegistryDefect.CutAnswer(200_000))
            .Break("GET", layer, new FakeRegistryDefect.NoRange());
        await using OpenSource scope = await OpenAsync(_fixture.Text);
        Assert.Equal(File.ReadAllBytes(TestLayer.File(pushed.Layers[0])), await ReadAsync(scope.Images.Images[0].Layers[0]));
    }

    [Fact]
    public async Task A_download_that_always_breaks_is_given_up()
    {
        Image pushed = _fixture.LargeImage();
        await _fixture.PushAsync(pushed);
        _fixture.Registry.Break("GET", pushed.Layers[0].Descriptor.Digest.Hex, new FakeRegistryDefect.CutAnswer(0), 100);
        await using OpenSource scope = await OpenAsync(_fixture.Text);
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => ReadAsync(scope.Images.Images[0].Layers[0]));
        Assert.Contains("cannot read the blob sha256:", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blob_elsewhere_is_fetched_without_credentials()
    {
        using RegistryFixture secured = new(FakeRegistryAuth.Basic);
        secured.LogIn();
        Image pushed = secured.LargeImage();
        await secured.PushAsync(pushed);
        string layer = pushed.Layers[0].Descriptor.Digest.ToString();
        using FakeRegistry elsewhere = new();
        elsewhere.Store.PutBlob("store", File.ReadAllBytes(TestLayer.File(pushed.Layers[0])));
        secured.Registry.Break(
            "GET", layer, new FakeRegistryDefect.Redirect(new Uri(elsewhere.Root, $"v2/store/blobs/{layer}?signature=x")));
        await using OpenSource scope = await OpenAsync(secured.Text, secured);

        Assert.Equal(File.ReadAllBytes(TestLayer.File(pushed.Layers[0])), await ReadAsync(scope.Images.Images[0].Layers[0]));
        Assert.Null(Assert.Single(elsewhere.Requests).Authorization);
    }

    [Fact]
    public async Task Endless_redirects_end()
    {
        _fixture.Registry.Break("GET", "/manifests/", new FakeRegistryDefect.Redirect(new Uri(_fixture.Registry.Root, "v2/a/manifests/1")), 100);
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => _fixture.PullAsync());
        Assert.Contains("more than 5 times", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_that_is_not_what_the_header_says_is_refused()
    {
        await _fixture.PushAsync(_fixture.LargeImage());
        _fixture.Registry.Break("GET", "/manifests/1", new FakeRegistryDefect.LieAboutDigest());
        VerificationException e = await Assert.ThrowsAsync<VerificationException>(() => _fixture.PullAsync());
        Assert.Contains("should have sha256:", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_config_that_is_not_what_its_digest_says_is_refused()
    {
        Image pushed = _fixture.LargeImage();
        await _fixture.PushAsync(pushed);
        _fixture.Registry.Break("GET", pushed.ConfigDescriptor.Digest.Hex, new FakeRegistryDefect.WrongBody());
        VerificationException e = await Assert.ThrowsAsync<VerificationException>(() => _fixture.PullAsync());
        Assert.Contains($"expected {pushed.ConfigDescriptor.Digest}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_of_any_size_is_not_read_to_its_end()
    {
        _fixture.Store.PutManifest(RegistryFixture.Repository, "1", MediaTypes.ImageManifest, new byte[OciJson.MaxDocumentBytes + 1]);
        VerificationException e = await Assert.ThrowsAsync<VerificationException>(() => _fixture.PullAsync());
        Assert.Contains("more than the 4194304 bytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_said_so()
    {
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => _fixture.PullAsync());
        Assert.Equal(
            $"cannot read {_fixture.Text}: {_fixture.Registry.Name} answers to GET of the manifest team/ubuntu:1 with "
            + "404 Not Found (MANIFEST_UNKNOWN: so it is)",
            e.Message.Replace("404 NotFound", "404 Not Found", StringComparison.Ordinal));
        Assert.Equal("check the tag or digest", e.Hint);
    }

    private Task<OpenSource> OpenAsync(string text) => OpenAsync(text, _fixture);

    private static async Task<OpenSource> OpenAsync(string text, RegistryFixture fixture)
    {
        ISource source = TargetParser.ParseSource(text, fixture.Defaults);
        return new OpenSource(source, await source.ReadAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<byte[]> ReadAsync(Layer layer)
    {
        await using Stream stream = await layer.Content.OpenAsync(TestContext.Current.CancellationToken);
        using MemoryStream content = new();
        await stream.CopyToAsync(content, TestContext.Current.CancellationToken);
        return content.ToArray();
    }

    /// <summary>A source that is open as long as its blobs are needed.</summary>
    private sealed record OpenSource(ISource Source, ImageSet Images) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Source.DisposeAsync();
    }
}
