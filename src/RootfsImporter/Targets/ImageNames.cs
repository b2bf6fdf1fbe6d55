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
}
