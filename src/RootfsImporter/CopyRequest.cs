using RootfsImporter.Targets;

namespace RootfsImporter;

/// <summary>What to copy, and where to.</summary>
public sealed record CopyRequest
{
    /// <summary>Where the image or index is read; the caller disposes it.</summary>
    public required ISource Source { get; init; }

    /// <summary>Where it goes; at least one.</summary>
    public required IReadOnlyList<ImageTarget> Targets { get; init; }

    /// <summary>The absolute directory where layers are kept that were compressed anew for a target.</summary>
    public required string CacheDirectory { get; init; }

    /// <summary>
    /// The architectures of an index to take; empty for all there are. What is all of an index is copied under that index,
    /// byte for byte; of a part of it a new index is made, and of one image none.
    /// </summary>
    public IReadOnlyList<Architecture> Architectures { get; init; } = [];
}
