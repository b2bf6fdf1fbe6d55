using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary>Reads an OCI layout (OCI image-spec, image-layout.md), of a directory or of an archive.</summary>
/// <param name="source">The source as the user wrote it.</param>
/// <param name="files">The layout's files.</param>
internal sealed class LayoutReader(string source, ImageFiles files)
{
    /// <summary>
    /// Reads the image that is meant. Throws <see cref="FetchException"/> when it is not there, and
    /// <see cref="InvalidDataException"/> when this is no layout or not what its digests say.
    /// </summary>
    internal async Task<ImageSet> ReadAsync(ImageChoice choice, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> layout = await files.TryReadAsync(OciLayout.FileName, cancellationToken)
            ?? throw new InvalidDataException($"it is not an OCI layout: it has no {OciLayout.FileName}");
        OciLayout.Parse(layout.Span);
        ImageIndex index = await ReadIndexAsync(files, cancellationToken)
            ?? throw new InvalidDataException($"it is not an OCI layout: it has no {OciLayout.IndexFileName}");
        Descriptor root = choice is ImageChoice.Addressed addressed
            ? await FindAsync(index, addressed.Digest, cancellationToken)
            : choice.Take(source, index.Manifests, IsNamed, NamesOf);
        return await Reader(files).ReadAsync(WithoutNames(root), cancellationToken);
    }

    /// <summary>The index.json, or null when there is none; throws <see cref="InvalidDataException"/>.</summary>
    internal static async Task<ImageIndex?> ReadIndexAsync(ImageFiles files, CancellationToken cancellationToken)
    {
        if (await files.TryReadAsync(OciLayout.IndexFileName, cancellationToken) is not { } json)
        {
            return null;
        }

        try
        {
            return ImageIndex.Parse(json.Span);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{OciLayout.IndexFileName}: {e.Message}", e);
        }
    }

    /// <summary>Reads images of a layout by their descriptors.</summary>
    internal static ImageSetReader Reader(ImageFiles files) =>
        files.Reader(static descriptor => OciLayout.BlobPath(descriptor.Digest));

    /// <summary>A descriptor without the names that it has in this layout: they are no part of the image.</summary>
    internal static Descriptor WithoutNames(Descriptor descriptor)
    {
        Dictionary<string, string> rest = new(descriptor.Annotations ?? new Dictionary<string, string>());
        rest.Remove(AnnotationKeys.RefName);
        rest.Remove(AnnotationKeys.ContainerdImageName);
        return descriptor with { Annotations = rest.Count > 0 ? rest : null };
    }

    private static bool IsNamed(Descriptor descriptor, string name) =>
        descriptor.Annotations?.GetValueOrDefault(AnnotationKeys.RefName) == name
        || descriptor.Annotations?.GetValueOrDefault(AnnotationKeys.ContainerdImageName) == name;

    private static IEnumerable<string> NamesOf(Descriptor descriptor) =>
        descriptor.Annotations?.GetValueOrDefault(AnnotationKeys.RefName) is { } name ? [name] : [];

    /// <summary>What has a tag, or else any manifest that is kept here: one of an index, for example.</summary>
    private async Task<Descriptor> FindAsync(ImageIndex index, Digest digest, CancellationToken cancellationToken)
    {
        if (index.Manifests.FirstOrDefault(descriptor => descriptor.Digest == digest) is { } listed)
        {
            return listed;
        }

        ReadOnlyMemory<byte> document = await files.TryReadAsync(OciLayout.BlobPath(digest), cancellationToken)
            ?? throw new FetchException(
                $"cannot read {source}: it has no {digest}", "name a tag or a digest that it has");
        return DocumentType.Describe(document) with { Digest = digest };
    }
}
