using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Archives;

/// <summary>
/// A tree that grows as entries of tars come, with names and files apart, as a file system has them: two names of one file
/// are two nodes of one <see cref="TreeEntry"/>. Bounded by <see cref="SpoolLimits"/>.
/// </summary>
internal sealed class TarTree(SpoolLimits limits)
{
    private const int EntryBytes = 64;

    private static readonly TreeEntry Implied = new()
    {
        Path = RootPath.Root,
        Kind = EntryKind.Directory,
        Mode = 0b111_101_101,
    };

    private readonly HashSet<TreeEntry> _linked = new(ReferenceEqualityComparer.Instance);
    private int _entries;
    private long _nameBytes;

    /// <summary>The root directory.</summary>
    public TarTreeNode Root { get; } = new() { Path = RootPath.Root, Entry = Implied };

    /// <summary>Whether a directory is there only because something lies in it.</summary>
    public static bool IsImplied(TarTreeNode node) => ReferenceEquals(node.Entry, Implied);

    /// <summary>
    /// Adds a name to a directory; it must be free. Throws <see cref="InvalidDataException"/> beyond the limits.
    /// </summary>
    /// <param name="parent">A directory.</param>
    /// <param name="name">The name.</param>
    /// <param name="entry">What it is, or null for a directory of root's that nobody described.</param>
    public TarTreeNode Add(TarTreeNode parent, string name, TreeEntry? entry = null)
    {
        RootPath path = parent.Path.Append(name);
        if (path.Value.Length > TarTreeEntry.MaxPathBytes || Encoding.UTF8.GetByteCount(name) > TarTreeEntry.MaxNameBytes)
        {
            throw new InvalidDataException(
                $"'{path.Value[..Math.Min(path.Value.Length, 100)]}...' is longer than the name of a file can be");
        }

        if (++_entries > limits.MaxEntries)
        {
            throw new InvalidDataException($"there are more than {limits.MaxEntries} files and directories");
        }

        Charge(EntryBytes + path.Value.Length);
        TarTreeNode node = new() { Path = path, Entry = entry ?? Implied };
        (parent.Children ??= new(StringComparer.Ordinal)).Add(name, node);
        return node;
    }

    /// <summary>Counts what an entry keeps in memory besides its path.</summary>
    public void Charge(TreeEntry entry) => Charge(
        EntryBytes + (entry.LinkTarget?.Length ?? 0)
            + entry.ExtendedAttributes.Sum(attribute => (long)attribute.Name.Length + attribute.Value.Length));

    /// <summary>Notes that a file has got another name.</summary>
    public void Link(TreeEntry entry) => _linked.Add(entry);

    /// <summary>
    /// All that is there, as a <see cref="RootTree"/> wants it: of a file's names the first in order has the content.
    /// </summary>
    public RootTree ToTree()
    {
        List<TreeEntry> entries = new(_entries + 1);
        Dictionary<TreeEntry, RootPath> firstNames = new(ReferenceEqualityComparer.Instance);
        Stack<TarTreeNode> ahead = new([Root]);
        while (ahead.TryPop(out TarTreeNode? node))
        {
            entries.Add(ToEntry(node, firstNames));
            foreach ((_, TarTreeNode child) in (node.Children ?? [])
                .OrderByDescending(pair => pair.Key, StringComparer.Ordinal))
            {
                ahead.Push(child);
            }
        }

        return new RootTree(entries);
    }

    private TreeEntry ToEntry(TarTreeNode node, Dictionary<TreeEntry, RootPath> firstNames)
    {
        TreeEntry entry = node.Entry with { Path = node.Path };
        return entry.Kind == EntryKind.File && _linked.Contains(node.Entry) && !firstNames.TryAdd(node.Entry, node.Path)
            ? entry with
            {
                Kind = EntryKind.HardLink,
                LinkTarget = firstNames[node.Entry].Value,
                Content = null,
                ExtendedAttributes = [],
            }
            : entry;
    }

    private void Charge(long bytes)
    {
        _nameBytes += bytes;
        if (_nameBytes > limits.MaxNameBytes)
        {
            throw new InvalidDataException($"names and attributes take more than {limits.MaxNameBytes} bytes");
        }
    }
}

/// <summary>A name in a directory.</summary>
internal sealed class TarTreeNode
{
    /// <summary>Where it is.</summary>
    public required RootPath Path { get; init; }

    /// <summary>What it is; the path in it means nothing.</summary>
    public required TreeEntry Entry { get; set; }

    /// <summary>The number of the layer that last brought it or something in it.</summary>
    public int Layer { get; set; }

    /// <summary>The number of the layer that hid what earlier layers have in it.</summary>
    public int OpaqueLayer { get; set; }

    /// <summary>What it holds; null for nothing.</summary>
    public Dictionary<string, TarTreeNode>? Children { get; set; }
}
