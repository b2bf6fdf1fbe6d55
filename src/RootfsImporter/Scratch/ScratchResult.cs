using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Packages;
using RootfsImporter.Targets;

namespace RootfsImporter.Scratch;

/// <summary>A minimal image, and why it holds what it holds.</summary>
public sealed record ScratchResult
{
    /// <summary>What was delivered.</summary>
    public required ImageSet Images { get; init; }

    /// <summary>The architecture of its programs.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>What the image starts; empty when nobody said, and the first file is no program.</summary>
    public required IReadOnlyList<string> Entrypoint { get; init; }

    /// <summary>The files, links, and directories that were asked for, in order of their paths.</summary>
    public required IReadOnlyList<ScratchEntry> Files { get; init; }

    /// <summary>
    /// The packages that files were taken from, and the signed documents that they rest on; null without any.
    /// </summary>
    public Lockfile? Lockfile { get; init; }

    /// <summary>The newest time in the image, seconds since 1970 UTC.</summary>
    public required long SourceDateEpoch { get; init; }

    /// <summary>Where it went.</summary>
    public required IReadOnlyList<Delivery> Deliveries { get; init; }

    /// <summary>Each stage's name and how long it took, in order.</summary>
    public required IReadOnlyList<StageTime> Stages { get; init; }
}

/// <summary>A file of a minimal image.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Bytes of a regular file; 0 for every other kind.</param>
/// <param name="LinkTarget">A link's text, or null.</param>
/// <param name="Reasons">Why it is there, in words, the strongest first: <c>needed by /usr/bin/app</c>.</param>
public sealed record ScratchEntry(
    RootPath Path, EntryKind Kind, long Size, string? LinkTarget, IReadOnlyList<string> Reasons);
