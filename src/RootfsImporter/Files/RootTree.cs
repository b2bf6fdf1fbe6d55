namespace RootfsImporter.Files;

/// <summary>
/// The entries of one root file system, looked up by path; nothing is written. Reads files the way a process inside would,
/// following symbolic links that never leave the root.
/// </summary>
public sealed class RootTree
{
    private readonly Dictionary<RootPath, TreeEntry> _byPath;

    /// <summary>
    /// Takes entries in <see cref="RootPath"/> order, the root first, each path once, parents before children, and a file's
    /// first name before its hard links.
    /// </summary>
    public RootTree(IReadOnlyList<TreeEntry> entries)
    {
        Entries = entries;
        _byPath = entries.ToDictionary(entry => entry.Path);
    }

    /// <summary>A tree of nothing but its root.</summary>
    public static RootTree Empty { get; } =
        new([new TreeEntry { Path = RootPath.Root, Kind = EntryKind.Directory, Mode = 0b111_101_101 }]);

    /// <summary>The entries, in order.</summary>
    public IReadOnlyList<TreeEntry> Entries { get; }

    /// <summary>The entry at a path, or null. The path is taken literally.</summary>
    public TreeEntry? Find(RootPath path) => _byPath.GetValueOrDefault(path);

    /// <summary>Where a path really lies when links lead to directories on its way; the last component is not followed.</summary>
    public RootPath Locate(RootPath path) => LinkWalk.Locate(path, Find);

    /// <summary>What a path leads to when every link is followed; null when that is nothing, or links go in circles.</summary>
    public TreeEntry? Follow(RootPath path) => LinkWalk.Follow(path, Find) is { } end ? Find(end) : null;

    /// <summary>The content of the regular file that a path leads to, links followed; null when there is none.</summary>
    public FileContent? FindContent(RootPath path) => Follow(path) switch
    {
        { Kind: EntryKind.HardLink, LinkTarget: string first } => Find(RootPath.Parse(first))?.Content,
        { } entry => entry.Content,
        null => null,
    };

    /// <summary>
    /// The bytes of what <see cref="FindContent"/> finds; null when that is nothing. Throws
    /// <see cref="InvalidDataException"/> for one of more than <paramref name="maxBytes"/>.
    /// </summary>
    public byte[]? TryReadFile(RootPath path, int maxBytes)
    {
        if (FindContent(path) is not { } content)
        {
            return null;
        }

        if (content.Length > maxBytes)
        {
            throw new InvalidDataException($"{path} has {content.Length} bytes, more than the {maxBytes} allowed");
        }

        byte[] bytes = new byte[content.Length];
        using Stream stream = content.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }
}
