using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli.Output;

/// <summary>The result of a build as <c>--format json</c> prints it. Members are only ever added.</summary>
internal sealed record BuildDocument
{
    public required string Profile { get; init; }

    public string? Variant { get; init; }

    public required Architecture Architecture { get; init; }

    public required string Platform { get; init; }

    /// <summary>The manifest's digest.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The config's digest, which is the Docker image id.</summary>
    public required Digest ConfigDigest { get; init; }

    public required IReadOnlyList<Digest> DiffIds { get; init; }

    public required BuildSizes Sizes { get; init; }

    public required IReadOnlyList<BuildPackage> Packages { get; init; }

    public required IReadOnlyList<LockedIndex> Indexes { get; init; }

    public required PhasedUpdates PhasedUpdates { get; init; }

    public required long SourceDateEpoch { get; init; }

    public required IReadOnlyList<Delivery> Deliveries { get; init; }

    /// <summary>Milliseconds by stage, in order of start; stages may overlap.</summary>
    public required IReadOnlyDictionary<string, long> Stages { get; init; }

    public required bool Reused { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The document of a result.</summary>
    public static BuildDocument Of(BuildResult result, IReadOnlyList<string> warnings) => new()
    {
        Profile = result.Lockfile.Profile,
        Variant = result.Lockfile.Variant,
        Architecture = result.Lockfile.Architecture,
        Platform = result.Image.Platform.ToString(),
        Digest = result.Image.Descriptor.Digest,
        ConfigDigest = Digest.Of(result.Image.Config.Span),
        DiffIds = [.. result.Image.Layers.Select(layer => layer.DiffId)],
        Sizes = new BuildSizes(
            result.Image.Layers.Sum(layer => layer.Descriptor.Size),
            result.Image.Layers.Sum(layer => layer.UncompressedSize ?? 0)),
        Packages = [.. result.Lockfile.Packages.Select(BuildPackage.Of)],
        Indexes = result.Lockfile.Indexes,
        PhasedUpdates = result.Lockfile.PhasedUpdates,
        SourceDateEpoch = result.Lockfile.SourceDateEpoch,
        Deliveries = result.Deliveries,
        Stages = StageTimes(result.Stages),
        Reused = result.IsReused,
        Warnings = warnings,
    };

    /// <summary>Milliseconds by stage.</summary>
    internal static OrderedDictionary<string, long> StageTimes(IReadOnlyList<StageTime> stages)
    {
        OrderedDictionary<string, long> times = [];
        foreach (StageTime stage in stages)
        {
            times[stage.Stage] = times.GetValueOrDefault(stage.Stage) + (long)stage.Elapsed.TotalMilliseconds;
        }

        return times;
    }
}

/// <summary>The sizes of an image's layers, bytes.</summary>
/// <param name="Compressed">As stored.</param>
/// <param name="Uncompressed">As tar.</param>
internal sealed record BuildSizes(long Compressed, long Uncompressed);

/// <summary>A package of an image.</summary>
internal sealed record BuildPackage(string Name, string Version, string Architecture, string Pocket, string Reason)
{
    /// <summary>What of a locked package is printed.</summary>
    public static BuildPackage Of(LockedPackage package) =>
        new(package.Name, package.Version, package.Architecture, package.Pocket, package.Reason);
}
