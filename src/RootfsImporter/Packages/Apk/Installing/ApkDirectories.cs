using RootfsImporter.Files;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// The directories of all packages, which may share them. As in apk (apk-tools 2, src/database.c), a directory has the
/// owner with the smallest numbers that any package gives it and the permissions that all those packages allow; but one
/// that was there before and was not as a package has it stays as it is (/proc).
/// </summary>
internal sealed class ApkDirectories(Rootfs rootfs)
{
    private readonly Dictionary<RootPath, SharedDirectory> _directories = [];

    /// <summary>All of them, sorted.</summary>
    public IEnumerable<RootPath> Paths => _directories.Keys.Order();

    /// <summary>A package that has the directory, or null.</summary>
    public UnpackedApk? OwnerOf(RootPath path) => _directories.GetValueOrDefault(path)?.First;

    /// <summary>
    /// Notes one package's directory and makes it, root's until <see cref="SetPermissions"/>. False: something that is no
    /// directory has the name.
    /// </summary>
    public bool TryPlace(UnpackedApk package, TreeEntry entry)
    {
        if (_directories.TryGetValue(entry.Path, out SharedDirectory? known))
        {
            known.Wanted = Merge(known.Wanted, entry);
            return rootfs.IsDirectory(entry.Path);
        }

        bool isMade = rootfs.TryCreateDirectory(entry with { Uid = 0, Gid = 0 });
        _directories.Add(
            entry.Path,
            new SharedDirectory(package) { Wanted = entry, IsOurs = isMade || IsAs(entry) });
        return isMade || rootfs.IsDirectory(entry.Path);
    }

    /// <summary>Gives every directory its mode and owner, whatever a script made of them.</summary>
    public void SetPermissions()
    {
        foreach (SharedDirectory directory in _directories.Values.Where(directory => directory.IsOurs))
        {
            rootfs.SetDirectoryMetadata(directory.Wanted);
        }
    }

    private static TreeEntry Merge(TreeEntry one, TreeEntry other) =>
        (other.Uid, other.Gid).CompareTo((one.Uid, one.Gid)) switch
        {
            < 0 => other,
            0 => one with { Mode = one.Mode & other.Mode },
            _ => one,
        };

    private bool IsAs(TreeEntry entry) => rootfs.TryGetEntry(entry.Path) is { Kind: EntryKind.Directory } found
        && found.Mode == entry.Mode && found.Uid == entry.Uid && found.Gid == entry.Gid;

    private sealed class SharedDirectory(UnpackedApk first)
    {
        public UnpackedApk First { get; } = first;

        public required TreeEntry Wanted { get; set; }

        public required bool IsOurs { get; init; }
    }
}
