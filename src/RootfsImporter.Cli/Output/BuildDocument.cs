using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli.Output;

/// <summary>
/// The result of a build as <c>--format json</c> prints it. Members are only ever added. What only one image has is
/// also at the top when there is only one.
/// </summary>
internal sealed record BuildDocument
{
    public required string Profile { get; init; }

    public string? Variant { get; init; }

    /// <summary>What made the trees.</summary>
    public required BuildEngine Engine { get; init; }

    public Architecture? Architecture { get; init; }

    public string? Platform { get; init; }

    /// <summary>The digest of the one manifest, or of the index.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The config's digest, which is the Docker image id.</summary>
    public Digest? ConfigDigest { get; init; }

    public IReadOnlyList<Digest>? DiffIds { get; init; }

    public BuildSizes? Sizes { get; init; }

    /// <summary>What the one image stands on.</summary>
    public LockedBase? Base { get; init; }

    public IReadOnlyList<BuildPackage>? Packages { get; init; }

    public IReadOnlyList<LockedIndex>? Indexes { get; init; }

    public required PhasedUpdates PhasedUpdates { get; init; }

    public long? SourceDateEpoch { get; init; }

    /// <summary>Each architecture's image, in the order of the command line.</summary>
    public required IReadOnlyList<BuildImage> Images { get; init; }

    public required IReadOnlyList<Delivery> Deliveries { get; init; }

    /// <summary>Milliseconds by stage, all architectures', in order of their first end; stages may overlap.</summary>
    public required IReadOnlyDictionary<string, long> Stages { get; init; }

    public required bool Reused { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The document of a result.</summary>
    public static BuildDocument Of(BuildResult result, IReadOnlyList<string> warnings)
    {
        BuildImage[] images = [.. result.Results.Select(BuildImage.Of)];
        BuildImage? only = images is [BuildImage one] ? one : null;
        Lockfile first = result.Results[0].Lockfile;
        return new BuildDocument
        {
            Profile = first.Profile,
            Variant = first.Variant,
            Engine = result.Engine,
            Architecture = only?.Architecture,
            Platform = only?.Platform,
            Digest = result.Images.Root.Digest,
            ConfigDigest = only?.ConfigDigest,
            DiffIds = only?.DiffIds,
            Sizes = only?.Sizes,
            Base = only?.Base,
            Packages = only?.Packages,
            Indexes = only?.Indexes,
            PhasedUpdates = first.PhasedUpdates,
            SourceDateEpoch = only?.SourceDateEpoch,
            Images = images,
            Deliveries = result.Deliveries,
            Stages = Milliseconds(StageTotals.Of(result.Stages)),
            Reused = result.IsReused,
            Warnings = warnings,
        };
    }

    /// <summary>Milliseconds by stage; the stages differ.</summary>
    internal static OrderedDictionary<string, long> Milliseconds(IReadOnlyList<StageTime> stages)
    {
        OrderedDictionary<string, long> times = [];
        foreach (StageTime stage in stages)
        {
            times.Add(stage.Stage, (long)stage.Elapsed.TotalMilliseconds);
        }

        return times;
    }
}

/// <summary>The image of one architecture.</summary>
internal sealed record BuildImage
{
    public required Architecture Architecture { get; init; }

    public required string Platform { get; init; }

    /// <summary>The manifest's digest.</summary>
    public required Digest Digest { get; init; }

    public required Digest ConfigDigest { get; init; }

    public required IReadOnlyList<Digest> DiffIds { get; init; }

    public required BuildSizes Sizes { get; init; }

    /// <summary>What it stands on; absent for an image that begins with nothing.</summary>
    public LockedBase? Base { get; init; }

    /// <summary>The packages; of a derived image those on top of the base.</summary>
    public required IReadOnlyList<BuildPackage> Packages { get; init; }

    public required IReadOnlyList<LockedIndex> Indexes { get; init; }

    public required long SourceDateEpoch { get; init; }

    public required bool Reused { get; init; }

    /// <summary>What of an architecture's result is printed.</summary>
    public static BuildImage Of(ImageResult result) => new()
    {
        Architecture = result.Lockfile.Architecture,
        Platform = result.Image.Platform.ToString(),
        Digest = result.Image.Descriptor.Digest,
        ConfigDigest = Digest.Of(result.Image.Config.Span),
        DiffIds = [.. result.Image.Layers.Select(layer => layer.DiffId)],
        Sizes = new BuildSizes(
            result.Image.Layers.Sum(layer => layer.Descriptor.Size),
            result.Image.Layers.Sum(layer => layer.UncompressedSize ?? 0)),
        Base = result.Lockfile.Base,
        Packages = [.. result.Lockfile.Packages.Select(BuildPackage.Of)],
        Indexes = result.Lockfile.Indexes,
        SourceDateEpoch = result.Lockfile.SourceDateEpoch,
        Reused = result.IsReused,
    };
}

/// <summary>The sizes of an image's layers, bytes.</summary>
/// <param name="Compressed">As stored.</param>
/// <param name="Uncompressed">As tar.</param>
internal sealed record BuildSizes(long Compressed, long Uncompressed);

/// <summary>A package of an image; a build-only one was there while the image was made.</summary>
internal sealed record BuildPackage(string Name, string Version, string Architecture, string Pocket, string Reason, bool BuildOnly)
{
    /// <summary>What of a locked package is printed.</summary>
    public static BuildPackage Of(LockedPackage package) =>
        new(
            package.Name, package.Version, package.Architecture, package.Pocket, package.Reason, package.IsBuildOnly);
}
