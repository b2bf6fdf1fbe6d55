using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

public sealed class RegistryTargetTests : IDisposable
{
    private readonly RegistryFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_push_stores_everything_and_says_how_to_pull_it()
    {
        Image image = _fixture.LargeImage();
        Delivery delivery = await _fixture.PushAsync(image);

        _fixture.AssertHas(image);
        Assert.Equal(image.Descriptor, delivery.Descriptor);
        Assert.Equal(
            [
                $"docker pull {_fixture.Registry.Name}/team/ubuntu:1",
                $"podman pull --tls-verify=false {_fixture.Registry.Name}/team/ubuntu@{image.Descriptor.Digest}",
            ],
            delivery.HowToUse);
        Assert.Empty(delivery.Notes);
        Assert.Equal(0, _fixture.Store.OpenUploads);
        // One chunk for the large blob, none for the small one.
        Assert.Single(_fixture.Asked("PATCH"));
    }

    [Fact]
    public async Task The_same_again_asks_and_sends_nothing_and_opens_no_layer()
    {
        Image image = _fixture.LargeImage();
        await _fixture.PushAsync(image);
        _fixture.Registry.ClearRequests();
        Image unreadable = image with { Layers = [image.Layers[0] with { Content = new UnreadableBlob() }] };
        Delivery delivery = await _fixture.PushAsync(unreadable);

        Assert.Equal("2 of 2 blobs were there already", Assert.Single(delivery.Notes));
        Assert.All(_fixture.Registry.Requests.Skip(1), request => Assert.Equal("HEAD", request.Method));
        // The API, two blobs, the manifest and the tag.
        Assert.Equal(5, _fixture.Registry.Requests.Count);
    }

    [Fact]
    public async Task Several_tags_are_moved_when_all_is_there()
    {
        _fixture.Defaults = _fixture.Defaults with { AdditionalTags = ["noble", "1", "24.04-20261121"] };
        Image image = _fixture.LargeImage();
        Delivery delivery = await _fixture.PushAsync(image);

        Assert.Equal(["also tagged noble, 24.04-20261121"], delivery.Notes);
        Assert.All(["1", "noble", "24.04-20261121"], tag => _fixture.AssertHas(image, tag));
        string[] puts = [.. _fixture.Asked("PUT").Where(target => target.Contains("/manifests/", StringComparison.Ordinal))];
        Assert.Equal(4, puts.Length);
        Assert.EndsWith(image.Descriptor.Digest.ToString(), puts[0], StringComparison.Ordinal);
        int lastUpload = _fixture.Registry.Requests.ToList().FindLastIndex(request => request.Target.Contains("/blobs/uploads/", StringComparison.Ordinal));
        int firstManifest = _fixture.Registry.Requests.ToList().FindIndex(request => request is { Method: "PUT" } && request.Target == puts[0]);
        Assert.True(lastUpload < firstManifest);
    }

    [Fact]
    public async Task A_tag_stays_where_it_was_when_the_push_fails()
    {
        Image old = _fixture.LargeImage(1);
        await _fixture.PushAsync(old);
        Image broken = _fixture.LargeImage(2);
        File.WriteAllBytes(TestLayer.File(broken.Layers[0]), new byte[broken.Layers[0].Descriptor.Size]);

        DeliveryException e = await Assert.ThrowsAsync<DeliveryException>(() => _fixture.PushAsync(broken));
        Assert.Contains("a blob is not what it should be", e.Message, StringComparison.Ordinal);
        _fixture.AssertHas(old);
        Assert.Null(_fixture.Store.Blob(RegistryFixture.Repository, broken.Layers[0].Descriptor.Digest));
    }

    [Fact]
    public async Task An_index_goes_after_its_images()
    {
        Image amd = TestImage.Create(_fixture.Temp, "amd");
        Image arm = TestImage.Create(_fixture.Temp, "arm", "arm64");
        ImageSet images = ImageSet.Of([amd, arm]);
        Delivery delivery = await _fixture.PushAsync(images);

        Assert.Equal(images.Root, delivery.Descriptor);
        Assert.Equal(images.Index!.Value.ToArray(), _fixture.Store.Manifest(RegistryFixture.Repository, images.Root.Digest));
        Assert.Equal(images.Root.Digest.ToString(), _fixture.Store.Tag(RegistryFixture.Repository, "1"));
    }

    [Fact]
    public async Task A_blob_of_another_repository_is_mounted()
    {
        Image image = _fixture.LargeImage();
        await _fixture.PushAsync(image, $"docker://{_fixture.Registry.Name}/other/place:1");
        await using ISource source = TargetParser.ParseSource($"docker://{_fixture.Registry.Name}/other/place:1", _fixture.Defaults);
        ImageSet read = await source.ReadAsync(TestContext.Current.CancellationToken);
        _fixture.Registry.ClearRequests();
        await _fixture.PushAsync(read);

        _fixture.AssertHas(image);
        Assert.Empty(_fixture.Asked("PATCH"));
        Assert.Contains(_fixture.Asked("POST"), target => target.Contains("from=other%2Fplace", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mount_that_is_not_made_becomes_an_upload()
    {
        Image image = _fixture.LargeImage();
        await _fixture.PushAsync(image, $"docker://{_fixture.Registry.Name}/other/place:1");
        _fixture.Store.Mounts = false;
        await using ISource source = TargetParser.ParseSource($"docker://{_fixture.Registry.Name}/other/place:1", _fixture.Defaults);
        await _fixture.PushAsync(await source.ReadAsync(TestContext.Current.CancellationToken));
        _fixture.AssertHas(image);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task Registries_of_every_habit_get_everything(bool takesSingleRequests, bool knowsHead)
    {
        _fixture.Store.TakesSingleRequests = takesSingleRequests;
        _fixture.Store.KnowsHead = knowsHead;
        _fixture.Store.LocationRoot = _fixture.Registry.Root;
        Image image = _fixture.LargeImage();
        await _fixture.PushAsync(image);
        _fixture.AssertHas(image);
    }

    [Fact]
    public async Task Checking_begins_an_upload_and_gives_it_up()
    {
        ITarget target = TargetParser.Parse(_fixture.Text, _fixture.Defaults);
        await target.CheckAsync(TestContext.Current.CancellationToken);
        Assert.Single(_fixture.Asked("DELETE"));
        Assert.Equal(0, _fixture.Store.OpenUploads);
    }

    [Fact]
    public async Task Connections_are_used_again()
    {
        _fixture.Defaults = _fixture.Defaults with { Registry = _fixture.Defaults.Registry with { Jobs = 1 } };
        await _fixture.PushAsync(_fixture.LargeImage());
        Assert.Equal(1, _fixture.Registry.Connections);
    }
}
