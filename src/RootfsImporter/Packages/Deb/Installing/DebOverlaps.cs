using RootfsImporter.Files;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>
/// Decides what was put off while packages were unpacked side by side: paths that more than one package ships. Nothing
/// here may depend on which of them was unpacked first.
/// </summary>
internal static class DebOverlaps
{
    /// <summary>
    /// Gives each directory the mode of the package that comes first (base-files before all, then by name), and a file
    /// in several packages to the one that Replaces the others, as dpkg does. Throws
    /// <see cref="PackageFormatException"/> for a file that two packages ship without such a word between them, and for
    /// a path that is a directory in one and a link in another: what that becomes is a matter of order in dpkg.
    /// </summary>
    public static void Settle(Rootfs rootfs, IReadOnlyList<UnpackedDeb> packages, CancellationToken cancellationToken)
    {
        HashSet<RootPath> contested = [];
        foreach (UnpackedDeb package in packages)
        {
            foreach (TreeEntry entry in package.Unplaced)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!IsShared(rootfs, packages, package, entry))
                {
                    contested.Add(entry.Path);
                }
            }
        }

        foreach (RootPath path in contested.Order())
        {
            Award(rootfs, packages, path);
        }

        SettleDirectories(rootfs, packages, static _ => false);
    }

    /// <summary>
    /// Gives each directory that the packages share the mode of the one that comes first, but for those that were there
    /// before all of them.
    /// </summary>
    public static void SettleDirectories(
        Rootfs rootfs, IReadOnlyList<UnpackedDeb> packages, Func<RootPath, bool> wasThere)
    {
        // All of them, in order: one may have been made as the parent of a file, or by another of its names.
        SortedDictionary<RootPath, TreeEntry> first = [];
        foreach (TreeEntry entry in packages
            .OrderBy(p => p.Control.Package != "base-files")
            .SelectMany(p => p.Directories))
        {
            first.TryAdd(entry.Path, entry);
        }

        foreach (TreeEntry entry in first.Values.Where(entry => !wasThere(entry.Path)))
        {
            if (rootfs.TryGetKind(entry.Path) == EntryKind.Directory)
            {
                rootfs.SetDirectoryMetadata(entry);
            }
        }
    }

    /// <summary>Whether all can have it: a directory, or the same link to one.</summary>
    private static bool IsShared(
        Rootfs rootfs, IReadOnlyList<UnpackedDeb> packages, UnpackedDeb package, TreeEntry entry)
    {
        EntryKind? present = rootfs.TryGetKind(entry.Path);
        bool wantsDirectory = entry.Kind == EntryKind.Directory;
        if (present == EntryKind.Directory && wantsDirectory)
        {
            return true;
        }

        UnpackedDeb? maker = packages.FirstOrDefault(p => p.HasPlaced(entry.Path));
        if (present == EntryKind.Symlink && maker is null)
        {
            // The merged-/usr links were there before all packages.
            return wantsDirectory || entry.Kind == EntryKind.Symlink;
        }

        if (present == EntryKind.Symlink && entry.Kind == EntryKind.Symlink)
        {
            return rootfs.TryReadLink(entry.Path) == entry.LinkTarget && rootfs.IsDirectory(entry.Path);
        }

        return present == EntryKind.Directory || wantsDirectory
            ? throw Refusal(
                package, $"{entry.Path} is a {Word(entry.Kind)}, but a {Word(present!.Value)} in {NameOf(maker)}")
            : false;
    }

    /// <summary>Gives a file to one of the packages that ship it.</summary>
    private static void Award(Rootfs rootfs, IReadOnlyList<UnpackedDeb> packages, RootPath path)
    {
        List<UnpackedDeb> contenders = [.. packages.Where(p => p.Owns(path))];
        UnpackedDeb maker = contenders.FirstOrDefault(p => p.HasPlaced(path))
            ?? throw Refusal(contenders[0], $"{path} is also in another package, under another name");
        UnpackedDeb winner = contenders[0];
        foreach (UnpackedDeb next in contenders.Skip(1))
        {
            UnpackedDeb loser = next.Control.Replaces(winner.Control) ? winner
                : winner.Control.Replaces(next.Control) ? next
                : throw Refusal(next, $"{path} is also in {NameOf(winner)}, and neither package Replaces the other");
            winner = loser == winner ? next : winner;
            loser.Paths.Remove(path);
        }

        // A hard link keeps the content of its own package, whoever gets the file that it was a further name of.
        foreach (UnpackedDeb package in contenders.Where(p => p != maker).OrderBy(p => p != winner))
        {
            List<RootPath> names = [.. package.HardLinks.Where(l => l.LinkTarget == path.Value).Select(l => l.Path)];
            if (package == winner)
            {
                names.Insert(0, path);
            }

            if (names.Count > 0)
            {
                PlaceAgain(rootfs, package, path, names);
            }
        }
    }

    private static void PlaceAgain(
        Rootfs rootfs, UnpackedDeb package, RootPath path, List<RootPath> names)
    {
        using DebArchive archive = DebArchive.Open(package.Package.File);
        archive.ReadControl();

        // The content can be read only while the loop is at its entry.
        foreach (DebEntry entry in archive.ReadData())
        {
            if (entry.Tree.Path == path)
            {
                Place(rootfs, entry, names);
                return;
            }
        }
    }

    private static void Place(Rootfs rootfs, DebEntry entry, List<RootPath> names)
    {
        foreach (RootPath name in names)
        {
            rootfs.Remove(name);
            TreeEntry again = name == names[0]
                ? entry.Tree with { Path = name }
                : entry.Tree with { Path = name, Kind = EntryKind.HardLink, LinkTarget = names[0].Value };
            DebEntryPlacer.TryPlace(rootfs, again, entry.Content);
        }
    }

    private static string Word(EntryKind kind) => kind switch
    {
        EntryKind.Directory => "directory",
        EntryKind.Symlink => "link",
        _ => "file",
    };

    private static string NameOf(UnpackedDeb? package) =>
        package is null ? "another package" : $"{package.Control.Package} {package.Control.Version}";

    private static PackageFormatException Refusal(UnpackedDeb package, string problem) =>
        new($"unpacking {NameOf(package)}: {problem}", "exclude one of the two packages");
}
