namespace RootfsImporter.Files;

/// <summary>Follows symbolic links inside a tree as the kernel does for a process whose root it is (path_resolution(7)).</summary>
internal static class LinkWalk
{
    private const int MaxHops = 40;

    /// <summary>
    /// Where a path really lies when symbolic links lead to directories on its way, as <c>bin</c> to <c>usr/bin</c>. The
    /// last component is never followed. A path whose links go in circles is where it says.
    /// </summary>
    public static RootPath Locate(RootPath path, Func<RootPath, TreeEntry?> find) =>
        find(path.Parent) is { Kind: EntryKind.Directory } ? path : Walk(path, find, followsLast: false) ?? path;

    /// <summary>Where a path ends when its last component is followed too; null when links go in circles.</summary>
    public static RootPath? Follow(RootPath path, Func<RootPath, TreeEntry?> find) =>
        find(path) is { Kind: not EntryKind.Symlink } ? path : Walk(path, find, followsLast: true);

    private static RootPath? Walk(RootPath path, Func<RootPath, TreeEntry?> find, bool followsLast)
    {
        RootPath current = RootPath.Root;
        Stack<string> ahead = new(path.Value.Split('/').Reverse());
        for (int hops = 0; ahead.TryPop(out string? component);)
        {
            if (component is "" or "." or "..")
            {
                current = component is ".." ? current.Parent : current;
                continue;
            }

            current = current.Append(component);
            if ((followsLast || ahead.Count > 0)
                && find(current) is { Kind: EntryKind.Symlink, LinkTarget: string target })
            {
                if (++hops > MaxHops)
                {
                    return null;
                }

                current = target.StartsWith('/') ? RootPath.Root : current.Parent;
                foreach (string step in target.Split('/').Reverse())
                {
                    ahead.Push(step);
                }
            }
        }

        return current;
    }
}
