using RootfsImporter.Codecs;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Docker;

/// <summary>Makes a manifest for an image of <c>docker save</c> that came without one.</summary>
internal static class DockerArchiveImages
{
    private const int MagicBytes = 16;

    /// <summary>
    /// The image with the config as it is, so that its image id stays, and the layers as they are stored. Each layer is
    /// read through, which is the only way to know its digest, and has to be the one that the config names. Throws
    /// <see cref="InvalidDataException"/>.
    /// </summary>
    internal static async Task<Image> MakeAsync(
        ImageFiles files, DockerArchiveImage listed, ReadOnlyMemory<byte> configBytes, CancellationToken cancellationToken)
    {
        ImageConfig config = ParseConfig(listed.Config, configBytes);
        if (listed.Layers.Count != config.Rootfs.DiffIds.Count)
        {
            throw new InvalidDataException(
                $"{DockerArchiveReader.ManifestFile} lists {listed.Layers.Count} layers, and {listed.Config} names "
                + $"{config.Rootfs.DiffIds.Count}");
        }

        List<Layer> layers = [];
        foreach ((string name, Digest diffId) in listed.Layers.Zip(config.Rootfs.DiffIds))
        {
            layers.Add(await ReadLayerAsync(files, name, diffId, cancellationToken));
        }

        byte[] manifest = new Manifest
        {
            MediaType = MediaTypes.ImageManifest,
            Config = new Descriptor
            {
                MediaType = MediaTypes.ImageConfig,
                Digest = Digest.Of(configBytes.Span),
                Size = configBytes.Length,
            },
            Layers = [.. layers.Select(layer => layer.Descriptor)],
        }.ToBytes();
        return new Image
        {
            Platform = config.Platform,
            Layers = layers,
            Config = configBytes,
            Manifest = manifest,
            Descriptor = DocumentType.Describe(manifest) with { Platform = config.Platform },
        };
    }

    private static ImageConfig ParseConfig(string name, ReadOnlyMemory<byte> json)
    {
        try
        {
            return ImageConfig.Parse(json.Span);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{name}: {e.Message}", e);
        }
    }

    private static async Task<Layer> ReadLayerAsync(
        ImageFiles files, string name, Digest diffId, CancellationToken cancellationToken)
    {
        ImageFile file = files.Find(name) ?? throw new InvalidDataException($"there is no layer {name}");
        LayerCompression compression = await CompressionOfAsync(name, file, cancellationToken);
        await using HashingStream stored = new(await file.Content.OpenAsync(cancellationToken));
        long size;
        try
        {
            Compression codec = compression switch
            {
                LayerCompression.Gzip => Compression.Gzip,
                LayerCompression.Zstd => Compression.Zstd,
                _ => Compression.None,
            };
            await using Stream tar = new BoundedStream(
                Decompressor.Open(stored, codec, leaveOpen: true), ArchiveFiles.MaxBytes);
            size = await LayerContent.CopyVerifiedAsync(tar, Stream.Null, diffId, null, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"the layer {name}: {e.Message}", e);
        }

        return new Layer
        {
            DiffId = diffId,
            Descriptor = new Descriptor
            {
                MediaType = MediaTypes.OfLayer(compression),
                Digest = stored.GetDigest(),
                Size = file.Size,
            },
            UncompressedSize = size,
            Compression = compression,
            Content = file.Content,
        };
    }

    private static async Task<LayerCompression> CompressionOfAsync(
        string name, ImageFile file, CancellationToken cancellationToken)
    {
        byte[] magic = new byte[MagicBytes];
        await using Stream stream = await file.Content.OpenAsync(cancellationToken);
        int read = await stream.ReadAtLeastAsync(magic, magic.Length, throwOnEndOfStream: false, cancellationToken);
        return Decompressor.Detect(magic.AsSpan(0, read)) switch
        {
            Compression.None => LayerCompression.None,
            Compression.Gzip => LayerCompression.Gzip,
            Compression.Zstd => LayerCompression.Zstd,
            Compression other => throw new InvalidDataException($"the layer {name} is compressed with {other}"),
        };
    }
}
