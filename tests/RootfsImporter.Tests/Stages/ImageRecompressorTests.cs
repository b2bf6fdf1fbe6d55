using RootfsImporter.Oci;
using RootfsImporter.Stages;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Targets;

namespace RootfsImporter.Tests.Stages;

public sealed class ImageRecompressorTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Only_the_manifest_and_the_layers_change()
    {
        Image image = TestImage.Of(
            [TestLayer.Create(_directory, "a"), TestLayer.Create(_directory, "b", LayerCompression.None)]);
        RecompressedImages done = await RecompressAsync(ImageSet.Of(image), LayerCompression.Zstd);

        Image result = Assert.Single(done.Images.Images);
        Manifest before = Manifest.Parse(image.Manifest.Span);
        Manifest after = Manifest.Parse(result.Manifest.Span);
        Assert.Equal(image.Config, result.Config);
        Assert.Equal(before.Config, after.Config);
        Assert.Equal(before.Annotations, after.Annotations);
        Assert.All(after.Layers, layer => Assert.Equal(MediaTypes.LayerTarZstd, layer.MediaType));
        Assert.Equal(result.Layers.Select(layer => layer.Descriptor), after.Layers);
        Assert.Equal(Digest.Of(result.Manifest.Span), result.Descriptor.Digest);
        Assert.Equal(done.Images.Root, result.Descriptor);
        Assert.Equal(
            image.Layers.Select(layer => layer.DiffId), result.Layers.Select(layer => layer.DiffId));
    }

    [Fact]
    public async Task There_and_back_gives_the_digest_that_packing_gave()
    {
        Layer packed = await LayerRecompressor.RecompressAsync(
            TestLayer.Create(_directory, "a", LayerCompression.None), Options(LayerCompression.Gzip), Token);
        ImageSet images = ImageSet.Of(TestImage.Of([packed]));
        RecompressedImages there = await RecompressAsync(images, LayerCompression.Zstd);
        RecompressedImages back = await RecompressAsync(there.Images, LayerCompression.Gzip);
        Assert.NotEqual(images.Root.Digest, there.Images.Root.Digest);
        Assert.Equal(images.Root, back.Images.Root);
    }

    [Fact]
    public async Task Nothing_to_do_changes_nothing()
    {
        ImageSet images = ImageSet.Of([TestImage.Create(_directory, "a"), TestImage.Create(_directory, "b", "arm64")]);
        RecompressedImages done = await RecompressAsync(images, LayerCompression.Gzip);
        Assert.Same(images, done.Images);
        Assert.Empty(done.Notes);
    }

    [Fact]
    public async Task An_index_is_written_anew_without_what_is_about_the_old_manifests()
    {
        Image[] images = [TestImage.Create(_directory, "a"), TestImage.Create(_directory, "b", "arm64")];
        byte[] statement = "{}"u8.ToArray();
        OtherManifest attestation = new(
            new Descriptor { MediaType = MediaTypes.ImageManifest, Digest = Digest.Of(statement), Size = 2 }, statement, []);
        ImageIndex index = ImageIndex.Of(images);
        index = index with
        {
            Manifests = [.. index.Manifests, attestation.Descriptor],
            Annotations = new Dictionary<string, string> { ["kept"] = "yes" },
        };
        ImageSet set = ImageSet.OfIndex(index.ToBytes(), MediaTypes.DockerManifestList, images, [attestation]);

        RecompressedImages done = await RecompressAsync(set, LayerCompression.None);

        ImageIndex result = ImageIndex.Parse(done.Images.Index!.Value.Span);
        Assert.Equal(done.Images.Images.Select(image => image.Descriptor), result.Manifests);
        Assert.Equal(["linux/amd64", "linux/arm64/v8"], result.Manifests.Select(manifest => manifest.Platform!.ToString()));
        Assert.Equal("yes", result.Annotations!["kept"]);
        Assert.Equal(MediaTypes.ImageIndex, done.Images.Root.MediaType);
        Assert.Empty(done.Images.Others);
        Assert.StartsWith("1 manifest of the index that is no image is left out", Assert.Single(done.Notes));
    }

    [Fact]
    public async Task Dockers_types_become_those_of_the_image_spec_and_blob_annotations_go()
    {
        Image image = TestImage.Create(_directory, "a");
        Manifest manifest = Manifest.Parse(image.Manifest.Span);
        Layer layer = image.Layers[0] with
        {
            Descriptor = image.Layers[0].Descriptor with
            {
                MediaType = "application/vnd.docker.image.rootfs.diff.tar.gzip",
                Annotations = new Dictionary<string, string>
                {
                    ["containerd.io/snapshot/stargz/toc.digest"] = "of the old blob",
                    ["org.example.kept"] = "yes",
                },
            },
        };
        byte[] docker = (manifest with
        {
            MediaType = MediaTypes.DockerManifest,
            Config = manifest.Config with { MediaType = MediaTypes.DockerConfig },
            Layers = [layer.Descriptor],
        }).ToBytes();
        image = image with
        {
            Manifest = docker,
            Layers = [layer],
            Descriptor = image.Descriptor with
            {
                MediaType = MediaTypes.DockerManifest,
                Digest = Digest.Of(docker),
                Size = docker.Length,
            },
        };

        RecompressedImages done = await RecompressAsync(ImageSet.Of(image), LayerCompression.Zstd);

        Manifest result = Manifest.Parse(done.Images.Images[0].Manifest.Span);
        Assert.Equal(MediaTypes.ImageManifest, result.MediaType);
        Assert.Equal(MediaTypes.ImageManifest, done.Images.Root.MediaType);
        Assert.Equal(MediaTypes.ImageConfig, result.Config.MediaType);
        Assert.Equal(MediaTypes.LayerTarZstd, result.Layers[0].MediaType);
        Assert.Equal(new Dictionary<string, string> { ["org.example.kept"] = "yes" }, result.Layers[0].Annotations);
    }

    private LayerOptions Options(LayerCompression compression) =>
        new() { Compression = compression, Jobs = 2, OutputDirectory = _directory["out"] };

    private Task<RecompressedImages> RecompressAsync(ImageSet images, LayerCompression compression) =>
        ImageRecompressor.RecompressAsync(images, Options(compression), Token);
}
