using RootfsImporter.Files;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>Puts one entry of a data archive into the root.</summary>
internal static class DebEntryPlacer
{
    /// <summary>
    /// Makes the entry; false when its name is taken, whatever by. Throws <see cref="InvalidDataException"/> for one that
    /// cannot be made, such as a file below a file.
    /// </summary>
    public static bool TryPlace(Rootfs rootfs, TreeEntry entry, Stream content)
    {
        try
        {
            return Place(rootfs, entry, content);
        }
        catch (IOException exception) when (!HostFault.Is(exception))
        {
            throw new InvalidDataException($"{entry.Path}: {exception.Message}", exception);
        }
    }

    private static bool Place(Rootfs rootfs, TreeEntry entry, Stream content) => entry.Kind switch
    {
        EntryKind.File => rootfs.TryCreateFile(entry, content),
        EntryKind.Directory => rootfs.TryCreateDirectory(entry),
        EntryKind.Symlink => rootfs.TryCreateSymlink(entry),
        EntryKind.HardLink => rootfs.TryCreateHardLink(entry),
        EntryKind.Fifo => rootfs.TryCreateFifo(entry),
        _ => throw new InvalidDataException($"{entry.Path} is a {entry.Kind}, which a base image must not hold"),
    };
}
