using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary>The tags of one delivery to an OCI layout, as its index.json has them.</summary>
internal static class LayoutTags
{
    /// <summary>
    /// What each tag points to, the target's own first. Where that is a full name (<c>ubuntu:24.04</c>), so are the others
    /// (<c>ubuntu:noble</c>).
    /// </summary>
    internal static IReadOnlyList<(string Tag, Descriptor Descriptor)> Of(
        Descriptor root, string tag, IReadOnlyList<string> additional)
    {
        int colon = tag.LastIndexOf(':');
        string prefix = colon > tag.LastIndexOf('/') ? tag[..(colon + 1)] : "";
        return
        [
            .. additional.Select(other => prefix + other).Prepend(tag).Distinct(StringComparer.Ordinal)
                .Select(each => (each, Tagged(root, each))),
        ];
    }

    /// <summary>The tags besides the first, for people; empty when there are none.</summary>
    internal static IReadOnlyList<string> Note(IReadOnlyList<(string Tag, Descriptor Descriptor)> tags) =>
        FurtherTags.Note(tags.Select(tag => tag.Tag));

    private static Descriptor Tagged(Descriptor root, string tag)
    {
        Dictionary<string, string> annotations = new() { [AnnotationKeys.RefName] = tag };
        // containerd lists an image under a full reference only; a bare tag becomes a name that nobody can use.
        if (Reference.TryParse(tag, out Reference? reference))
        {
            annotations.Add(AnnotationKeys.ContainerdImageName, reference.WithDefaultTag().ToString());
        }

        return root with { Annotations = annotations };
    }
}
