using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Scratch;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli.Output;

/// <summary>A minimal image as <c>--format json</c> prints it. Members are only ever added.</summary>
internal sealed record ScratchDocument
{
    public required Architecture Architecture { get; init; }

    public required string Platform { get; init; }

    /// <summary>The manifest's digest.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The config's digest, which is the Docker image id.</summary>
    public required Digest ConfigDigest { get; init; }

    public required IReadOnlyList<Digest> DiffIds { get; init; }

    public required BuildSizes Sizes { get; init; }

    public required IReadOnlyList<string> Entrypoint { get; init; }

    public required long SourceDateEpoch { get; init; }

    /// <summary>With --from: the packages that files were taken from.</summary>
    public IReadOnlyList<BuildPackage>? Packages { get; init; }

    /// <summary>With --explain: the files in order.</summary>
    public IReadOnlyList<ScratchDocumentFile>? Files { get; init; }

    public required IReadOnlyList<Delivery> Deliveries { get; init; }

    /// <summary>Milliseconds by stage.</summary>
    public required IReadOnlyDictionary<string, long> Stages { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The document of a result.</summary>
    public static ScratchDocument Of(ScratchResult result, bool isExplained, IReadOnlyList<string> warnings)
    {
        Image image = result.Images.Images[0];
        return new ScratchDocument
        {
            Architecture = result.Architecture,
            Platform = image.Platform.ToString(),
            Digest = image.Descriptor.Digest,
            ConfigDigest = Digest.Of(image.Config.Span),
            DiffIds = [.. image.Layers.Select(layer => layer.DiffId)],
            Sizes = new BuildSizes(
                image.Layers.Sum(layer => layer.Descriptor.Size), image.Layers.Sum(layer => layer.UncompressedSize ?? 0)),
            Entrypoint = result.Entrypoint,
            SourceDateEpoch = result.SourceDateEpoch,
            Packages = result.Lockfile is { } lockfile ? [.. lockfile.Packages.Select(BuildPackage.Of)] : null,
            Files = isExplained
                ? [.. result.Files.Select(file => new ScratchDocumentFile(
                    file.Path.ToString(), file.Kind, file.Size, file.LinkTarget, file.Reasons))]
                : null,
            Deliveries = result.Deliveries,
            Stages = BuildDocument.Milliseconds(StageTotals.Of(result.Stages)),
            Warnings = warnings,
        };
    }
}

/// <summary>A file of a minimal image.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Kind"><c>file</c>, <c>symlink</c>, <c>directory</c>.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Target">A link's text.</param>
/// <param name="Why">Why it is there, the strongest reason first.</param>
internal sealed record ScratchDocumentFile(
    string Path, EntryKind Kind, long Size, string? Target, IReadOnlyList<string> Why);
