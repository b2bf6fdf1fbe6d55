using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Packages;
using RootfsImporter.Targets;

namespace RootfsImporter;

/// <summary>What a build made.</summary>
public sealed record BuildResult
{
    /// <summary>What was delivered: the image, or the index of all of them.</summary>
    public required ImageSet Images { get; init; }

    /// <summary>What made the trees.</summary>
    public BuildEngine Engine { get; init; }

    /// <summary>Each architecture's part, in the order of the request; at least one.</summary>
    public required IReadOnlyList<ImageResult> Results { get; init; }

    /// <summary>Where it went.</summary>
    public required IReadOnlyList<Delivery> Deliveries { get; init; }

    /// <summary>Each stage's name and how long it took, in order of end; stages may overlap.</summary>
    public required IReadOnlyList<StageTime> Stages { get; init; }

    /// <summary>Whether nothing had changed and an earlier result was delivered.</summary>
    public bool IsReused => Results.All(result => result.IsReused);
}

/// <summary>What a build made for one architecture.</summary>
public sealed record ImageResult
{
    /// <summary>The image.</summary>
    public required Image Image { get; init; }

    /// <summary>The packages and the signed documents that they rest on.</summary>
    public required Lockfile Lockfile { get; init; }

    /// <summary>What sealing removed, rewrote and added.</summary>
    public required Ledger Ledger { get; init; }

    /// <summary>Whether nothing had changed and an earlier image was taken.</summary>
    public required bool IsReused { get; init; }
}

/// <summary>How long a stage took, all architectures' or one's.</summary>
public sealed record StageTime(string Stage, TimeSpan Elapsed, Architecture? Architecture = null);
