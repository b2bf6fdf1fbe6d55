using System.Globalization;
using System.Security.Cryptography;
using RootfsImporter.Files;

namespace RootfsImporter.IntegrationTests;

/// <summary>A rootfs as lines to compare: type, mode, owner, content hash or link target, extended attributes.</summary>
internal static class TreeListing
{
    /// <summary>One line per path. Hard links are listed as the files that they are.</summary>
    public static SortedDictionary<string, string> Of(Rootfs rootfs)
    {
        SortedDictionary<string, string> lines = new(StringComparer.Ordinal);
        foreach (TreeEntry entry in rootfs.ReadTree())
        {
            lines.Add(entry.Path.ToString(), Describe(entry, lines));
        }

        return lines;
    }

    /// <summary>
    /// What differs between two listings, but for paths that <paramref name="isExpected"/> knows: one line each.
    /// </summary>
    public static IReadOnlyList<string> Differences(
        SortedDictionary<string, string> ours, SortedDictionary<string, string> theirs, Func<string, bool> isExpected)
    {
        List<string> differences = [];
        foreach (string path in ours.Keys.Union(theirs.Keys).Order(StringComparer.Ordinal))
        {
            string mine = ours.GetValueOrDefault(path, "absent");
            string other = theirs.GetValueOrDefault(path, "absent");
            if (mine != other && !isExpected(path))
            {
                differences.Add($"{path}\n    ours:   {mine}\n    theirs: {other}");
            }
        }

        return differences;
    }

    private static string Describe(TreeEntry entry, SortedDictionary<string, string> earlier)
    {
        if (entry.Kind == EntryKind.HardLink)
        {
            return earlier["/" + entry.LinkTarget];
        }

        string attributes = string.Concat(entry.ExtendedAttributes.Select(
            a => $" {a.Name}={Convert.ToHexStringLower(a.Value.Span)}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{entry.Kind} {Convert.ToString(entry.Mode, 8)} {entry.Uid}:{entry.Gid} {Content(entry)}{attributes}");
    }

    private static string Content(TreeEntry entry)
    {
        if (entry.Kind != EntryKind.File)
        {
            return entry.LinkTarget ?? "";
        }

        using Stream stream = entry.Content!.Open();
        return Convert.ToHexStringLower(SHA256.HashData(stream))[..16];
    }
}
