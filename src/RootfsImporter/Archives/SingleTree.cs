using RootfsImporter.Files;

namespace RootfsImporter.Archives;

/// <summary>
/// The tree of one tar, which stands for itself: each path once, nothing below anything but a directory, and no name that
/// layers take for a deletion. A directory may come after what it holds, or not at all.
/// </summary>
internal sealed class SingleTree(SpoolLimits limits)
{
    private const string WhiteoutPrefix = ".wh.";

    private readonly TarTree _tree = new(limits);
    private bool _hasRoot;

    /// <summary>Takes the next entry. Throws <see cref="InvalidDataException"/>.</summary>
    public void Add(TarEntryHeader header, FileContent? content)
    {
        RootPath path = TarTreeEntry.PathOf(header);
        TreeEntry entry = TarTreeEntry.KindOf(header) == EntryKind.HardLink
            ? Linked(header)
            : TarTreeEntry.Create(header, content);
        _tree.Charge(entry);
        if (path.IsRoot)
        {
            SetRoot(entry);
            return;
        }

        TarTreeNode parent = DirectoryFor(path);
        if (parent.Children?.GetValueOrDefault(path.Name) is not { } there)
        {
            CheckName(path, path.Name);
            _tree.Add(parent, path.Name, entry);
        }
        else if (entry.Kind == EntryKind.Directory && TarTree.IsImplied(there))
        {
            there.Entry = entry;
        }
        else
        {
            throw new InvalidDataException(
                $"'{path.Value}' is in it twice: a root file system has each path once");
        }
    }

    /// <summary>The whole tree.</summary>
    public RootTree ToTree() => _tree.ToTree();

    private static void CheckName(RootPath path, string name)
    {
        if (name.StartsWith(WhiteoutPrefix, StringComparison.Ordinal))
        {
            throw new InvalidDataException(
                $"'{path.Value}' has a name that layers reserve for deletions: it cannot be part of a base image");
        }
    }

    private void SetRoot(TreeEntry entry)
    {
        if (_hasRoot || entry.Kind != EntryKind.Directory)
        {
            throw new InvalidDataException(_hasRoot ? "the root directory is in it twice" : "its root is not a directory");
        }

        _tree.Root.Entry = entry;
        _hasRoot = true;
    }

    private TreeEntry Linked(TarEntryHeader header)
    {
        RootPath target = TarTreeEntry.LinkedPathOf(header);
        TarTreeNode? node = Find(target);
        if (node is null or { Entry.Kind: EntryKind.Directory })
        {
            throw new InvalidDataException(
                $"the hard link {TarTreeEntry.Name(header)} leads to '{target.Value}', which is no file before it");
        }

        _tree.Link(node.Entry);
        return node.Entry;
    }

    private TarTreeNode? Find(RootPath path)
    {
        TarTreeNode? node = path.IsRoot ? null : _tree.Root;
        foreach (string name in path.Value.Split('/'))
        {
            node = node?.Children?.GetValueOrDefault(name);
        }

        return node;
    }

    private TarTreeNode DirectoryFor(RootPath path)
    {
        TarTreeNode node = _tree.Root;
        string[] names = path.Value.Split('/');
        foreach (string name in names.AsSpan(0, names.Length - 1))
        {
            if (node.Children?.GetValueOrDefault(name) is not { } child)
            {
                CheckName(path, name);
                child = _tree.Add(node, name);
            }
            else if (child.Entry.Kind == EntryKind.Symlink)
            {
                throw new InvalidDataException(
                    $"'{path.Value}' escapes: it lies behind the symbolic link '{child.Path.Value}'");
            }
            else if (child.Entry.Kind != EntryKind.Directory)
            {
                throw new InvalidDataException($"'{path.Value}' lies in '{child.Path.Value}', which is no directory");
            }

            node = child;
        }

        return node;
    }
}
