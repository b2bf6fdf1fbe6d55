using RootfsImporter.Files;

namespace RootfsImporter.Importing;

/// <summary>Which extended attributes are content.</summary>
internal static class TreeAttributes
{
    /// <summary>
    /// The entries with capabilities and users' own attributes alone. Labels of SELinux, ACLs as the kernel stores them and
    /// notes of overlay file systems are those of the host that the tree lies on.
    /// </summary>
    public static IReadOnlyList<TreeEntry> Keep(IReadOnlyList<TreeEntry> entries) =>
        entries.Any(entry => entry.ExtendedAttributes.Any(attribute => !IsContent(attribute)))
            ? [.. entries.Select(entry => entry with { ExtendedAttributes = [.. entry.ExtendedAttributes.Where(IsContent)] })]
            : entries;

    private static bool IsContent(ExtendedAttribute attribute) =>
        attribute.Name == "security.capability" || attribute.Name.StartsWith("user.", StringComparison.Ordinal);
}
