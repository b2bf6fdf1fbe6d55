using RootfsImporter.Files;

namespace RootfsImporter.Archives;

/// <summary>
/// The tree that layers make, one applied upon the other (OCI image-spec, layer.md). Where that leaves things open it does
/// what containerd does (archive/tar.go): symbolic links on the way to an entry are followed inside the root, as for a
/// process whose root it is, so that nothing ever leaves it, and an entry replaces whatever has its name, also a directory
/// with all that it holds, unless both are directories. Whiteouts hide what earlier layers brought, never what their own
/// layer brings.
/// </summary>
internal sealed class LayeredTree(SpoolLimits limits)
{
    private const string WhiteoutPrefix = ".wh.";
    private const string OpaqueName = ".wh..wh..opq";
    private const string AufsPrefix = ".wh..wh.";
    private const int MaxHops = 40;
    private const long MaxSteps = 200_000_000;

    private readonly TarTree _tree = new(limits);
    private int _layer;
    private long _steps;

    /// <summary>What comes now is of the next layer.</summary>
    public void BeginLayer() => _layer++;

    /// <summary>Takes the next entry of the layer. Throws <see cref="InvalidDataException"/>.</summary>
    public void Add(TarEntryHeader header, FileContent? content)
    {
        RootPath path = TarTreeEntry.PathOf(header);
        if (path.Name.StartsWith(WhiteoutPrefix, StringComparison.Ordinal))
        {
            ApplyWhiteout(path);
            return;
        }

        EntryKind kind = TarTreeEntry.KindOf(header);
        TreeEntry? entry = kind == EntryKind.HardLink ? null : TarTreeEntry.Create(header, content);
        if (path.IsRoot)
        {
            _tree.Root.Entry = entry is { Kind: EntryKind.Directory }
                ? entry
                : throw new InvalidDataException("its root is not a directory");
            return;
        }

        TarTreeNode parent = Walk(path.Parent, isMaking: true)!;
        if (parent.Children?.GetValueOrDefault(path.Name) is { } there)
        {
            if (kind == EntryKind.Directory && there.Entry.Kind == EntryKind.Directory)
            {
                _tree.Charge(entry!);
                (there.Entry, there.Layer) = (entry!, _layer);
                return;
            }

            parent.Children.Remove(path.Name);
        }

        entry ??= Linked(header);
        _tree.Charge(entry);
        _tree.Add(parent, path.Name, entry).Layer = _layer;
    }

    /// <summary>The whole tree.</summary>
    public RootTree ToTree() => _tree.ToTree();

    private void ApplyWhiteout(RootPath path)
    {
        string hidden = path.Name[WhiteoutPrefix.Length..];
        if (hidden is "" or "." or "..")
        {
            throw new InvalidDataException($"'{path.Value}' hides nothing that can be in a directory");
        }

        TarTreeNode? directory = Walk(path.Parent, isMaking: false);
        if (directory is null || (path.Name != OpaqueName && path.Name.StartsWith(AufsPrefix, StringComparison.Ordinal)))
        {
            return; // Nothing to hide; or a file of aufs itself, which no applier keeps.
        }

        if (path.Name == OpaqueName)
        {
            HideContent(directory);
        }
        else if (directory.Children?.GetValueOrDefault(hidden) is { } node)
        {
            Hide(directory, hidden, node);
        }
    }

    private void Hide(TarTreeNode directory, string name, TarTreeNode node)
    {
        if (node.Layer < _layer)
        {
            directory.Children!.Remove(name);
        }
        else
        {
            HideContent(node);
        }
    }

    /// <summary>Once for each directory and layer is enough, since what comes later is of this layer.</summary>
    private void HideContent(TarTreeNode directory)
    {
        if (directory.Children is null || directory.OpaqueLayer == _layer)
        {
            return;
        }

        directory.OpaqueLayer = _layer;
        foreach ((string name, TarTreeNode child) in directory.Children.ToArray())
        {
            Hide(directory, name, child);
        }
    }

    private TreeEntry Linked(TarEntryHeader header)
    {
        RootPath target = TarTreeEntry.LinkedPathOf(header);
        TarTreeNode? node = target.IsRoot
            ? null
            : Walk(target.Parent, isMaking: false)?.Children?.GetValueOrDefault(target.Name);
        if (node is null or { Entry.Kind: EntryKind.Directory })
        {
            throw new InvalidDataException(
                $"the hard link {TarTreeEntry.Name(header)} leads to '{target.Value}', which is no file of this "
                    + "or an earlier layer");
        }

        _tree.Link(node.Entry);
        return node.Entry;
    }

    /// <summary>
    /// The directory that a path leads to, links followed; what is missing is made, and <see cref="InvalidDataException"/>
    /// says when something else is in the way or links go in circles. Without making, null is the answer to all of that.
    /// </summary>
    private TarTreeNode? Walk(RootPath path, bool isMaking)
    {
        List<TarTreeNode> way = [_tree.Root];
        Stack<string> ahead = new(path.Value.Split('/').Reverse());
        for (int hops = 0; ahead.TryPop(out string? name);)
        {
            if (++_steps > MaxSteps)
            {
                throw new InvalidDataException("its paths take too many steps to follow");
            }

            if (name is "" or "." or "..")
            {
                way.RemoveRange(Math.Max(1, way.Count - 1), name is ".." && way.Count > 1 ? 1 : 0);
                continue;
            }

            TarTreeNode? child = way[^1].Children?.GetValueOrDefault(name);
            if (child is null && !isMaking)
            {
                return null;
            }

            child ??= _tree.Add(way[^1], name);
            switch (child.Entry)
            {
                case { Kind: EntryKind.Directory }:
                    child.Layer = isMaking ? _layer : child.Layer;
                    way.Add(child);
                    break;
                case { Kind: EntryKind.Symlink, LinkTarget: string target } when ++hops <= MaxHops:
                    way.RemoveRange(1, target.StartsWith('/') ? way.Count - 1 : 0);
                    foreach (string step in target.Split('/').Reverse())
                    {
                        ahead.Push(step);
                    }

                    break;
                case var _ when !isMaking:
                    return null;
                default:
                    throw new InvalidDataException(child.Entry.Kind == EntryKind.Symlink
                        ? $"'{path.Value}' leads through symbolic links that go in circles"
                        : $"a path leads through '{child.Path.Value}', which is no directory");
            }
        }

        return way[^1];
    }
}
