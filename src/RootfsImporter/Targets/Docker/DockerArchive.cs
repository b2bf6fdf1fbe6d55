using System.Text.Json.Serialization;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Docker;

/// <summary>
/// The archive that <c>docker save</c> makes since version 25 and every <c>docker load</c>, podman and skopeo read:
/// an OCI layout that also has a <c>manifest.json</c>.
/// </summary>
/// <remarks>
/// Layers are as they are stored in every other target, compressed: all of these readers decompress what they load,
/// the archive stays small, and the manifest in it is the image's own, so that a Docker with the containerd image
/// store shows the same digest as a registry. The bytes depend on the image and its names alone.
/// </remarks>
internal static class DockerArchive
{
    /// <summary>The archive of an image under one name or several, each with a tag.</summary>
    internal static ImageArchive Of(Image image, IReadOnlyList<Reference> names)
    {
        byte[] manifestJson = OciJson.ToBytes<IReadOnlyList<DockerArchiveImage>>(
            [
                new DockerArchiveImage
                {
                    Config = OciLayout.BlobPath(Digest.Of(image.Config.Span)),
                    RepoTags = [.. names.Select(name => name.Familiar)],
                    Layers = [.. image.Layers.Select(layer => OciLayout.BlobPath(layer.Descriptor.Digest))],
                },
            ],
            DockerJson.Canonical.IReadOnlyListDockerArchiveImage);

        // What a reader looks for first comes first.
        ImageArchive archive = new();
        archive.Add(OciLayout.FileName, OciLayout.CurrentBytes.ToArray());
        archive.Add(OciLayout.IndexFileName, MakeIndex(image, names).ToBytes());
        archive.Add(DockerArchiveReader.ManifestFile, manifestJson);
        archive.AddBlobs(ImageSet.Of(image).Blobs());
        return archive;
    }

    private static ImageIndex MakeIndex(Image image, IReadOnlyList<Reference> names) => new()
    {
        MediaType = MediaTypes.ImageIndex,
        Manifests =
        [
            .. names.Select(name => image.Descriptor with
            {
                Annotations = new Dictionary<string, string>
                {
                    [AnnotationKeys.ContainerdImageName] = name.ToString(),
                    [AnnotationKeys.RefName] = name.Tag!,
                },
            }),
        ],
    };
}

/// <summary>An element of <c>manifest.json</c> (moby, image/tarexport).</summary>
internal sealed record DockerArchiveImage
{
    [JsonPropertyName("Config")]
    public required string Config { get; init; }

    /// <summary>Null when an image without a name was saved.</summary>
    [JsonPropertyName("RepoTags")]
    public IReadOnlyList<string>? RepoTags { get; init; }

    [JsonPropertyName("Layers")]
    public required IReadOnlyList<string> Layers { get; init; }
}
