using RootfsImporter.Files;

namespace RootfsImporter.Sealing;

/// <summary>One dpkg path filter (dpkg(1), <c>--path-exclude</c> and <c>--path-include</c>).</summary>
/// <param name="Pattern">A glob over absolute paths in which wildcards match slashes.</param>
/// <param name="IsInclude">Whether it brings back what earlier filters exclude.</param>
public sealed record PathFilter(string Pattern, bool IsInclude);

/// <summary>Decides as dpkg's unpacking does which entries a list of path filters leaves out.</summary>
internal static class SealPathFilter
{
    /// <summary>
    /// The entries to remove, in order. dpkg sees one entry at a time; here a directory also stays when something below it
    /// does, where dpkg would stop with an error.
    /// </summary>
    public static IReadOnlyList<RootPath> Excluded(IReadOnlyList<TreeEntry> entries, IReadOnlyList<PathFilter> filters)
    {
        List<RootPath> excluded = [];
        RootPath keptLater = RootPath.Root;

        // Backwards, so that a directory's content is decided before the directory.
        for (int i = entries.Count - 1; i > 0; i--)
        {
            TreeEntry entry = entries[i];
            bool holdsSomething = entry.Kind == EntryKind.Directory && keptLater.IsAtOrBelow(entry.Path);
            if (!holdsSomething && IsExcluded(entry, filters))
            {
                excluded.Add(entry.Path);
            }
            else
            {
                keptLater = entry.Path;
            }
        }

        excluded.Reverse();
        return excluded;
    }

    /// <summary>dpkg's verdict on one entry by itself.</summary>
    public static bool IsExcluded(TreeEntry entry, IReadOnlyList<PathFilter> filters)
    {
        string path = entry.Path.ToString();
        bool isExcluded = false;
        foreach (PathFilter filter in filters)
        {
            // A filter that would not change the verdict need not be matched.
            if (filter.IsInclude == isExcluded && SealGlob.IsMatch(filter.Pattern, path))
            {
                isExcluded = !filter.IsInclude;
            }
        }

        return isExcluded
            && !(entry.Kind is EntryKind.Directory or EntryKind.Symlink && MayHoldIncluded(path, filters));
    }

    /// <summary>
    /// Whether some include could match below the path: dpkg keeps directories and symbolic links (they may lead to
    /// directories) that start with the include's literal part, its trailing slashes aside.
    /// </summary>
    private static bool MayHoldIncluded(string path, IReadOnlyList<PathFilter> filters) => filters.Any(filter =>
        filter.IsInclude
        && path.AsSpan().StartsWith(
            SealGlob.LiteralPrefix(filter.Pattern).TrimEnd('/'), StringComparison.Ordinal));
}
