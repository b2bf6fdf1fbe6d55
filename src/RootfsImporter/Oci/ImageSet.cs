namespace RootfsImporter.Oci;

/// <summary>What is delivered or copied as one: an image, or an index with the images of several platforms.</summary>
public sealed record ImageSet
{
    private ImageSet()
    {
    }

    /// <summary>The images, at least one; those of an index in its order.</summary>
    public required IReadOnlyList<Image> Images { get; init; }

    /// <summary>The index document's bytes; null for a single image without one.</summary>
    public ReadOnlyMemory<byte>? Index { get; init; }

    /// <summary>What a tag points to: the index, or the one image's manifest.</summary>
    public required Descriptor Root { get; init; }

    /// <summary>Manifests of the index that are no images of a platform: attestations and the like.</summary>
    public IReadOnlyList<OtherManifest> Others { get; init; } = [];

    /// <summary>
    /// Every blob of the set once, in the order in which a store may take them: what a document names comes before it, the
    /// root last.
    /// </summary>
    public IEnumerable<Blob> Blobs() => AllBlobs().DistinctBy(blob => blob.Descriptor.Digest);

    /// <summary>One image, without an index.</summary>
    public static ImageSet Of(Image image) => new() { Images = [image], Root = image.Descriptor };

    /// <summary>
    /// Images of different platforms under a new index, or the one image alone. Throws
    /// <see cref="ArgumentException"/> for none, and for two of one platform.
    /// </summary>
    public static ImageSet Of(IReadOnlyList<Image> images) => images.Count switch
    {
        0 => throw new ArgumentException("no image", nameof(images)),
        1 => Of(images[0]),
        _ => OfIndex(
            ImageIndex.Of(images).ToBytes(), MediaTypes.ImageIndex,
            [.. images.OrderBy(image => image.Platform.ToString(), StringComparer.Ordinal)], []),
    };

    /// <summary>An index as it was read, byte for byte, with all that it lists.</summary>
    public static ImageSet OfIndex(
        ReadOnlyMemory<byte> index, string mediaType, IReadOnlyList<Image> images, IReadOnlyList<OtherManifest> others) =>
        new()
        {
            Images = images,
            Others = others,
            Index = index,
            Root = new Descriptor { MediaType = mediaType, Digest = Digest.Of(index.Span), Size = index.Length },
        };

    private IEnumerable<Blob> AllBlobs() =>
    [
        .. Images.SelectMany(BlobsOf),
        .. Others.SelectMany(other => (Blob[])[.. other.Blobs, new(other.Descriptor, new BytesBlob(other.Manifest))]),
        .. Index is { } index ? [new Blob(Root, new BytesBlob(index))] : (Blob[])[],
    ];

    private static IEnumerable<Blob> BlobsOf(Image image) =>
    [
        .. image.Layers.Select(layer => new Blob(layer.Descriptor, layer.Content)),
        new(image.ConfigDescriptor, new BytesBlob(image.Config)),
        new(image.Descriptor, new BytesBlob(image.Manifest)),
    ];
}

/// <summary>A manifest that is no image of a platform, copied as it is with the blobs that it names.</summary>
/// <param name="Descriptor">The manifest's descriptor, as the index has it.</param>
/// <param name="Manifest">The manifest document's bytes.</param>
/// <param name="Blobs">What it names: config and layers.</param>
public sealed record OtherManifest(
    Descriptor Descriptor, ReadOnlyMemory<byte> Manifest, IReadOnlyList<Blob> Blobs);

/// <summary>A blob: what it has to be, and where its bytes come from.</summary>
public sealed record Blob(Descriptor Descriptor, BlobContent Content);
