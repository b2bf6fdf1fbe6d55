using RootfsImporter.Oci;
using RootfsImporter.Profiles;

namespace RootfsImporter.Scratch;

/// <summary>What to make a minimal image of.</summary>
public sealed record ScratchRequest
{
    /// <summary>Programs, libraries, directories and other files; at least one.</summary>
    public required IReadOnlyList<ScratchFile> Files { get; init; }

    /// <summary>The absolute directory that relative files start from.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>
    /// Absolute path of the root that libraries are taken from; without effect with <see cref="Packages"/>.
    /// </summary>
    public string Root { get; init; } = "/";

    /// <summary>
    /// The packages that files and libraries are taken from, or null to take them from <see cref="Root"/>.
    /// </summary>
    public ScratchPackages? Packages { get; init; }

    /// <summary>Groups of files that are added.</summary>
    public IReadOnlyList<ScratchExtra> With { get; init; } = [];

    /// <summary>
    /// Image configuration, on top of what is known: the entry point is the first file when that is a program, and with
    /// <see cref="ScratchExtra.CaCertificates"/> the environment says where they are.
    /// </summary>
    public required ImageChanges Image { get; init; }

    /// <summary>Where the image goes; at least one.</summary>
    public required IReadOnlyList<ImageTarget> Targets { get; init; }

    /// <summary>How layers are packed: as the first target wants them. For others they are compressed anew.</summary>
    public LayerCompression Compression => Targets[0].Compression ?? LayerCompression.Gzip;

    /// <summary>Absolute path of the cache directory.</summary>
    public required string CacheDirectory { get; init; }

    /// <summary>How many packages are fetched, unpacked or compressed at once; at least 1.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;

    /// <summary>The newest time in the image, seconds since 1970 UTC; null for that of its newest file.</summary>
    public long? SourceDateEpoch { get; init; }
}

/// <summary>A file or directory that goes into an image.</summary>
/// <param name="Source">
/// Absolute: a path in the root. With a slash in it: a path of the host, from the working directory. A word alone: a
/// file of the
/// working directory when the root is the host's, else a command, looked up in the root's directories of programs.
/// </param>
/// <param name="Destination">
/// Absolute path in the image; below it when it ends with a slash. Null: the path that it has when that is in the root
/// and, if
/// that is the host's, below the directories of the system; else the name in <c>/</c>.
/// </param>
public sealed record ScratchFile(string Source, string? Destination = null);

/// <summary>Packages of a distribution, of which only files are used: no script runs.</summary>
public sealed record ScratchPackages
{
    /// <summary>The merged profile; of it come archives, keys and architecture, not its choice of packages.</summary>
    public required Profile Profile { get; init; }

    /// <summary>The architecture of the packages.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The packages, as dependency terms; empty for one that is named as the first file is.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Mirrors by archive name that come before all others, or empty.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<Uri>> Mirrors { get; init; } =
        new Dictionary<string, IReadOnlyList<Uri>>();

    /// <summary>The proxy for mirrors, or null for none.</summary>
    public System.Net.IWebProxy? Proxy { get; init; }

    /// <summary>Absolute path of the directory for the temporary tree.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary>Whether the temporary tree may be in memory when that is plentiful.</summary>
    public bool MayUseMemory { get; init; } = true;
}

/// <summary>Files that programs use and do not name in their headers.</summary>
public enum ScratchExtra
{
    /// <summary>The certificates that TLS trusts, in one file, and SSL_CERT_FILE that names it.</summary>
    CaCertificates,

    /// <summary>Time zones.</summary>
    Tzdata,

    /// <summary>The users root, nobody (65534) and nonroot (65532), their groups, and nsswitch.conf.</summary>
    Passwd,

    /// <summary>/tmp and /var/tmp, for everybody.</summary>
    Tmp,
}
