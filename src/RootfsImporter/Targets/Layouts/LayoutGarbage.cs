using System.Text.Json.Nodes;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary>
/// Finds the blobs that only a replaced tag led to. Blobs that no tag ever led to are not touched: another program
/// may be about to refer to them.
/// </summary>
internal sealed class LayoutGarbage
{
    private readonly string _directory;
    private readonly HashSet<Digest> _reached = [];

    private LayoutGarbage(string directory) => _directory = directory;

    /// <summary>The blobs to remove; null when the remaining images cannot be followed, so that nobody can know.</summary>
    internal static IReadOnlyCollection<Digest>? Find(
        string directory, IEnumerable<JsonObject> replaced, IEnumerable<JsonObject> remaining)
    {
        LayoutGarbage kept = new(directory);
        LayoutGarbage dropped = new(directory);
        if (!remaining.All(kept.TryFollow) || !replaced.All(dropped.TryFollow))
        {
            return null;
        }

        dropped._reached.ExceptWith(kept._reached);
        return dropped._reached;
    }

    private bool TryFollow(JsonObject descriptor) =>
        LayoutIndex.Text(descriptor["digest"]) is { } text
        && text.StartsWith("sha256:", StringComparison.Ordinal)
        && Digest.TryParse(text, out Digest digest)
        && LayoutIndex.Text(descriptor["mediaType"]) is { } mediaType
        && TryFollow(mediaType, digest);

    private bool TryFollow(Descriptor descriptor) => TryFollow(descriptor.MediaType, descriptor.Digest);

    private bool TryFollow(string mediaType, Digest digest)
    {
        if (!_reached.Add(digest))
        {
            return true;
        }

        try
        {
            // A layout need not hold what it refers to, such as the other platforms of an image that was copied.
            return BoundedFile.ReadIfExists(Path.Combine(_directory, OciLayout.BlobPath(digest))) is not { } json
                || TryFollowDocument(mediaType, json);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private bool TryFollowDocument(string mediaType, byte[] json)
    {
        if (MediaTypes.IsIndex(mediaType))
        {
            return ImageIndex.Parse(json).Manifests.All(TryFollow);
        }

        // Only what is listed as a manifest is opened; of other types nobody knows what they refer to.
        if (!MediaTypes.IsManifest(mediaType))
        {
            return false;
        }

        Manifest manifest = Manifest.Parse(json);
        _reached.UnionWith(manifest.Layers.Select(layer => layer.Digest));
        _reached.Add(manifest.Config.Digest);
        return manifest.Subject is null || TryFollow(manifest.Subject);
    }
}
