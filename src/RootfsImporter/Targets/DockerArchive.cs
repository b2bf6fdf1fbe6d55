using System.Text.Json.Serialization;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>
/// The archive that <c>docker save</c> makes since version 25 and every <c>docker load</c>, podman and skopeo read:
/// an OCI layout that also has a <c>manifest.json</c>.
/// </summary>
/// <remarks>
/// Layers are as they are stored in every other target, compressed: all of these readers decompress what they load,
/// the archive stays small, and the manifest in it is the image's own, so that a Docker with the containerd image
/// store shows the same digest as a registry. The bytes depend on the image and its name alone.
/// </remarks>
internal sealed class DockerArchive
{
    private readonly List<Entry> _entries = [];

    internal DockerArchive(Image image, Reference reference)
    {
        Digest config = Digest.Of(image.Config.Span);
        byte[] manifestJson = OciJson.ToBytes<IReadOnlyList<DockerArchiveImage>>(
            [
                new DockerArchiveImage
                {
                    Config = OciLayout.BlobPath(config),
                    RepoTags = [reference.Familiar],
                    Layers = [.. image.Layers.Select(layer => OciLayout.BlobPath(layer.Descriptor.Digest))],
                },
            ],
            DockerJson.Canonical.IReadOnlyListDockerArchiveImage);

        // What a reader looks for first comes first.
        Add(OciLayout.FileName, OciLayout.CurrentBytes.ToArray());
        Add(OciLayout.IndexFileName, MakeIndex(image, reference).ToBytes());
        Add("manifest.json", manifestJson);
        _entries.Add(new Entry("blobs/", 0, null));
        _entries.Add(new Entry(OciLayout.BlobDirectory + "/", 0, null));
        Add(OciLayout.BlobPath(image.Descriptor.Digest), image.Manifest);
        Add(OciLayout.BlobPath(config), image.Config);
        foreach (Layer layer in image.Layers.DistinctBy(layer => layer.Descriptor.Digest))
        {
            _entries.Add(new Entry(
                OciLayout.BlobPath(layer.Descriptor.Digest),
                layer.Descriptor.Size,
                (destination, cancellationToken) => CopyLayerAsync(layer, destination, cancellationToken)));
        }

        Length = _entries.Sum(entry => ArchiveTar.LengthOf(entry.Size)) + ArchiveTar.End.Length;
    }

    /// <summary>The size of the archive, bytes.</summary>
    internal long Length { get; }

    internal async Task WriteToAsync(Stream destination, CancellationToken cancellationToken)
    {
        foreach (Entry entry in _entries)
        {
            if (entry.WriteAsync is null)
            {
                await destination.WriteAsync(ArchiveTar.DirectoryHeader(entry.Name), cancellationToken);
                continue;
            }

            await destination.WriteAsync(ArchiveTar.FileHeader(entry.Name, entry.Size), cancellationToken);
            await entry.WriteAsync(destination, cancellationToken);
            await destination.WriteAsync(ArchiveTar.Padding(entry.Size), cancellationToken);
        }

        await destination.WriteAsync(ArchiveTar.End, cancellationToken);
    }

    private static ImageIndex MakeIndex(Image image, Reference reference) => new()
    {
        MediaType = MediaTypes.ImageIndex,
        Manifests =
        [
            image.Descriptor with
            {
                Annotations = new Dictionary<string, string>
                {
                    [AnnotationKeys.ContainerdImageName] = reference.ToString(),
                    [AnnotationKeys.RefName] = reference.Tag!,
                },
            },
        ],
    };

    private static async Task CopyLayerAsync(Layer layer, Stream destination, CancellationToken cancellationToken)
    {
        await using Stream source = await layer.Content.OpenAsync(cancellationToken);
        await LayerContent.CopyVerifiedAsync(
            source, destination, layer.Descriptor.Digest, layer.Descriptor.Size, cancellationToken);
    }

    private void Add(string name, ReadOnlyMemory<byte> content) => _entries.Add(new Entry(
        name,
        content.Length,
        async (destination, cancellationToken) => await destination.WriteAsync(content, cancellationToken)));

    private sealed record Entry(string Name, long Size, Func<Stream, CancellationToken, Task>? WriteAsync);
}

/// <summary>An element of <c>manifest.json</c> (moby, image/tarexport).</summary>
internal sealed record DockerArchiveImage
{
    [JsonPropertyName("Config")]
    public required string Config { get; init; }

    [JsonPropertyName("RepoTags")]
    public required IReadOnlyList<string> RepoTags { get; init; }

    [JsonPropertyName("Layers")]
    public required IReadOnlyList<string> Layers { get; init; }
}
