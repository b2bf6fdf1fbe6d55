using RootfsImporter.Files;

namespace RootfsImporter.Linking;

/// <summary>Makes a whole tree of collected files.</summary>
internal static class TreeAssembly
{
    private const int DirectoryMode = 0b111_101_101;

    /// <summary>
    /// The files in <see cref="RootPath"/> order with the root and the directories that they need (mode 0755), all of them
    /// root's. Files lie where the links among them lead. Throws <see cref="InvalidDataException"/> for a path that is
    /// to be two
    /// things.
    /// </summary>
    public static IReadOnlyList<LinkedFile> Assemble(LinkedTree tree)
    {
        Dictionary<RootPath, TreeEntry> links = tree.Files.Select(file => file.Entry)
            .Where(entry => entry.Kind == EntryKind.Symlink).ToDictionary(entry => entry.Path);
        LinkedTree located = new();
        foreach (LinkedFile file in tree.Files)
        {
            RootPath place = LinkWalk.Locate(file.Entry.Path, links.GetValueOrDefault);
            foreach (LinkReason reason in file.Reasons)
            {
                located.Put(file.Entry with { Path = place, Uid = 0, Gid = 0 }, reason);
            }
        }

        SortedDictionary<RootPath, LinkedFile> all = new(located.Files.ToDictionary(file => file.Entry.Path));
        foreach (RootPath path in all.Keys.ToArray())
        {
            AddParents(all, path);
        }

        all[RootPath.Root] = Directory(RootPath.Root);
        return [.. all.Values];
    }

    private static void AddParents(SortedDictionary<RootPath, LinkedFile> all, RootPath path)
    {
        for (RootPath parent = path.Parent; !parent.IsRoot; parent = parent.Parent)
        {
            if (!all.TryGetValue(parent, out LinkedFile? there))
            {
                all.Add(parent, Directory(parent));
            }
            else if (there.Entry.Kind != EntryKind.Directory)
            {
                throw new InvalidDataException($"{parent} is to be a file, and the directory of {path}");
            }
        }
    }

    private static LinkedFile Directory(RootPath path) => new(
        new TreeEntry { Path = path, Kind = EntryKind.Directory, Mode = DirectoryMode }, []);
}
