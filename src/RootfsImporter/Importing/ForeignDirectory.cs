using Mono.Unix.Native;
using RootfsImporter.Files;

namespace RootfsImporter.Importing;

/// <summary>A directory of somebody else's that holds a root file system. It is only ever read.</summary>
internal static class ForeignDirectory
{
    /// <summary>
    /// Lists it as <see cref="Rootfs.ReadTree"/>. Throws <see cref="HostException"/> that names the first file or directory
    /// that this user may not read, before anything is made of the others.
    /// </summary>
    public static RootTree Read(string directory, CancellationToken cancellationToken)
    {
        try
        {
            using Rootfs rootfs = Rootfs.Open(directory);
            IReadOnlyList<TreeEntry> entries = rootfs.ReadTree();
            foreach (TreeEntry entry in entries.Where(entry => entry.Content is DiskContent))
            {
                cancellationToken.ThrowIfCancellationRequested();
                string path = ((DiskContent)entry.Content!).HostPath;
                if (Syscall.access(path, AccessModes.R_OK) != 0)
                {
                    throw Unreadable(directory, $"{path}: {Stdlib.strerror(Stdlib.GetLastError())}", null);
                }
            }

            return new RootTree(entries);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(directory, exception.Message, exception);
        }
    }

    private static HostException Unreadable(string directory, string problem, Exception? inner) => new(
        $"cannot read {directory}: {problem}",
        $"run as root, or let root read it: sudo tar -C {directory} -c . | rootfs-importer import -",
        inner);
}
