using RootfsImporter.Oci;

namespace RootfsImporter.Stages;

/// <summary>How a layer is packed. Only <see cref="Compression"/> changes what comes out.</summary>
public sealed record LayerOptions
{
    /// <summary>How the blob is compressed.</summary>
    public LayerCompression Compression { get; init; }

    /// <summary>How many threads compress; at least 1.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Absolute path of the directory that the blob goes to, under the hexadecimal digits of its digest; made
    /// when it is not there.
    /// </summary>
    public required string OutputDirectory { get; init; }

    /// <summary>
    /// Absolute path of a directory where compressed pieces are kept for later builds, or null for none. It
    /// may be shared by builds that run at once, and removed between them.
    /// </summary>
    public string? ChunkCacheDirectory { get; init; }
}
