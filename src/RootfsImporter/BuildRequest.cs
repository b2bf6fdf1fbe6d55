using RootfsImporter.Linux;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.Targets;

namespace RootfsImporter;

/// <summary>All that a build is asked to do.</summary>
public sealed record BuildRequest
{
    /// <summary>The merged profile.</summary>
    public required Profile Profile { get; init; }

    /// <summary>The architectures to build, at least one and each once; several are delivered under one index.</summary>
    public required IReadOnlyList<Architecture> Architectures { get; init; }

    /// <summary>Where the image goes; at least one.</summary>
    public required IReadOnlyList<ImageTarget> Targets { get; init; }

    /// <summary>How layers are packed: as the first target wants them. For others they are compressed anew.</summary>
    public LayerCompression Compression => Targets[0].Compression ?? LayerCompression.Gzip;

    /// <summary>What makes the tree of packages.</summary>
    public BuildEngine Engine { get; init; }

    /// <summary>The directories, as in a PATH, that the program of an outside engine is searched in.</summary>
    public string SearchPath { get; init; } = ChildProcess.SystemPath;

    /// <summary>
    /// Opens the image that a profile names as its base: its name, and the directory that relative paths start from. Only
    /// called for a profile whose base is an image.
    /// </summary>
    public Func<string, string, ISource>? OpenBase { get; init; }

    /// <summary>Whether packages may have different versions in different architectures.</summary>
    public bool MayVersionsDiffer { get; init; }

    /// <summary>Mirrors by archive name that come before all others (<c>--mirror</c>), or empty.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<Uri>> Mirrors { get; init; } =
        new Dictionary<string, IReadOnlyList<Uri>>();

    /// <summary>Absolute path of the cache directory.</summary>
    public required string CacheDirectory { get; init; }

    /// <summary>Absolute path of the directory for the build's temporary tree.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary>Whether the temporary tree may be in memory when that is plentiful.</summary>
    public bool MayUseMemory { get; init; } = true;

    /// <summary>The proxy for mirrors, or null for none.</summary>
    public System.Net.IWebProxy? Proxy { get; init; }

    /// <summary>How many packages are fetched, unpacked or compressed at once; at least 1.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;

    /// <summary>Overrides the build's SOURCE_DATE_EPOCH, seconds since 1970 UTC, or null for the lock's.</summary>
    public long? SourceDateEpoch { get; init; }

    /// <summary>Leave an existing result of the same inputs aside and build anew.</summary>
    public bool NoReuse { get; init; }
}
