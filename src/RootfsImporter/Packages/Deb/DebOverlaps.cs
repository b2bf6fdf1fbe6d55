using RootfsImporter.Files;

namespace RootfsImporter.Packages.Deb;

/// <summary>
/// Decides what was put off while packages were unpacked side by side: paths that more than one package ships.
/// </summary>
internal static class DebOverlaps
{
    /// <summary>
    /// Gives shared directories the mode of the package that comes first (base-files before all, then by name), and
    /// a file in two packages to the one that Replaces the other, as dpkg does. Throws
    /// <see cref="PackageFormatException"/> for a file that two packages ship without such a word between them.
    /// </summary>
    public static void Settle(Rootfs rootfs, IReadOnlyList<UnpackedDeb> packages, CancellationToken cancellationToken)
    {
        foreach (UnpackedDeb package in packages)
        {
            foreach (TreeEntry entry in package.Unplaced)
            {
                cancellationToken.ThrowIfCancellationRequested();
                SettleEntry(rootfs, packages, package, entry);
            }
        }

        SettleDirectories(rootfs, packages);
    }

    private static void SettleEntry(
        Rootfs rootfs, IReadOnlyList<UnpackedDeb> packages, UnpackedDeb package, TreeEntry entry)
    {
        if (rootfs.IsDirectory(entry.Path) && entry.Kind is EntryKind.Directory or EntryKind.Symlink)
        {
            // dpkg keeps a directory, or a link to one, where a package ships the other.
            return;
        }

        UnpackedDeb? owner = packages.FirstOrDefault(p => p != package && p.Owns(entry.Path));
        if (owner is null && entry.Kind == EntryKind.Symlink && rootfs.TryGetKind(entry.Path) == EntryKind.Symlink)
        {
            return;
        }

        if (owner is null)
        {
            throw Collision(package, entry, "an alias of it that was unpacked before");
        }

        if (package.Control.Replaces(owner.Control))
        {
            rootfs.Remove(entry.Path);
            PlaceAgain(rootfs, package, entry);
            owner.Paths.Remove(entry.Path);
        }
        else if (owner.Control.Replaces(package.Control))
        {
            package.Paths.Remove(entry.Path);
        }
        else
        {
            throw Collision(package, entry, $"{owner.Control.Package} {owner.Control.Version}");
        }
    }

    private static void PlaceAgain(Rootfs rootfs, UnpackedDeb package, TreeEntry wanted)
    {
        using DebArchive archive = DebArchive.Open(package.Package.File);
        archive.ReadControl();
        DebEntry entry = archive.ReadData().First(e => e.Tree.Path == wanted.Path);
        if (!DebEntryPlacer.TryPlace(rootfs, entry.Tree, entry.Content))
        {
            throw new InvalidDataException($"{wanted.Path} cannot be replaced: it is a directory");
        }
    }

    private static void SettleDirectories(Rootfs rootfs, IReadOnlyList<UnpackedDeb> packages)
    {
        Dictionary<RootPath, TreeEntry> first = [];
        HashSet<RootPath> disputed = [];
        foreach (TreeEntry entry in packages
            .OrderBy(p => p.Control.Package != "base-files")
            .SelectMany(p => p.Directories))
        {
            TreeEntry winner = first.TryGetValue(entry.Path, out TreeEntry? earlier) ? earlier : first[entry.Path] = entry;
            if (winner.Mode != entry.Mode || winner.Uid != entry.Uid || winner.Gid != entry.Gid)
            {
                disputed.Add(entry.Path);
            }
        }

        foreach (RootPath path in disputed)
        {
            rootfs.SetDirectoryMetadata(first[path]);
        }
    }

    private static PackageFormatException Collision(UnpackedDeb package, TreeEntry entry, string other) => new(
        $"unpacking {package.Control.Package} {package.Control.Version}: {entry.Path} is also in {other}, "
            + "and neither package Replaces the other",
        "exclude one of the two packages");
}
