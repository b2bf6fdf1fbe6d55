using RootfsImporter.Files;

namespace RootfsImporter.Sandbox;

/// <summary>
/// The directories that a sandbox mounts on, where a root has none: images with nothing but a program in them. Disposing
/// removes them, so that they get into no layer.
/// </summary>
internal sealed class MountPoints : IDisposable
{
    private static readonly RootPath[] Needed = [RootPath.Parse("dev"), RootPath.Parse("proc")];

    private readonly Rootfs _rootfs;
    private readonly RootPath[] _made;

    /// <summary>Makes those that are missing.</summary>
    public MountPoints(Rootfs rootfs)
    {
        _rootfs = rootfs;
        _made =
        [
            .. Needed.Where(path => rootfs.TryCreateDirectory(
                new TreeEntry { Path = path, Kind = EntryKind.Directory, Mode = 0b111_101_101 })),
        ];
    }

    /// <summary>What something was put into stays.</summary>
    public void Dispose()
    {
        foreach (RootPath path in _made.Where(path => _rootfs.NamesIn(path).Count == 0))
        {
            _rootfs.RemoveAll(path);
        }
    }
}
