using RootfsImporter.Files;

namespace RootfsImporter.Stages;

/// <summary>Puts a tree that was read from layers into an empty root, so that more can be installed on top of it.</summary>
internal static class TreeWriter
{
    /// <summary>
    /// Makes every entry but devices and sockets, which mean nothing in an image. Times of directories are left: no
    /// comparison looks at them. Throws <see cref="HostException"/> when the disk is full.
    /// </summary>
    public static void Write(RootTree tree, Rootfs rootfs, CancellationToken cancellationToken)
    {
        foreach (TreeEntry entry in tree.Entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool isMade = entry.Kind switch
            {
                EntryKind.Directory => WriteDirectory(rootfs, entry),
                EntryKind.File => WriteFile(rootfs, entry),
                EntryKind.Symlink => rootfs.TryCreateSymlink(entry),
                EntryKind.HardLink => rootfs.TryCreateHardLink(entry),
                EntryKind.Fifo => rootfs.TryCreateFifo(entry),
                _ => true,
            };
            if (!isMade)
            {
                throw new InvalidOperationException($"{entry.Path} was there already");
            }
        }
    }

    private static bool WriteDirectory(Rootfs rootfs, TreeEntry entry)
    {
        if (entry.Path.IsRoot)
        {
            rootfs.SetDirectoryMetadata(entry);
            return true;
        }

        return rootfs.TryCreateDirectory(entry);
    }

    private static bool WriteFile(Rootfs rootfs, TreeEntry entry)
    {
        using Stream content = entry.Content!.Open();
        return rootfs.TryCreateFile(entry, content);
    }
}
