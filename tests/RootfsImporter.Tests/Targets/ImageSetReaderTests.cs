using System.Text;
using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

public sealed class ImageSetReaderTests : IDisposable
{
    private const string Attestation = "application/vnd.in-toto+json";

    private readonly TempDirectory _temp = new();
    private readonly Dictionary<Digest, byte[]> _documents = [];

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task An_image_comes_back_as_it_was_stored_and_its_layer_is_left_alone()
    {
        Image stored = TestImage.Create(_temp, "one");
        Put(stored);
        ImageSet read = await ReadAsync(stored.Descriptor with { Platform = null });

        Image image = Assert.Single(read.Images);
        Assert.Equal(stored.Descriptor, image.Descriptor);
        Assert.Equal(stored.Config.ToArray(), image.Config.ToArray());
        Assert.Equal(stored.Manifest.ToArray(), image.Manifest.ToArray());
        Assert.Equal(stored.Layers.Select(Known), image.Layers.Select(Known));
        Assert.Null(read.Index);
    }

    [Fact]
    public async Task An_index_keeps_its_bytes_its_order_and_what_is_no_image()
    {
        Image arm = TestImage.Create(_temp, "arm", "arm64");
        Image amd = TestImage.Create(_temp, "amd");
        Put(arm);
        Put(amd);
        Descriptor other = Put(ManifestOf(amd.ConfigDescriptor, [new() { MediaType = Attestation, Digest = Digest.Of("{}"u8), Size = 2 }]));
        // White space and an unknown member: a document that is written anew would have another digest.
        byte[] index = Encoding.UTF8.GetBytes(
            $$"""{ "schemaVersion": 2, "ours": 1, "manifests": [ {{Text(arm.Descriptor)}}, {{Text(other)}}, {{Text(amd.Descriptor)}} ] }""");
        ImageSet read = await ReadAsync(Put(index, MediaTypes.DockerManifestList));

        Assert.Equal(index, read.Index!.Value.ToArray());
        Assert.Equal(MediaTypes.DockerManifestList, read.Root.MediaType);
        Assert.Equal([arm.Descriptor, amd.Descriptor], read.Images.Select(image => image.Descriptor));
        OtherManifest kept = Assert.Single(read.Others);
        Assert.Equal(other.Digest, kept.Descriptor.Digest);
        Assert.Equal([Attestation, MediaTypes.ImageConfig], kept.Blobs.Select(blob => blob.Descriptor.MediaType));
    }

    [Fact]
    public async Task Every_document_that_is_cut_anywhere_is_refused()
    {
        Image image = TestImage.Create(_temp, "one");
        Put(image);
        foreach (Digest digest in _documents.Keys.ToArray())
        {
            byte[] whole = _documents[digest];
            for (int length = 0; length < whole.Length; length++)
            {
                _documents[digest] = whole[..length];
                await RefusesAsync(image.Descriptor, "expected sha256:");
            }

            _documents[digest] = whole;
        }
    }

    [Fact]
    public async Task A_document_cut_before_it_was_hashed_is_refused_too()
    {
        byte[] whole = TestImage.Create(_temp, "one").Manifest.ToArray();
        for (int length = 0; length < whole.Length; length++)
        {
            await RefusesAsync(Put(whole[..length], MediaTypes.ImageManifest), MediaTypes.ImageManifest);
        }
    }

    [Theory]
    [InlineData("""{"schemaVersion":2,"manifests":[],"layers":[]}""", "an index and a manifest at once")]
    [InlineData("""{"schemaVersion":2,"manifests":[]}""", "lists no image")]
    [InlineData("""{"schemaVersion":1,"manifests":[]}""", "schemaVersion is 1")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]}""", "it says of itself")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":1}]}""", "lists another index")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"mediaType":"text/plain","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":1}]}""", "unknown type 'text/plain'")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":-1}]}""", "a document of -1 bytes")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":4194305}]}""", "a document of 4194305 bytes")]
    public async Task An_index_that_cannot_be_delivered_is_refused(string json, string reason) =>
        await RefusesAsync(Put(Encoding.UTF8.GetBytes(json), MediaTypes.ImageIndex), reason);

    [Fact]
    public async Task Layers_and_diff_ids_have_to_be_as_many()
    {
        Image image = TestImage.Create(_temp, "one");
        Put(image);
        Descriptor layer = image.Layers[0].Descriptor;
        await RefusesAsync(
            Put(ManifestOf(image.ConfigDescriptor, [layer, layer])), "has 2 layers, and its config names 1");
    }

    [Fact]
    public async Task What_is_no_image_is_refused_when_it_stands_alone()
    {
        Descriptor config = new() { MediaType = "application/vnd.oci.empty.v1+json", Digest = Digest.Of("{}"u8), Size = 2 };
        await RefusesAsync(Put(ManifestOf(config, [])), "is no image: it has a blob of the type 'application/vnd.oci.empty");
    }

    [Fact]
    public async Task A_negative_size_of_a_layer_is_refused()
    {
        Image image = TestImage.Create(_temp, "one");
        Put(image);
        await RefusesAsync(
            Put(ManifestOf(image.ConfigDescriptor, [image.Layers[0].Descriptor with { Size = -1 }])), "a size of -1 bytes");
    }

    private static (Digest, Descriptor, LayerCompression) Known(Layer layer) =>
        (layer.DiffId, layer.Descriptor, layer.Compression);

    private static Manifest ManifestOf(Descriptor config, IReadOnlyList<Descriptor> layers) =>
        new() { MediaType = MediaTypes.ImageManifest, Config = config, Layers = layers };

    private static string Text(Descriptor descriptor)
    {
        string json = Encoding.UTF8.GetString(new ImageIndex { Manifests = [descriptor] }.ToBytes());
        return json[(json.IndexOf('[', StringComparison.Ordinal) + 1)..json.LastIndexOf(']')];
    }

    private void Put(Image image)
    {
        _documents[image.Descriptor.Digest] = image.Manifest.ToArray();
        _documents[image.ConfigDescriptor.Digest] = image.Config.ToArray();
    }

    private Descriptor Put(Manifest manifest) => Put(manifest.ToBytes(), MediaTypes.ImageManifest);

    private Descriptor Put(byte[] document, string mediaType)
    {
        Descriptor descriptor = new() { MediaType = mediaType, Digest = Digest.Of(document), Size = document.Length };
        _documents[descriptor.Digest] = document;
        return descriptor;
    }

    private Task<ImageSet> ReadAsync(Descriptor root) => new ImageSetReader(
        (descriptor, _) => Task.FromResult<ReadOnlyMemory<byte>>(_documents[descriptor.Digest]),
        descriptor => new FileBlob("/nowhere/" + descriptor.Digest)).ReadAsync(root, TestContext.Current.CancellationToken);

    private async Task RefusesAsync(Descriptor root, string reason)
    {
        InvalidDataException e = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(root));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }
}
