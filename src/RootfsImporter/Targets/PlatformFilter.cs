using System.Text.Json.Nodes;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>Takes the images of some architectures out of a set.</summary>
internal static class PlatformFilter
{
    /// <summary>An attestation of buildx names the manifest that it is about in this annotation.</summary>
    private const string AttestedDigest = "vnd.docker.reference.digest";

    /// <summary>
    /// The images of these architectures, or all for none: the set itself when nothing is left out, else one image alone, or
    /// a new index without the others. Throws <see cref="FetchException"/> when there is no image for one of them.
    /// </summary>
    internal static ImageSet Take(string source, ImageSet images, IReadOnlyList<Architecture> architectures)
    {
        if (architectures.Count == 0)
        {
            return images;
        }

        foreach (Architecture architecture in architectures.Where(one => !images.Images.Any(image => IsFor(image, one))))
        {
            throw new FetchException(
                $"{source} has no image for {architecture}: it has "
                    + string.Join(", ", images.Images.Select(image => image.Platform)),
                "name one that it has, or leave --arch out to take all");
        }

        Image[] taken = [.. images.Images.Where(image => architectures.Any(one => IsFor(image, one)))];
        return taken.Length == images.Images.Count ? images
            : taken.Length == 1 ? ImageSet.Of(taken[0])
            : OfIndex(images, taken);
    }

    private static bool IsFor(Image image, Architecture architecture) =>
        image.Platform.Os == "linux"
        && image.Platform.Architecture == architecture.Oci
        && (image.Platform.Variant is null || architecture.Variant is null
            || image.Platform.Variant == architecture.Variant);

    /// <summary>
    /// The index is edited as a tree, so that what it says beyond our records of those that stay is kept, in its order.
    /// </summary>
    private static ImageSet OfIndex(ImageSet images, IReadOnlyList<Image> taken)
    {
        HashSet<Digest> digests = [.. taken.Select(image => image.Descriptor.Digest)];
        OtherManifest[] others =
        [
            .. images.Others.Where(other => other.Descriptor.Annotations?.GetValueOrDefault(AttestedDigest) is { } text
                && Digest.TryParse(text, out Digest attested) && digests.Contains(attested)),
        ];
        digests.UnionWith(others.Select(other => other.Descriptor.Digest));
        JsonObject index = JsonNode.Parse(images.Index!.Value.Span)!.AsObject();
        index["manifests"]!.AsArray().RemoveAll(
            node => !digests.Contains(Digest.Parse(node!["digest"]!.GetValue<string>())));
        return ImageSet.OfIndex(OciJson.ToBytes(index), images.Root.MediaType, taken, others);
    }
}
