using RootfsImporter.Files;

namespace RootfsImporter.Linking;

/// <summary>A root file system in which programs and libraries are looked up. Nothing is written.</summary>
internal interface ILinkRoot
{
    /// <summary>
    /// The entry of a name itself, with its content or its text when it is a link; null when it is absent. Whoever asks has
    /// followed the links on the way.
    /// </summary>
    TreeEntry? Find(RootPath path);

    /// <summary>The names in a directory, sorted (ordinal); empty for what is none.</summary>
    IReadOnlyList<string> NamesIn(RootPath directory);
}

/// <summary>A directory of the host as a root.</summary>
internal sealed class DiskRoot(Rootfs rootfs) : ILinkRoot
{
    // A program's libraries are looked for in the same few directories over and over.
    private readonly Dictionary<RootPath, TreeEntry?> _known = [];

    /// <inheritdoc/>
    public TreeEntry? Find(RootPath path)
    {
        if (!_known.TryGetValue(path, out TreeEntry? entry))
        {
            _known.Add(path, entry = rootfs.Find(path));
        }

        return entry;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> NamesIn(RootPath directory) => rootfs.NamesIn(directory);
}

/// <summary>A tree of entries as a root.</summary>
internal sealed class TreeRoot(RootTree tree) : ILinkRoot
{
    /// <inheritdoc/>
    public TreeEntry? Find(RootPath path) =>
        tree.Find(path) is { Kind: EntryKind.HardLink, LinkTarget: string first } link
            ? link with { Kind = EntryKind.File, LinkTarget = null, Content = tree.Find(RootPath.Parse(first))?.Content }
            : tree.Find(path);

    /// <inheritdoc/>
    public IReadOnlyList<string> NamesIn(RootPath directory) =>
        [.. tree.Entries.Where(entry => !entry.Path.IsRoot && entry.Path.Parent == directory).Select(entry => entry.Path.Name)];
}
