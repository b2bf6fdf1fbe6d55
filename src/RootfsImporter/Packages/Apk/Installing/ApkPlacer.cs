using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Database;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// Puts packages into the root one after another, and knows whose each path is (apk-tools, src/database.c,
/// apk_db_install_archive_entry). What cannot be put there is a <see cref="PackageFormatException"/> that names the
/// package, and the other one when two want a path.
/// </summary>
internal sealed class ApkPlacer(Rootfs rootfs)
{
    private const string NewSuffix = ".apk-new";
    private static readonly RootPath Configuration = RootPath.Parse("etc");
    private readonly Dictionary<RootPath, PlacedFile> _files = [];
    private readonly List<(UnpackedApk Package, TreeEntry Entry)> _packageDirectories = [];
    private readonly List<(InstalledApk From, RootPath Path)> _taken = [];

    /// <summary>The directories.</summary>
    public ApkDirectories Directories { get; } = new(rootfs);

    /// <summary>All that new packages have put in place and still own: directories and the rest, in no order.</summary>
    public ILookup<IRootApk, PlacedFile> Placed => _files.Values.Where(file => file.Package is UnpackedApk)
        .Concat(_packageDirectories.Select(directory => new PlacedFile(directory.Package, directory.Entry, null)))
        .ToLookup(placed => placed.Package);

    /// <summary>The files of packages that were there before which new ones have taken.</summary>
    public ILookup<InstalledApk, RootPath> Taken => _taken.ToLookup(taken => taken.From, taken => taken.Path);

    /// <summary>
    /// Notes a package that is there. Throws <see cref="InvalidDataException"/> for a list of files that is none.
    /// </summary>
    public void Know(InstalledApk package)
    {
        IReadOnlyList<InstalledPath> paths = package.ReadPaths();
        Directories.Know(package, DirectoriesOf(paths));
        foreach (InstalledPath path in paths.Where(path => path.Entry.Kind != EntryKind.Directory))
        {
            _files[path.Entry.Path] = new PlacedFile(package, path.Entry, path.Sum);
        }
    }

    /// <summary>
    /// Removes what is left of a package (apk-tools, src/database.c, apk_db_purge_pkg): its files but for those that another
    /// one has taken, and directories that become empty and are nobody else's.
    /// </summary>
    /// <param name="package">The package, which is known.</param>
    /// <param name="isUpgrade">Whether a newer version took its place: then settings that somebody changed stay.</param>
    public void Purge(InstalledApk package, bool isUpgrade)
    {
        IReadOnlyList<InstalledPath> paths = package.ReadPaths();
        foreach (RootPath path in paths.Select(path => path.Entry.Path))
        {
            if (_files.TryGetValue(path, out PlacedFile? file) && file.Package == package)
            {
                _files.Remove(path);
                if (rootfs.TryGetKind(path) is not (null or EntryKind.Directory)
                    && !(isUpgrade && path.IsAtOrBelow(Configuration) && !IsAsRecorded(path, file)))
                {
                    rootfs.Remove(path);
                }
            }
        }

        Directories.Forget([.. DirectoriesOf(paths).Select(entry => entry.Path)]);
    }

    /// <summary>Puts a package's content in place.</summary>
    public void Place(UnpackedApk package)
    {
        ApkOwners owners = ApkOwners.Read(rootfs);
        foreach (ApkItem item in package.Items)
        {
            Attempt(package, item.Tree.Path, () =>
            {
                TreeEntry entry = owners.Resolve(item);
                if (entry.Kind == EntryKind.Directory)
                {
                    PlaceDirectory(package, entry);
                }
                else if (MayPlace(package, entry.Path))
                {
                    PlaceFile(new PlacedFile(package, entry, item.Sha1), item.Staged);
                }
            });
        }
    }

    /// <summary>
    /// Puts in place what a package has below some directories, without noting that it is installed. Those files may not be
    /// another package's.
    /// </summary>
    public void Extract(UnpackedApk package, IReadOnlyList<RootPath> directories)
    {
        ApkOwners owners = ApkOwners.Read(rootfs);
        foreach (ApkItem item in package.Items.Where(item => directories.Any(item.Tree.Path.IsAtOrBelow)))
        {
            Attempt(package, item.Tree.Path, () =>
            {
                TreeEntry entry = owners.Resolve(item);
                if (entry.Kind == EntryKind.Directory)
                {
                    rootfs.TryCreateDirectory(entry);
                }
                else if (_files.TryGetValue(entry.Path, out PlacedFile? other))
                {
                    throw Conflict(package, entry.Path, $"{other.Package} has it, too");
                }
                else
                {
                    Make(entry, item.Staged);
                }
            });
        }
    }

    private static void Attempt(UnpackedApk package, RootPath path, Action place)
    {
        try
        {
            place();
        }
        catch (IOException exception) when (!HostFault.Is(exception))
        {
            throw new PackageFormatException(
                $"installing {package}: {path}: {exception.Message}", "exclude or pin the package", exception);
        }
    }

    private static PackageFormatException Conflict(IRootApk package, RootPath path, string found) => new(
        $"installing {package}: it has {path}, but {found}",
        "the two cannot be in one system; exclude one of them, or pin a version that does not have the file");

    private static string Owner(IRootApk? package) => package?.ToString() ?? "a script";

    private static TreeEntry[] DirectoriesOf(IReadOnlyList<InstalledPath> paths) =>
        [.. paths.Select(path => path.Entry).Where(entry => entry.Kind == EntryKind.Directory)];

    private void PlaceDirectory(UnpackedApk package, TreeEntry entry)
    {
        if (!Directories.TryPlace(package, entry))
        {
            throw Conflict(
                package, entry.Path,
                $"what {Owner(_files.GetValueOrDefault(entry.Path)?.Package)} made there is no directory");
        }

        _packageDirectories.Add((package, entry));
    }

    /// <summary>
    /// Whether a package's file goes in: not where the file is of a package that replaces this one with a higher priority;
    /// throws when neither replaces the other and they are not made of one source.
    /// </summary>
    private bool MayPlace(UnpackedApk package, RootPath path)
    {
        if (!_files.TryGetValue(path, out PlacedFile? other) || other.Package.Name == package.Name
            || (package.Origin is not null && other.Package.Origin == package.Origin))
        {
            return true;
        }

        int othersPriority = Replaces(other.Package, package) ? other.Package.ReplacesPriority : -1;
        int priority = Replaces(package, other.Package) ? package.ReplacesPriority : -1;
        if (othersPriority > priority)
        {
            return false;
        }

        return priority >= 0
            ? true
            : throw Conflict(package, path, $"{other.Package} has it, too, and neither replaces the other");
    }

    /// <summary>Whether one says that files of the other may be its own (abuild's <c>replaces</c>).</summary>
    private static bool Replaces(IRootApk one, IRootApk other) => one.Replaces.Any(
        term => term.Name == other.Name && term.Names(ApkVersion.Parse(other.Version), other.Checksum));

    private void PlaceFile(PlacedFile file, StagedFile? staged)
    {
        RootPath path = file.Entry.Path;
        EntryKind? found = rootfs.TryGetKind(path);
        if (found == EntryKind.Directory)
        {
            throw Conflict(
                file.Package, path, $"what {Owner(Directories.OwnerOf(path))} made there is a directory");
        }

        if (found is not null && IsChangedConfiguration(path))
        {
            PlaceBeside(file, staged);
        }
        else
        {
            Make(file.Entry, staged);
        }

        if (_files.GetValueOrDefault(path)?.Package is InstalledApk from)
        {
            _taken.Add((from, path));
        }

        _files[path] = file;
    }

    /// <summary>
    /// Whether a path below /etc holds what no package put there: what an administrator (here: a script) made is kept, and
    /// the package's own put beside it. That is so for service scripts, too: that of those only links count is a matter of
    /// backups (apk-tools, src/app_audit.c).
    /// </summary>
    private bool IsChangedConfiguration(RootPath path) => path.IsAtOrBelow(Configuration)
        && (!_files.TryGetValue(path, out PlacedFile? owned) || !IsAsRecorded(path, owned));

    private bool IsAsRecorded(RootPath path, PlacedFile file) =>
        ApkFileSum.IsAsRecorded(rootfs, path, file.Sha1, file.Package is InstalledApk { HasShortSha256: true });

    private void PlaceBeside(PlacedFile file, StagedFile? staged)
    {
        RootPath path = file.Entry.Path;
        if (!IsAsRecorded(path, file))
        {
            Make(file.Entry with { Path = RootPath.Parse(path.Value + NewSuffix) }, staged);
        }
    }

    private void Make(TreeEntry entry, StagedFile? staged)
    {
        if (staged is not null)
        {
            rootfs.Place(entry, staged.Value);
            return;
        }

        rootfs.Remove(entry.Path);
        bool isMade = entry.Kind switch
        {
            EntryKind.Symlink => rootfs.TryCreateSymlink(entry),
            EntryKind.HardLink => rootfs.TryCreateHardLink(entry),
            EntryKind.Fifo => rootfs.TryCreateFifo(entry),
            _ => throw new InvalidOperationException($"{entry.Path} is a {entry.Kind}"),
        };
        if (!isMade)
        {
            throw new IOException("something has the name");
        }
    }
}

/// <summary>A path that a package put in place.</summary>
/// <param name="Package">Whose it is.</param>
/// <param name="Entry">The entry with the owner that it got.</param>
/// <param name="Sha1">The hash of a file's content or a link's target, or null.</param>
internal sealed record PlacedFile(IRootApk Package, TreeEntry Entry, ReadOnlyMemory<byte>? Sha1);
