using Microsoft.Win32.SafeHandles;
using RootfsImporter.Linux;

namespace RootfsImporter.Files;

/// <content>Removing directories.</content>
public sealed partial class Rootfs
{
    /// <summary>
    /// Removes a directory that is empty; false when it is absent, not empty, or the name itself is no directory. The root
    /// stays.
    /// </summary>
    internal bool TryRemoveDirectory(RootPath path)
    {
        using SafeFileHandle? parent = path.IsRoot ? null : Posix.TryOpenDirectoryInRoot(_root, path.Parent.Value);
        return parent is not null && Posix.TryRemoveDirectory(parent, path.Name);
    }
}
