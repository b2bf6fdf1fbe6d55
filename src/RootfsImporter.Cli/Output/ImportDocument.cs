using RootfsImporter.Importing;
using RootfsImporter.Oci;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli.Output;

/// <summary>The result of an import as <c>--format json</c> prints it. Members are only ever added.</summary>
internal sealed record ImportDocument
{
    public required string Source { get; init; }

    /// <summary>os-release ID.</summary>
    public string? Distribution { get; init; }

    /// <summary>os-release VERSION_ID.</summary>
    public string? Version { get; init; }

    /// <summary>The profile that describes the release.</summary>
    public string? Profile { get; init; }

    /// <summary>The package family whose rules were applied.</summary>
    public string? Family { get; init; }

    /// <summary>How many packages are installed.</summary>
    public int? Packages { get; init; }

    public required Architecture Architecture { get; init; }

    public required string Platform { get; init; }

    /// <summary>The manifest's digest.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The config's digest, which is the Docker image id.</summary>
    public required Digest ConfigDigest { get; init; }

    public required IReadOnlyList<Digest> DiffIds { get; init; }

    public required BuildSizes Sizes { get; init; }

    public required long SourceDateEpoch { get; init; }

    public required int Entries { get; init; }

    /// <summary>Owners other than root.</summary>
    public required IReadOnlyList<OwnerCount> Owners { get; init; }

    /// <summary>Files with capabilities.</summary>
    public required IReadOnlyList<string> Capabilities { get; init; }

    /// <summary>Devices and sockets that were left out.</summary>
    public required IReadOnlyList<string> Dropped { get; init; }

    public required IReadOnlyList<Delivery> Deliveries { get; init; }

    /// <summary>Milliseconds by stage.</summary>
    public required IReadOnlyDictionary<string, long> Stages { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The document of a result.</summary>
    public static ImportDocument Of(ImportResult result, IReadOnlyList<string> warnings)
    {
        Image image = result.Images.Images[0];
        return new ImportDocument
        {
            Source = result.Source,
            Distribution = result.Recognition.Distribution,
            Version = result.Recognition.Version,
            Profile = result.Recognition.Profile,
            Family = result.Recognition.Family,
            Packages = result.Recognition.Packages,
            Architecture = result.Recognition.Architecture,
            Platform = image.Platform.ToString(),
            Digest = image.Descriptor.Digest,
            ConfigDigest = Digest.Of(image.Config.Span),
            DiffIds = [.. image.Layers.Select(layer => layer.DiffId)],
            Sizes = new BuildSizes(
                image.Layers.Sum(layer => layer.Descriptor.Size), image.Layers.Sum(layer => layer.UncompressedSize ?? 0)),
            SourceDateEpoch = result.Recognition.SourceDateEpoch,
            Entries = result.Report.Entries,
            Owners = result.Report.Owners,
            Capabilities = result.Report.Capabilities,
            Dropped = result.Report.Dropped,
            Deliveries = result.Deliveries,
            Stages = BuildDocument.Milliseconds(StageTotals.Of(result.Stages)),
            Warnings = warnings,
        };
    }
}
