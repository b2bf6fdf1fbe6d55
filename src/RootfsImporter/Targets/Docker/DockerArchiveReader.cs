using System.Text.Json;
using RootfsImporter.Oci;
using RootfsImporter.Targets.Layouts;

namespace RootfsImporter.Targets.Docker;

/// <summary>
/// Reads what <c>docker save</c> writes: one directory a layer until version 24, since then an OCI layout, both with a
/// manifest.json.
/// </summary>
/// <param name="source">The source as the user wrote it.</param>
/// <param name="files">The archive's files.</param>
internal sealed class DockerArchiveReader(string source, ImageFiles files)
{
    /// <summary>The document that lists the images of the archive.</summary>
    internal const string ManifestFile = "manifest.json";

    /// <summary>
    /// Reads the image that is meant. Where the archive has its manifest, that is what is read, with the index above it when
    /// all of that is here; else a manifest is made, of the config as it is and of the layers as they are stored. Throws
    /// as <see cref="LayoutReader.ReadAsync"/>.
    /// </summary>
    internal async Task<ImageSet> ReadAsync(ImageChoice choice, CancellationToken cancellationToken)
    {
        DockerArchiveImage image = choice.Take(
            source, await ReadListAsync(cancellationToken), IsNamed, static image => image.RepoTags ?? []);
        ReadOnlyMemory<byte> config = await files.ReadAsync(image.Config, cancellationToken);
        CheckName(image.Config, Digest.Of(config.Span));
        DockerArchiveLayout layout = new(files);
        return await layout.FindAsync(Digest.Of(config.Span), cancellationToken) is { } root
            ? await LayoutReader.Reader(files).ReadAsync(root, cancellationToken)
            : ImageSet.Of(await DockerArchiveImages.MakeAsync(files, image, config, cancellationToken));
    }

    private static bool IsNamed(DockerArchiveImage image, string name) =>
        Reference.TryParse(name, out Reference? wanted)
        && image.RepoTags?.Any(tag => Reference.TryParse(tag, out Reference? reference) && reference == wanted) == true;

    /// <summary>The config's file is named after its digest, in either form.</summary>
    private static void CheckName(string name, Digest actual)
    {
        string stem = Path.GetFileNameWithoutExtension(name);
        if (Digest.TryParse(stem, out Digest expected) && expected != actual)
        {
            throw new InvalidDataException($"expected the config {expected}, found {actual}");
        }
    }

    private async Task<IReadOnlyList<DockerArchiveImage>> ReadListAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> json = await files.TryReadAsync(ManifestFile, cancellationToken)
            ?? throw new InvalidDataException($"it is not an archive of docker save: it has no {ManifestFile}");
        try
        {
            return JsonSerializer.Deserialize(json.Span, DockerJsonContext.Default.IReadOnlyListDockerArchiveImage)
                ?.Select(image => image ?? throw new InvalidDataException($"{ManifestFile}: an image is null")).ToArray()
                ?? throw new InvalidDataException($"{ManifestFile}: null in place of a list");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{ManifestFile}: {e.Message}", e);
        }
    }
}
