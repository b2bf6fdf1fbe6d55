using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Targets;

namespace RootfsImporter.Importing;

/// <summary>What an import made.</summary>
public sealed record ImportResult
{
    /// <summary>The source as the user wrote it.</summary>
    public required string Source { get; init; }

    /// <summary>What was found out about it.</summary>
    public required Recognition Recognition { get; init; }

    /// <summary>What is in it that people should know of.</summary>
    public required ImportReport Report { get; init; }

    /// <summary>What was delivered, as the first target has it: one image.</summary>
    public required ImageSet Images { get; init; }

    /// <summary>What sealing removed, rewrote and added.</summary>
    public required Ledger Ledger { get; init; }

    /// <summary>Where it went.</summary>
    public required IReadOnlyList<Delivery> Deliveries { get; init; }

    /// <summary>Each stage's name and how long it took, in order.</summary>
    public required IReadOnlyList<StageTime> Stages { get; init; }
}

/// <summary>What a tree turned out to be.</summary>
public sealed record Recognition
{
    /// <summary>The distribution and release for people, or null when the tree does not say.</summary>
    public string? Title { get; init; }

    /// <summary>os-release ID, or null.</summary>
    public string? Distribution { get; init; }

    /// <summary>os-release VERSION_ID, or null.</summary>
    public string? Version { get; init; }

    /// <summary>The name of the profile that describes the release, or null.</summary>
    public string? Profile { get; init; }

    /// <summary>The package family whose rules were applied, or null.</summary>
    public string? Family { get; init; }

    /// <summary>How many packages its database has; null when none was read.</summary>
    public int? Packages { get; init; }

    /// <summary>The architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>Seconds since 1970 UTC; nothing in the image is newer.</summary>
    public required long SourceDateEpoch { get; init; }
}

/// <summary>What is in a tree that not every runtime or registry treats alike.</summary>
public sealed record ImportReport
{
    /// <summary>How many entries the layer has.</summary>
    public required int Entries { get; init; }

    /// <summary>Owners other than root and how many entries each has, the most frequent first.</summary>
    public required IReadOnlyList<OwnerCount> Owners { get; init; }

    /// <summary>Files with capabilities, which the layer keeps.</summary>
    public required IReadOnlyList<string> Capabilities { get; init; }

    /// <summary>Devices and sockets, which the layer does not have.</summary>
    public required IReadOnlyList<string> Dropped { get; init; }
}

/// <summary>An owner and how many entries are his.</summary>
/// <param name="Owner"><c>UID:GID</c>.</param>
/// <param name="Entries">How many.</param>
public sealed record OwnerCount(string Owner, int Entries);
