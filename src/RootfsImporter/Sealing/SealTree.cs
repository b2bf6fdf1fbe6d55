using RootfsImporter.Files;

namespace RootfsImporter.Sealing;

/// <summary>
/// The entries of a tree while it is sealed: sorted, each path once, hard links always led by the entry that holds the
/// content.
/// </summary>
internal sealed class SealTree
{
    private readonly List<TreeEntry> _entries;

    // The second and later names of files with several, by the path of the first.
    private readonly Dictionary<RootPath, List<RootPath>> _furtherNames = [];

    /// <summary>
    /// Takes a tree as <see cref="Rootfs.ReadTree"/> returns it; throws <see cref="ArgumentException"/> for any other
    /// order, a missing parent or a hard link without its first name.
    /// </summary>
    public SealTree(IReadOnlyList<TreeEntry> entries)
    {
        _entries = [.. entries];
        RequireOrder(_entries);
        foreach (TreeEntry link in _entries.Where(entry => entry.Kind == EntryKind.HardLink))
        {
            TreeEntry first = Find(RootPath.Parse(link.LinkTarget)) is { Kind: EntryKind.File } file
                && file.Path < link.Path
                ? file
                : throw new ArgumentException($"{link.Path} is a hard link to {link.LinkTarget}, which is no first name");
            FurtherNames(first.Path).Add(link.Path);
        }
    }

    /// <summary>The entries as they are now.</summary>
    public IReadOnlyList<TreeEntry> Entries => _entries;

    /// <summary>The entry at a path, or null. The path is taken literally; see <see cref="Locate"/>.</summary>
    public TreeEntry? Find(RootPath path) => IndexOf(path) is int index and >= 0 ? _entries[index] : null;

    /// <summary>
    /// Where a path really lies when symbolic links lead to directories on its way, as <c>bin</c> to <c>usr/bin</c>. The
    /// last component is never followed.
    /// </summary>
    public RootPath Locate(RootPath path) => LinkWalk.Locate(path, Find);

    /// <summary>What a directory holds, at any depth.</summary>
    public IEnumerable<TreeEntry> Below(RootPath directory)
    {
        int index = IndexOf(directory);
        for (int i = index < 0 ? ~index : index + 1; i < _entries.Count && _entries[i].Path.IsAtOrBelow(directory); i++)
        {
            yield return _entries[i];
        }
    }

    /// <summary>The entry that holds a regular file's content and every name of it, or none for other kinds.</summary>
    public IReadOnlyList<TreeEntry> NamesOf(TreeEntry entry)
    {
        TreeEntry? first = entry.Kind switch
        {
            EntryKind.File => entry,
            EntryKind.HardLink => Find(RootPath.Parse(entry.LinkTarget)),
            _ => null,
        };
        return first is null
            ? []
            : [first, .. _furtherNames.GetValueOrDefault(first.Path, []).Select(path => Find(path)!)];
    }

    /// <summary>Replaces an entry by another with the same path and kind.</summary>
    public void Update(TreeEntry entry) => _entries[IndexOf(entry.Path)] = entry;

    /// <summary>Replaces every entry, in order, by one with the same path and kind.</summary>
    public void UpdateAll(Func<TreeEntry, TreeEntry> change)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            _entries[i] = change(_entries[i]);
        }
    }

    /// <summary>Inserts an entry whose path is free and whose parent is there.</summary>
    public void Insert(TreeEntry entry) => _entries.Insert(~IndexOf(entry.Path), entry);

    /// <summary>Removes paths, given in order, with all below them, and says what went.</summary>
    public IReadOnlyList<SealRemoval> Remove(IReadOnlyList<RootPath> paths)
    {
        List<SealRemoval> removals = [];
        List<TreeEntry> removed = [];
        int write = -1;
        int read = 0;
        foreach (RootPath path in paths)
        {
            int index = IndexOf(path, from: read);
            if (index < 0)
            {
                // Gone already with the directory before it.
                continue;
            }

            write = write < 0 ? index : Shift(read, index, write);
            read = index;
            do
            {
                removed.Add(_entries[read++]);
            }
            while (read < _entries.Count && _entries[read].Path.IsAtOrBelow(path));

            removals.Add(new SealRemoval(removed[^(read - index)], read - index - 1));
        }

        if (write >= 0)
        {
            write = Shift(read, _entries.Count, write);
            _entries.RemoveRange(write, _entries.Count - write);
            Promote(removed);
        }

        return removals;
    }

    /// <summary>Moves a run of entries down to <paramref name="to"/>; returns where it ends.</summary>
    private int Shift(int from, int end, int to)
    {
        for (int i = from; i < end; i++)
        {
            _entries[to++] = _entries[i];
        }

        return to;
    }

    /// <summary>Hands the content of removed first names to the next name that is left.</summary>
    private void Promote(List<TreeEntry> removed)
    {
        if (_furtherNames.Count == 0)
        {
            return;
        }

        foreach (TreeEntry link in removed.Where(entry => entry.Kind == EntryKind.HardLink))
        {
            _furtherNames.GetValueOrDefault(RootPath.Parse(link.LinkTarget))?.Remove(link.Path);
        }

        foreach (TreeEntry first in removed)
        {
            if (first.Kind == EntryKind.File
                && _furtherNames.Remove(first.Path, out List<RootPath>? names) && names.Count > 0)
            {
                Update(first with { Path = names[0] });
                foreach (RootPath name in names.Skip(1))
                {
                    Update(Find(name)! with { LinkTarget = names[0].Value });
                    FurtherNames(names[0]).Add(name);
                }
            }
        }
    }

    private List<RootPath> FurtherNames(RootPath first)
    {
        if (!_furtherNames.TryGetValue(first, out List<RootPath>? names))
        {
            _furtherNames.Add(first, names = []);
        }

        return names;
    }

    /// <summary>The index of a path, or the complement of where it belongs, as List.BinarySearch has it.</summary>
    private int IndexOf(RootPath path, int from = 0)
    {
        int low = from;
        int high = _entries.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            switch (_entries[middle].Path.CompareTo(path))
            {
                case 0: return middle;
                case < 0: low = middle + 1; break;
                default: high = middle - 1; break;
            }
        }

        return ~low;
    }

    private static void RequireOrder(List<TreeEntry> entries)
    {
        if (entries is not [{ Path.IsRoot: true, Kind: EntryKind.Directory }, ..])
        {
            throw new ArgumentException("a tree starts with its root directory");
        }

        Stack<RootPath> directories = new([RootPath.Root]);
        for (int i = 1; i < entries.Count; i++)
        {
            RootPath path = entries[i].Path;
            if (path <= entries[i - 1].Path)
            {
                throw new ArgumentException($"{path} does not follow {entries[i - 1].Path}");
            }

            while (!path.IsAtOrBelow(directories.Peek()))
            {
                directories.Pop();
            }

            // Compared by length, as it lies below: an allocation less for each of many thousand entries.
            if (Math.Max(path.Value.LastIndexOf('/'), 0) != directories.Peek().Value.Length)
            {
                throw new ArgumentException($"{path} has no directory to be in");
            }

            if (entries[i].Kind == EntryKind.Directory)
            {
                directories.Push(path);
            }
        }
    }
}

/// <summary>A removed entry, and how many went with it from below.</summary>
internal readonly record struct SealRemoval(TreeEntry Entry, int Below);
