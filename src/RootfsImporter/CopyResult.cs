using RootfsImporter.Oci;
using RootfsImporter.Targets;

namespace RootfsImporter;

/// <summary>What was copied.</summary>
public sealed record CopyResult
{
    /// <summary>The source as the user wrote it.</summary>
    public required string Source { get; init; }

    /// <summary>What was delivered, as the first target has it. Its layers can be read as long as the source is not disposed.</summary>
    public required ImageSet Images { get; init; }

    /// <summary>Where it went.</summary>
    public required IReadOnlyList<Delivery> Deliveries { get; init; }

    /// <summary>Each stage's name and how long it took, in order.</summary>
    public required IReadOnlyList<StageTime> Stages { get; init; }
}
