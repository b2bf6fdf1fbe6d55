using RootfsImporter.Oci;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli.Output;

/// <summary>The result of a copy as <c>--format json</c> prints it. Members are only ever added.</summary>
internal sealed record CopyDocument
{
    public required string Source { get; init; }

    /// <summary>The digest of what was copied: an index's, or the one image's manifest's.</summary>
    public required Digest Digest { get; init; }

    public required string MediaType { get; init; }

    public required IReadOnlyList<CopiedImage> Images { get; init; }

    public required IReadOnlyList<Delivery> Deliveries { get; init; }

    /// <summary>Milliseconds by stage.</summary>
    public required IReadOnlyDictionary<string, long> Stages { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The document of a result.</summary>
    public static CopyDocument Of(CopyResult result, IReadOnlyList<string> warnings) => new()
    {
        Source = result.Source,
        Digest = result.Images.Root.Digest,
        MediaType = result.Images.Root.MediaType,
        Images = [.. result.Images.Images.Select(CopiedImage.Of)],
        Deliveries = result.Deliveries,
        Stages = BuildDocument.Milliseconds(StageTotals.Of(result.Stages)),
        Warnings = warnings,
    };
}

/// <summary>One image of a copy.</summary>
/// <param name="Platform"><c>linux/arm64/v8</c>.</param>
/// <param name="Digest">The manifest's digest.</param>
/// <param name="ConfigDigest">The config's digest, which is the Docker image id.</param>
/// <param name="DiffIds">The digests of the layers' tars.</param>
/// <param name="Size">The layers as they are stored, bytes.</param>
internal sealed record CopiedImage(
    string Platform, Digest Digest, Digest ConfigDigest, IReadOnlyList<Digest> DiffIds, long Size)
{
    /// <summary>What of an image is printed.</summary>
    public static CopiedImage Of(Image image) => new(
        image.Platform.ToString(),
        image.Descriptor.Digest,
        Digest.Of(image.Config.Span),
        [.. image.Layers.Select(layer => layer.DiffId)],
        image.Layers.Sum(layer => layer.Descriptor.Size));
}
