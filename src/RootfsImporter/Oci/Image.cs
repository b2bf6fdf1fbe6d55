using System.Text.Json.Serialization;

namespace RootfsImporter.Oci;

/// <summary>How a layer blob is compressed.</summary>
public enum LayerCompression
{
    /// <summary>gzip, the default: every runtime reads it.</summary>
    Gzip,

    /// <summary>zstd: smaller and faster; Docker 23 and containerd 1.5 or newer.</summary>
    Zstd,

    /// <summary>A plain tar.</summary>
    None,
}

/// <summary>A packed layer: a blob and what is known of it.</summary>
public sealed record Layer
{
    /// <summary>The digest of the uncompressed tar (OCI image-spec, config.md, "Layer DiffID").</summary>
    public required Digest DiffId { get; init; }

    /// <summary>The blob: media type, digest and size as stored.</summary>
    public required Descriptor Descriptor { get; init; }

    /// <summary>Size of the uncompressed tar, bytes; null for a layer that came from elsewhere and was not unpacked.</summary>
    public required long? UncompressedSize { get; init; }

    /// <summary>How the blob is compressed.</summary>
    public required LayerCompression Compression { get; init; }

    /// <summary>The blob's bytes.</summary>
    public required BlobContent Content { get; init; }
}

/// <summary>An image of one platform: layers in order and the exact bytes of its config and manifest.</summary>
public sealed record Image
{
    /// <summary>The platform.</summary>
    public required Platform Platform { get; init; }

    /// <summary>Layers, base first.</summary>
    public required IReadOnlyList<Layer> Layers { get; init; }

    /// <summary>The config document's bytes; its digest is the Docker image id.</summary>
    public required ReadOnlyMemory<byte> Config { get; init; }

    /// <summary>The config's descriptor, as the manifest has it.</summary>
    [JsonIgnore]
    public Descriptor ConfigDescriptor => Oci.Manifest.Parse(Manifest.Span).Config;

    /// <summary>The manifest document's bytes.</summary>
    public required ReadOnlyMemory<byte> Manifest { get; init; }

    /// <summary>The manifest's descriptor, with its platform.</summary>
    public required Descriptor Descriptor { get; init; }
}
