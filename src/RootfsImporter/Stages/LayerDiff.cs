using RootfsImporter.Files;

namespace RootfsImporter.Stages;

/// <summary>
/// What a layer has to hold to turn one tree into another (OCI image-spec, layer.md, "Change Types"). A pure function.
/// </summary>
/// <remarks>
/// Times alone are no change: a file that was written again with the same bytes stays in its old layer. The directories
/// above every change are in the layer, as they are in the result: without them some runtimes make them anew, with modes of
/// their own. All names of a file are in one layer, since a hard link cannot lead into another.
/// </remarks>
internal sealed class LayerDiff
{
    private const string WhiteoutPrefix = ".wh.";

    private readonly RootTree _base;
    private readonly RootTree _built;
    private readonly RootTree _result;
    private readonly TreeNames _baseNames;
    private readonly TreeNames _builtNames;
    private readonly TreeNames _resultNames;
    private readonly SortedDictionary<RootPath, TreeEntry> _changes = [];

    private LayerDiff(RootTree @base, RootTree built, RootTree result)
    {
        _base = @base;
        _built = built;
        _result = result;
        _baseNames = new TreeNames(@base);
        _builtNames = new TreeNames(built);
        _resultNames = new TreeNames(result);
    }

    /// <summary>The entries of the layer, in order, the root not among them; none when nothing changed.</summary>
    /// <param name="base">What the layers below make.</param>
    /// <param name="built">What building on top of them left.</param>
    /// <param name="result">
    /// The same after sealing. What building did not touch stays as the base has it, whatever sealing made of it: a base of
    /// somebody else's is not to be sealed anew.
    /// </param>
    /// <param name="whiteoutTime">The time of whiteouts, seconds since 1970 UTC.</param>
    public static IReadOnlyList<TreeEntry> Of(RootTree @base, RootTree built, SealedRootfs result, long whiteoutTime)
    {
        LayerDiff diff = new(@base, built, new RootTree(result.Entries));
        diff.AddChanged();
        diff.AddRemoved(whiteoutTime);
        diff.AddDirectories();
        return [.. diff._changes.Values];
    }

    private void AddChanged()
    {
        foreach (TreeEntry entry in _result.Entries)
        {
            bool isAddedBySealing = _built.Find(entry.Path) is null && !IsMoved(entry);
            if (entry.Path.IsRoot || _changes.ContainsKey(entry.Path) || isAddedBySealing || IsUntouched(entry.Path)
                || IsSame(entry, _resultNames, _base.Find(entry.Path), _baseNames))
            {
                continue;
            }

            foreach (TreeEntry name in _resultNames.Of(entry))
            {
                _changes[name.Path] = name;
            }
        }
    }

    /// <summary>Whether a rule gave an entry another path: its content is still where it was.</summary>
    private static bool IsMoved(TreeEntry entry) => entry.Content is DiskContent;

    private bool IsUntouched(RootPath path) =>
        _built.Find(path) is { } built && IsSame(built, _builtNames, _base.Find(path), _baseNames);

    private void AddRemoved(long time)
    {
        foreach (TreeEntry gone in _base.Entries)
        {
            // What was below a directory that is gone, or is a directory no more, went with it.
            if (!IsGone(gone.Path) || !IsDirectoryInResult(gone.Path.Parent))
            {
                continue;
            }

            RootPath path = gone.Path.Parent.Append(WhiteoutPrefix + gone.Path.Name);
            _changes.Add(path, new TreeEntry
            {
                Path = path,
                Kind = EntryKind.File,
                Mode = 0,
                ModifiedTime = time,
                Content = new BytesContent(ReadOnlyMemory<byte>.Empty),
            });
        }
    }

    private bool IsGone(RootPath path) => _result.Find(path) is null && !IsUntouched(path) && !IsSpecial(path);

    /// <summary>A device or socket of a foreign base: it was never put into the tree that was built.</summary>
    private bool IsSpecial(RootPath path) =>
        _base.Find(path)!.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice or EntryKind.Socket
        && _built.Find(path) is null;

    private bool IsDirectoryInResult(RootPath path) =>
        !_changes.TryGetValue(path, out TreeEntry? changed)
            ? _base.Find(path) is { Kind: EntryKind.Directory } && !IsGone(path)
            : changed.Kind == EntryKind.Directory && _base.Find(path) is { Kind: EntryKind.Directory };

    private void AddDirectories()
    {
        foreach (RootPath path in _changes.Keys.ToArray())
        {
            for (RootPath above = path.Parent; !above.IsRoot && !_changes.ContainsKey(above); above = above.Parent)
            {
                _changes.Add(above, IsUntouched(above) ? _base.Find(above)! : _result.Find(above)!);
            }
        }
    }

    private static bool IsSame(TreeEntry entry, TreeNames names, TreeEntry? other, TreeNames otherNames)
    {
        if (other is null || entry.Kind != other.Kind || entry.Mode != other.Mode || entry.Uid != other.Uid
            || entry.Gid != other.Gid || entry.LinkTarget != other.LinkTarget
            || !HasSameAttributes(entry, other))
        {
            return false;
        }

        if (entry.Kind is not (EntryKind.File or EntryKind.HardLink))
        {
            return true;
        }

        List<TreeEntry> all = names.Of(entry);
        List<TreeEntry> others = otherNames.Of(other);
        return all.Select(name => name.Path).SequenceEqual(others.Select(name => name.Path))
            && FileContents.AreEqual(all[0].Content!, others[0].Content!);
    }

    private static bool HasSameAttributes(TreeEntry entry, TreeEntry other) =>
        entry.ExtendedAttributes.Count == other.ExtendedAttributes.Count
        && entry.ExtendedAttributes.Zip(other.ExtendedAttributes).All(pair =>
            pair.First.Name == pair.Second.Name && pair.First.Value.Span.SequenceEqual(pair.Second.Value.Span));

    /// <summary>All names of each file of a tree.</summary>
    private sealed class TreeNames
    {
        private readonly Dictionary<RootPath, List<TreeEntry>> _byFirst = [];

        public TreeNames(RootTree tree)
        {
            foreach (TreeEntry link in tree.Entries.Where(entry => entry.Kind == EntryKind.HardLink))
            {
                RootPath first = RootPath.Parse(link.LinkTarget);
                if (!_byFirst.TryGetValue(first, out List<TreeEntry>? names))
                {
                    _byFirst.Add(first, names = [tree.Find(first)!]);
                }

                names.Add(link);
            }
        }

        /// <summary>The entry and its other names, the first first.</summary>
        public List<TreeEntry> Of(TreeEntry entry)
        {
            RootPath first = entry.Kind == EntryKind.HardLink ? RootPath.Parse(entry.LinkTarget) : entry.Path;
            return _byFirst.TryGetValue(first, out List<TreeEntry>? names) ? names : [entry];
        }
    }
}
