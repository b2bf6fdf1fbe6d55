using RootfsImporter.Oci;

namespace RootfsImporter.Stages;

/// <summary>Images with other compression than they had.</summary>
/// <param name="Images">The images; those that were given when nothing had to change.</param>
/// <param name="Notes">What people should know of it, a phrase each.</param>
public sealed record RecompressedImages(ImageSet Images, IReadOnlyList<string> Notes);

/// <summary>
/// Gives all layers of images one compression. Configs, and so the image ids, stay as they are; manifests and the index
/// that name the layers are written anew.
/// </summary>
public static class ImageRecompressor
{
    /// <summary>
    /// Annotations of a layer's descriptor that tell where in the blob things are (containers/storage, stargz-snapshotter),
    /// which is true of that one blob alone.
    /// </summary>
    private static readonly string[] BlobAnnotations =
        ["io.github.containers.zstd-chunked.", "containerd.io/snapshot/stargz/"];

    /// <summary>
    /// Recompresses what is not compressed as <see cref="LayerOptions.Compression"/> says; throws as
    /// <see cref="LayerRecompressor.RecompressAsync"/> does. Manifests of the index that are no images are left out
    /// then: attestations and signatures are about manifests that the new index does not have.
    /// </summary>
    public static async Task<RecompressedImages> RecompressAsync(
        ImageSet images, LayerOptions options, CancellationToken cancellationToken)
    {
        if (IsDone(images, options.Compression))
        {
            return new RecompressedImages(images, []);
        }

        List<Image> recompressed = [];
        foreach (Image image in images.Images)
        {
            recompressed.Add(await RecompressAsync(image, options, cancellationToken));
        }

        if (images.Index is not { } index)
        {
            return new RecompressedImages(ImageSet.Of(recompressed[0]), []);
        }

        byte[] newIndex = MakeIndex(ImageIndex.Parse(index.Span), images.Images, recompressed).ToBytes();
        return new RecompressedImages(
            ImageSet.OfIndex(newIndex, MediaTypes.ImageIndex, recompressed, []), NotesOf(images.Others.Count));
    }

    /// <summary>Whether all layers have a compression already.</summary>
    public static bool IsDone(ImageSet images, LayerCompression compression) =>
        images.Images.SelectMany(image => image.Layers).All(layer => layer.Compression == compression);

    private static async Task<Image> RecompressAsync(
        Image image, LayerOptions options, CancellationToken cancellationToken)
    {
        if (image.Layers.All(layer => layer.Compression == options.Compression))
        {
            return image;
        }

        List<Layer> layers = [];
        foreach (Layer layer in image.Layers)
        {
            Layer recompressed = await LayerRecompressor.RecompressAsync(layer, options, cancellationToken);
            layers.Add(recompressed with { Descriptor = Describe(layer, recompressed) });
        }

        Manifest old = Manifest.Parse(image.Manifest.Span);
        byte[] manifest = (old with
        {
            MediaType = MediaTypes.ImageManifest,
            Config = old.Config with { MediaType = ConfigType(old.Config.MediaType) },
            Layers = [.. layers.Select(layer => layer.Descriptor)],
        }).ToBytes();
        return image with
        {
            Layers = layers,
            Manifest = manifest,
            Descriptor = image.Descriptor with
            {
                MediaType = MediaTypes.ImageManifest,
                Digest = Digest.Of(manifest),
                Size = manifest.Length,
            },
        };
    }

    /// <summary>Docker's manifests have no type for zstd, so what is written anew is the image-spec's.</summary>
    private static Descriptor Describe(Layer old, Layer recompressed) => recompressed.Descriptor with
    {
        MediaType = MediaTypes.OfLayer(recompressed.Compression),
        Annotations = old.Descriptor.Digest == recompressed.Descriptor.Digest
            ? old.Descriptor.Annotations
            : WithoutBlobs(old.Descriptor.Annotations),
    };

    private static string ConfigType(string type) => type == MediaTypes.DockerConfig ? MediaTypes.ImageConfig : type;

    private static Dictionary<string, string>? WithoutBlobs(IReadOnlyDictionary<string, string>? annotations)
    {
        Dictionary<string, string> kept = (annotations ?? new Dictionary<string, string>())
            .Where(pair => !BlobAnnotations.Any(prefix => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
            .ToDictionary(StringComparer.Ordinal);
        return kept.Count == 0 ? null : kept;
    }

    private static ImageIndex MakeIndex(ImageIndex old, IReadOnlyList<Image> before, IReadOnlyList<Image> after)
    {
        Dictionary<Digest, Descriptor> renewed = before.Zip(after)
            .DistinctBy(pair => pair.First.Descriptor.Digest)
            .ToDictionary(pair => pair.First.Descriptor.Digest, pair => pair.Second.Descriptor);
        return old with
        {
            MediaType = MediaTypes.ImageIndex,
            Manifests =
            [
                .. old.Manifests.Where(manifest => renewed.ContainsKey(manifest.Digest)).Select(manifest => manifest with
                {
                    MediaType = renewed[manifest.Digest].MediaType,
                    Digest = renewed[manifest.Digest].Digest,
                    Size = renewed[manifest.Digest].Size,
                }),
            ],
        };
    }

    private static IReadOnlyList<string> NotesOf(int others) => others == 0 ? [] :
    [
        $"{others} manifest{(others == 1 ? "" : "s")} of the index that "
            + (others == 1 ? "is no image is" : "are no images are")
            + " left out: attestations are about manifests with the compression that the images had",
    ];
}
