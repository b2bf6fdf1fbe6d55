namespace RootfsImporter.Profiles;

/// <summary>Reads a profile file together with all that it extends, merged.</summary>
internal sealed class ProfileParents(ProfileLocator locator)
{
    /// <summary>
    /// The most files that make one profile; parents of parents that double would otherwise never end.
    /// </summary>
    public const int MaxFiles = 64;

    private readonly List<string> _chain = [];
    private int _files;

    /// <summary>
    /// The file merged over its parents, which are merged in the order of the list. <c>extends</c> itself is
    /// not part of the result. Throws <see cref="ProfileException"/> for a cycle or a parent that does not
    /// exist.
    /// </summary>
    /// <remarks>
    /// Parents of a file that names a base say what the distribution is, and nothing of the content: what
    /// <c>ubuntu-24.04</c> installs is in the base, and would be installed again on top of it.
    /// </remarks>
    public YamlNode.Mapping Read(ProfileFile file)
    {
        YamlNode.Mapping root = YamlReader.ReadFile(file.Path);
        YamlEntry? extends = root.Find(ProfileKeys.Extends);
        YamlNode.Mapping own = ProfileShorthand.Expand(root.Without(ProfileKeys.Extends));
        _chain.Add(Path.GetFullPath(file.Path));
        YamlNode.Mapping merged = own;
        if (extends is not null)
        {
            YamlNode.Mapping parents = ReadParents(extends.Value, Path.GetDirectoryName(file.Path) ?? "");
            bool hasBase = own.Find(ProfileKeys.Base) is { Value: not YamlNode.Scalar { IsNull: true } };
            merged = ProfileInheritance.Merge(hasBase ? ProfileInheritance.WithoutContent(parents) : parents, own);
        }

        _chain.RemoveAt(_chain.Count - 1);
        return merged;
    }

    private YamlNode.Mapping ReadParents(YamlNode extends, string directory)
    {
        YamlNode.Mapping merged = new(extends.Mark, []);
        IReadOnlyList<YamlNode> parents = extends is YamlNode.Sequence list ? list.Items : [extends];
        foreach (YamlNode parent in parents)
        {
            if (parent is not YamlNode.Scalar { IsNull: false } name)
            {
                throw parent.Mark.Error($"'extends' takes the name of a profile, found {parent.Kind}");
            }

            if (++_files >= MaxFiles)
            {
                throw parent.Mark.Error($"more than {MaxFiles} files make one profile");
            }

            ProfileFile file = locator.Find(name.Value, directory) ?? throw Unknown(name, directory);
            RefuseCycle(name, file);
            merged = ProfileInheritance.Merge(merged, Read(file));
        }

        return merged;
    }

    private void RefuseCycle(YamlNode.Scalar name, ProfileFile file)
    {
        int first = _chain.IndexOf(Path.GetFullPath(file.Path));
        if (first >= 0)
        {
            IEnumerable<string?> cycle =
                _chain.Skip(first).Select(Path.GetFileNameWithoutExtension).Append(file.Name);
            throw name.Mark.Error(
                $"profiles extend each other in a cycle: {string.Join(" -> ", cycle)}",
                "a profile cannot extend itself, directly or through its parents");
        }
    }

    private ProfileException Unknown(YamlNode.Scalar name, string directory) => name.Mark.Error(
        $"unknown parent '{name.Excerpt}'",
        Suggestion.Hint(name.Value, [.. locator.All(directory).Select(file => file.Name)]));
}
