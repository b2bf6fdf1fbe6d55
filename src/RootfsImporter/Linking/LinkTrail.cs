using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Linking;

/// <summary>The way that a path takes through symbolic links.</summary>
/// <param name="Links">The links, in the order in which they are met, each where it really lies.</param>
/// <param name="End">What the path leads to, where that really lies.</param>
internal sealed record LinkTrail(IReadOnlyList<TreeEntry> Links, TreeEntry End)
{
    private const int MaxHops = 40;
    private const int MaxComponents = 4096;

    /// <summary>NAME_MAX: no file system has longer names, and asking for one is an error.</summary>
    private const int MaxNameBytes = 255;

    /// <summary>
    /// Follows an absolute path, with all <c>..</c> in it, as the kernel does for a process in the root; null when it
    /// leads to
    /// nothing, or in circles.
    /// </summary>
    public static LinkTrail? Follow(ILinkRoot root, string path)
    {
        List<TreeEntry> links = [];
        TreeEntry? end = root.Find(RootPath.Root);
        Stack<string> ahead = new(path.Split('/').Reverse());
        while (end is not null && ahead.TryPop(out string? component))
        {
            if (component is "" or ".")
            {
                continue;
            }

            if (end.Kind != EntryKind.Directory)
            {
                return null;
            }

            end = component == ".." ? root.Find(end.Path.Parent)
                : IsName(component) ? root.Find(end.Path.Append(component))
                : null;
            if (end is { Kind: EntryKind.Symlink, LinkTarget: string target })
            {
                links.Add(end);
                foreach (string step in target.Split('/').Reverse())
                {
                    ahead.Push(step);
                }

                if (links.Count > MaxHops || ahead.Count > MaxComponents)
                {
                    return null;
                }

                end = root.Find(target.StartsWith('/') ? RootPath.Root : end.Path.Parent);
            }
        }

        return end is null ? null : new LinkTrail([.. links.DistinctBy(link => link.Path)], end);
    }

    private static bool IsName(string component) =>
        !component.Contains('\0') && Encoding.UTF8.GetByteCount(component) <= MaxNameBytes;
}
