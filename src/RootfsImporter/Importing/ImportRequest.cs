using RootfsImporter.Oci;
using RootfsImporter.Profiles;

namespace RootfsImporter.Importing;

/// <summary>All that an import is asked to do.</summary>
public sealed record ImportRequest
{
    /// <summary>What is imported.</summary>
    public required ImportSource Source { get; init; }

    /// <summary>Where the image goes; at least one.</summary>
    public required IReadOnlyList<ImageTarget> Targets { get; init; }

    /// <summary>
    /// The profiles of which one may describe the tree's release; its image settings and rules are then the image's.
    /// </summary>
    public IReadOnlyList<Profile> Profiles { get; init; } = [];

    /// <summary>What is said of the image's settings on top of the source's own or the profile's.</summary>
    public ImageChanges Changes { get; init; } = new();

    /// <summary>
    /// The architecture that the tree has to be of, and the one to take of an index; null for what is found.
    /// </summary>
    public Architecture? Architecture { get; init; }

    /// <summary>
    /// Leave the tree as it is: only devices and sockets go, which a layer cannot hold, and names that mean deletions are
    /// refused. With <see cref="Architecture"/> it need not be a root file system at all.
    /// </summary>
    public bool KeepAsIs { get; init; }

    /// <summary>How many bytes an archive, or all layers, may have uncompressed.</summary>
    public long MaxBytes { get; init; } = 64L << 30;

    /// <summary>The newest time in the image, seconds since 1970 UTC; null for what the tree says.</summary>
    public long? SourceDateEpoch { get; init; }

    /// <summary>Absolute path of the cache directory.</summary>
    public required string CacheDirectory { get; init; }

    /// <summary>Absolute path of the directory for temporary files.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary>How many threads compress; at least 1.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;

    /// <summary>How the layer is packed: as the first target wants it. For others it is compressed anew.</summary>
    public LayerCompression Compression => Targets[0].Compression ?? LayerCompression.Gzip;
}
