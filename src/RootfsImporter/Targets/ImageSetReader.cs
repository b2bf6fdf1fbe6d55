using System.Text.Json;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>
/// Makes an <see cref="ImageSet"/> of the documents of an image or index, wherever they are kept: index, manifests and
/// configs are read, bounded and checked against their digests here, layers are left where they are.
/// </summary>
/// <param name="readDocument">
/// Reads the bytes of a manifest, index or config. Called for several at once, and never for one that claims more than
/// <see cref="OciJson.MaxDocumentBytes"/>; it need not read beyond the descriptor's size, nor check what it read.
/// </param>
/// <param name="locate">Where the bytes of a layer come from when somebody needs them.</param>
internal sealed class ImageSetReader(
    Func<Descriptor, CancellationToken, Task<ReadOnlyMemory<byte>>> readDocument, Func<Descriptor, BlobContent> locate)
{
    private const int MaxManifests = 1000;
    private const long MaxTotalBytes = 64 * 1024 * 1024;

    private long _totalBytes;

    /// <summary>
    /// Reads all that a tag points to. Throws <see cref="InvalidDataException"/> for a document that is not what its
    /// digest or media type says, or not of a kind that can be delivered.
    /// </summary>
    public async Task<ImageSet> ReadAsync(Descriptor root, CancellationToken cancellationToken)
    {
        if (MediaTypes.IsManifest(root.MediaType))
        {
            (Image? image, OtherManifest? other) = await ReadManifestAsync(root, cancellationToken);
            return image is not null ? ImageSet.Of(image) : throw new InvalidDataException(
                $"{root.Digest} is no image: it has a blob of the type '{UnusualType(other!)}'");
        }

        if (!MediaTypes.IsIndex(root.MediaType))
        {
            throw new InvalidDataException(
                $"{root.Digest} is of the type '{root.MediaType}', neither an image manifest nor an index");
        }

        ReadOnlyMemory<byte> bytes = await ReadDocumentAsync(root, cancellationToken);
        ImageIndex index = Explain(root, bytes, ParseIndex);
        (Image? Image, OtherManifest? Other)[] members = await Task.WhenAll(
            index.Manifests.DistinctBy(child => child.Digest)
                .Select(child => ReadChildAsync(root, child, cancellationToken)));
        Image[] images = [.. members.Select(member => member.Image).OfType<Image>()];
        OtherManifest[] others = [.. members.Select(member => member.Other).OfType<OtherManifest>()];
        return images.Length > 0
            ? ImageSet.OfIndex(bytes, root.MediaType, images, others)
            : throw new InvalidDataException($"the index {root.Digest} lists no image");
    }

    private async Task<(Image? Image, OtherManifest? Other)> ReadChildAsync(
        Descriptor root, Descriptor child, CancellationToken cancellationToken) =>
        MediaTypes.IsManifest(child.MediaType)
            ? await ReadManifestAsync(child, cancellationToken)
            : throw new InvalidDataException(MediaTypes.IsIndex(child.MediaType)
                ? $"the index {root.Digest} lists another index, {child.Digest}: name that one instead"
                : $"the index {root.Digest} lists {child.Digest} of the unknown type '{child.MediaType}'");

    private async Task<(Image? Image, OtherManifest? Other)> ReadManifestAsync(
        Descriptor descriptor, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> bytes = await ReadDocumentAsync(descriptor, cancellationToken);
        Manifest manifest = Explain(descriptor, bytes, ParseManifest);
        if (!MediaTypes.IsConfig(manifest.Config.MediaType)
            || manifest.Layers.Any(layer => MediaTypes.CompressionOf(layer.MediaType) is null))
        {
            return (null, new OtherManifest(
                descriptor,
                bytes,
                [.. manifest.Layers.Append(manifest.Config).Select(blob => new Blob(blob, locate(blob)))]));
        }

        ReadOnlyMemory<byte> configBytes = await ReadDocumentAsync(manifest.Config, cancellationToken);
        ImageConfig config = Explain(manifest.Config, configBytes, static json => ImageConfig.Parse(json.Span));
        Platform platform = descriptor.Platform ?? config.Platform;
        return (
            new Image
            {
                Platform = platform,
                Layers = [.. Layers(descriptor, manifest, config)],
                Config = configBytes,
                Manifest = bytes,
                Descriptor = descriptor with { Platform = platform },
            },
            null);
    }

    private IEnumerable<Layer> Layers(Descriptor descriptor, Manifest manifest, ImageConfig config) =>
        manifest.Layers.Count == config.Rootfs.DiffIds.Count
            ? manifest.Layers.Zip(config.Rootfs.DiffIds, (layer, diffId) => new Layer
            {
                DiffId = diffId,
                Descriptor = layer,
                UncompressedSize = null,
                Compression = MediaTypes.CompressionOf(layer.MediaType)!.Value,
                Content = locate(layer),
            })
            : throw new InvalidDataException(
                $"the manifest {descriptor.Digest} has {manifest.Layers.Count} layers, "
                + $"and its config names {config.Rootfs.DiffIds.Count}");

    private async Task<ReadOnlyMemory<byte>> ReadDocumentAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        if (descriptor.Size is < 0 or > OciJson.MaxDocumentBytes
            || Interlocked.Add(ref _totalBytes, descriptor.Size) > MaxTotalBytes)
        {
            throw new InvalidDataException(
                $"{descriptor.Digest} is a document of {descriptor.Size} bytes; {OciJson.MaxDocumentBytes} are allowed, "
                + $"and {MaxTotalBytes} of all documents together");
        }

        ReadOnlyMemory<byte> bytes = await readDocument(descriptor, cancellationToken);
        Digest actual = Digest.Of(bytes.Span);
        return bytes.Length == descriptor.Size && actual == descriptor.Digest
            ? bytes
            : throw new InvalidDataException(
                $"expected {descriptor.Digest} of {descriptor.Size} bytes, found {actual} of {bytes.Length}");
    }

    private static T Explain<T>(Descriptor descriptor, ReadOnlyMemory<byte> bytes, Func<ReadOnlyMemory<byte>, T> parse)
    {
        try
        {
            CheckIsOneThing(descriptor, bytes.Span);
            return parse(bytes);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException)
        {
            throw new InvalidDataException($"{descriptor.Digest} ({descriptor.MediaType}): {e.Message}", e);
        }
    }

    private static ImageIndex ParseIndex(ReadOnlyMemory<byte> bytes)
    {
        ImageIndex index = ImageIndex.Parse(bytes.Span);
        return index.Manifests.Count <= MaxManifests
            ? index
            : throw new InvalidDataException($"it lists {index.Manifests.Count} manifests, more than {MaxManifests}");
    }

    private static Manifest ParseManifest(ReadOnlyMemory<byte> bytes)
    {
        Manifest manifest = Manifest.Parse(bytes.Span);
        return manifest.Layers.Append(manifest.Config).FirstOrDefault(blob => blob.Size < 0) is { } negative
            ? throw new InvalidDataException($"it names {negative.Digest} with a size of {negative.Size} bytes")
            : manifest;
    }

    /// <summary>
    /// A document is read as what its descriptor says. One that says something else of itself, or could be read as an index
    /// and as a manifest, is refused: two programs would see two images in it (CVE-2021-41190).
    /// </summary>
    private static void CheckIsOneThing(Descriptor descriptor, ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json);
        bool hasManifests = false;
        bool hasLayers = false;
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            hasManifests |= reader.ValueTextEquals("manifests"u8);
            hasLayers |= reader.ValueTextEquals("layers"u8) || reader.ValueTextEquals("config"u8);
            if (reader.ValueTextEquals("mediaType"u8) && reader.Read() && reader.TokenType == JsonTokenType.String
                && !reader.ValueTextEquals(descriptor.MediaType))
            {
                throw new InvalidDataException($"it says of itself that it is '{reader.GetString()}'");
            }
        }

        if (hasManifests && hasLayers)
        {
            throw new InvalidDataException("it is an index and a manifest at once");
        }
    }

    private static string UnusualType(OtherManifest other) => other.Blobs.Select(blob => blob.Descriptor.MediaType)
        .Last(type => !MediaTypes.IsConfig(type) && MediaTypes.CompressionOf(type) is null);
}
