using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>The names that one delivery gives an image where images have full names.</summary>
internal static class ImageNames
{
    /// <summary>The target's own name, and the same repository with each further tag.</summary>
    internal static IReadOnlyList<Reference> Of(Reference reference, IReadOnlyList<string> additionalTags) =>
    [
        .. additionalTags.Select(tag => Reference.Parse($"{reference.Registry}/{reference.Repository}:{tag}"))
            .Prepend(reference).Distinct(),
    ];

    /// <summary>The tags of the names besides the first, for people; empty when there are none.</summary>
    internal static IReadOnlyList<string> Note(IReadOnlyList<Reference> names) =>
        FurtherTags.Note(names.Select(name => name.Tag));
}
