using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Database;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// The directories of all packages, which may share them. As in apk (apk-tools 2, src/database.c), a directory has the
/// owner with the smallest numbers that any package gives it and the permissions that all those packages allow; but one
/// that was there before and was not as a package has it stays as it is (/proc). One that no package has any more goes if
/// it is empty.
/// </summary>
internal sealed class ApkDirectories(Rootfs rootfs)
{
    private readonly Dictionary<RootPath, SharedDirectory> _directories = [];

    /// <summary>How many packages have a directory, or something below it.</summary>
    private readonly Dictionary<RootPath, int> _uses = [];

    private readonly HashSet<RootPath> _changed = [];

    /// <summary>All of them, in no order.</summary>
    public IEnumerable<RootPath> Paths => _directories.Keys;

    /// <summary>Those in which a package was put in place, or from which one was removed, in no order.</summary>
    public IReadOnlySet<RootPath> Changed => _changed;

    /// <summary>A package that has the directory, or null.</summary>
    public IRootApk? OwnerOf(RootPath path) => _directories.GetValueOrDefault(path)?.First;

    /// <summary>Notes the directories of a package that is there.</summary>
    public void Know(InstalledApk package, IReadOnlyCollection<TreeEntry> directories)
    {
        foreach (TreeEntry entry in directories)
        {
            if (_directories.TryGetValue(entry.Path, out SharedDirectory? known))
            {
                known.Wanted = Merge(known.Wanted, entry);
            }
            else
            {
                _directories.Add(entry.Path, new SharedDirectory(package) { Wanted = entry });
            }
        }

        Use(directories.Select(entry => entry.Path), 1);
    }

    /// <summary>
    /// Notes one package's directory and makes it, root's until <see cref="SetPermissions"/>. False: something that is no
    /// directory has the name.
    /// </summary>
    public bool TryPlace(UnpackedApk package, TreeEntry entry)
    {
        _changed.Add(entry.Path);
        Use([entry.Path], 1);
        if (!_directories.TryGetValue(entry.Path, out SharedDirectory? known))
        {
            known = new SharedDirectory(package) { Wanted = entry };
            _directories.Add(entry.Path, known);
        }

        known.IsOurs ??= rootfs.TryCreateDirectory(entry with { Uid = 0, Gid = 0 }) || IsAs(known.Wanted);
        known.Wanted = Merge(known.Wanted, entry);
        return rootfs.IsDirectory(entry.Path);
    }

    /// <summary>
    /// Gives every directory of a package that was put in place its mode and owner, whatever a script made of them.
    /// </summary>
    public void SetPermissions()
    {
        foreach (SharedDirectory directory in _directories.Values.Where(directory => directory.IsOurs == true))
        {
            rootfs.SetDirectoryMetadata(directory.Wanted);
        }
    }

    /// <summary>Notes that a package has gone, and removes those of its directories that are empty and nobody's.</summary>
    public void Forget(IReadOnlyCollection<RootPath> directories)
    {
        _changed.UnionWith(directories);
        foreach (RootPath path in Use(directories, -1).Where(path => _uses[path] == 0).OrderDescending())
        {
            _changed.Add(path);
            rootfs.TryRemoveDirectory(path);
        }
    }

    private static TreeEntry Merge(TreeEntry one, TreeEntry other) =>
        (other.Uid, other.Gid).CompareTo((one.Uid, one.Gid)) switch
        {
            < 0 => other,
            0 => one with { Mode = one.Mode & other.Mode },
            _ => one,
        };

    /// <summary>Counts directories, and all that they are in, up or down; returns what was counted.</summary>
    private HashSet<RootPath> Use(IEnumerable<RootPath> directories, int change)
    {
        HashSet<RootPath> counted = [];
        foreach (RootPath directory in directories)
        {
            for (RootPath path = directory; !path.IsRoot; path = path.Parent)
            {
                _uses[path] = _uses.GetValueOrDefault(path) + change;
                counted.Add(path);
            }
        }

        return counted;
    }

    private bool IsAs(TreeEntry entry) => rootfs.TryGetEntry(entry.Path) is { Kind: EntryKind.Directory } found
        && found.Mode == entry.Mode && found.Uid == entry.Uid && found.Gid == entry.Gid;

    private sealed class SharedDirectory(IRootApk first)
    {
        public IRootApk First { get; } = first;

        public required TreeEntry Wanted { get; set; }

        /// <summary>Whether its mode and owner are the packages' matter; null until one is put in place there.</summary>
        public bool? IsOurs { get; set; }
    }
}
