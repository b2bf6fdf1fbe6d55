namespace RootfsImporter.Oci;

/// <summary>Media types (OCI image-spec, media-types.md; Docker's image manifest version 2, schema 2).</summary>
public static class MediaTypes
{
    /// <summary>An image index.</summary>
    public const string ImageIndex = "application/vnd.oci.image.index.v1+json";

    /// <summary>An image manifest.</summary>
    public const string ImageManifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>An image config.</summary>
    public const string ImageConfig = "application/vnd.oci.image.config.v1+json";

    /// <summary>A layer, a plain tar.</summary>
    public const string LayerTar = "application/vnd.oci.image.layer.v1.tar";

    /// <summary>A layer, gzip.</summary>
    public const string LayerTarGzip = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <summary>A layer, zstd.</summary>
    public const string LayerTarZstd = "application/vnd.oci.image.layer.v1.tar+zstd";

    /// <summary>Docker's manifest list; read, never written.</summary>
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>Docker's image manifest; read, never written.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>Docker's image config; read, never written.</summary>
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    private const string DockerLayerTar = "application/vnd.docker.image.rootfs.diff.tar";

    /// <summary>The media type of a layer blob.</summary>
    public static string OfLayer(LayerCompression compression) => compression switch
    {
        LayerCompression.Gzip => LayerTarGzip,
        LayerCompression.Zstd => LayerTarZstd,
        LayerCompression.None => LayerTar,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Whether a document of this type lists manifests.</summary>
    public static bool IsIndex(string mediaType) => mediaType is ImageIndex or DockerManifestList;

    /// <summary>Whether a document of this type lists a config and layers.</summary>
    public static bool IsManifest(string mediaType) => mediaType is ImageManifest or DockerManifest;

    /// <summary>Whether a blob of this type is the config of an image.</summary>
    public static bool IsConfig(string mediaType) => mediaType is ImageConfig or DockerConfig;

    /// <summary>How a layer of this type, OCI's or Docker's, is compressed; null for what is no layer.</summary>
    public static LayerCompression? CompressionOf(string mediaType) => mediaType switch
    {
        LayerTarGzip or DockerLayerTar + ".gzip" => LayerCompression.Gzip,
        LayerTarZstd or DockerLayerTar + ".zstd" => LayerCompression.Zstd,
        LayerTar or DockerLayerTar => LayerCompression.None,
        _ => null,
    };
}
