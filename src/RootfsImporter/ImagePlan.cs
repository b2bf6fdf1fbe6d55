using RootfsImporter.Packages;
using RootfsImporter.Stages;

namespace RootfsImporter;

/// <summary>What the image of one architecture is going to be made of.</summary>
internal sealed record ImagePlan
{
    /// <summary>The architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>Where the packages are.</summary>
    public required IReadOnlyList<Repository> Repositories { get; init; }

    /// <summary>Their verified indexes.</summary>
    public required IReadOnlyList<PackageIndex> Indexes { get; init; }

    /// <summary>The program that makes the tree; null for the native engine.</summary>
    public OutsideEngine? Engine { get; init; }

    /// <summary>The digest of everything that the image depends on.</summary>
    public required Digest Key { get; init; }

    /// <summary>What the image stands on, or null.</summary>
    public required BaseImage? Base { get; init; }

    /// <summary>The packages.</summary>
    public required Lockfile Lockfile { get; init; }

    /// <summary>What an earlier build made of all this, or null.</summary>
    public required BuiltImage? Earlier { get; init; }
}
