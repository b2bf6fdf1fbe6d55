using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// Puts packages into the root one after another, and knows whose each path is (apk-tools, src/database.c,
/// apk_db_install_archive_entry). What cannot be put there is a <see cref="PackageFormatException"/> that names the
/// package, and the other one when two want a path.
/// </summary>
internal sealed class ApkPlacer(Rootfs rootfs)
{
    private const int MaxConfigurationBytes = 64 << 20;
    private const string NewSuffix = ".apk-new";
    private static readonly RootPath Configuration = RootPath.Parse("etc");
    private static readonly RootPath ServiceScripts = RootPath.Parse("etc/init.d");
    private readonly Dictionary<RootPath, PlacedFile> _files = [];
    private readonly List<(UnpackedApk Package, TreeEntry Entry)> _packageDirectories = [];

    /// <summary>The directories.</summary>
    public ApkDirectories Directories { get; } = new(rootfs);

    /// <summary>All that packages have put in place and still own: directories and the rest, in no order.</summary>
    public ILookup<UnpackedApk, PlacedFile> Placed => _files.Values
        .Concat(_packageDirectories.Select(directory => new PlacedFile(directory.Package, directory.Entry, null)))
        .ToLookup(placed => placed.Package);

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

    private static PackageFormatException Conflict(UnpackedApk package, RootPath path, string found) => new(
        $"installing {package}: it has {path}, but {found}",
        "the two cannot be in one system; exclude one of them, or pin a version that does not have the file");

    private static string Owner(UnpackedApk? package) => package is null ? "a script" : package.ToString();

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
    /// throws when neither replaces the other.
    /// </summary>
    private bool MayPlace(UnpackedApk package, RootPath path)
    {
        if (!_files.TryGetValue(path, out PlacedFile? other))
        {
            return true;
        }

        int othersPriority = other.Package.Replaces(package) ? ReplacesPriority(other.Package) : -1;
        int priority = package.Replaces(other.Package) ? ReplacesPriority(package) : -1;
        if (othersPriority > priority)
        {
            return false;
        }

        return priority >= 0
            ? true
            : throw Conflict(package, path, $"{other.Package} has it, too, and neither replaces the other");
    }

    private static int ReplacesPriority(UnpackedApk package) => int.TryParse(
        package.Info["replaces_priority"], NumberStyles.None, CultureInfo.InvariantCulture, out int priority)
        ? priority
        : 0;

    private void PlaceFile(PlacedFile file, StagedFile? staged)
    {
        RootPath path = file.Entry.Path;
        EntryKind? found = rootfs.TryGetKind(path);
        if (found == EntryKind.Directory)
        {
            throw Conflict(
                file.Package, path, $"what {Owner(Directories.OwnerOf(path))} made there is a directory");
        }

        if (found is not null && IsChangedConfiguration(path, found.Value))
        {
            PlaceBeside(file, staged);
        }
        else
        {
            Make(file.Entry, staged);
        }

        _files[path] = file;
    }

    /// <summary>
    /// Whether a path below /etc holds what no package put there: what an administrator (here: a script) made is kept, and
    /// the package's own put beside it. For service scripts that is so for links only, which may switch them off.
    /// </summary>
    private bool IsChangedConfiguration(RootPath path, EntryKind found)
    {
        if (!path.IsAtOrBelow(Configuration) || path.IsAtOrBelow(ServiceScripts) && found != EntryKind.Symlink)
        {
            return false;
        }

        return !_files.TryGetValue(path, out PlacedFile? owned) || !IsSame(HashOf(path), owned.Sha1);
    }

    private void PlaceBeside(PlacedFile file, StagedFile? staged)
    {
        RootPath path = file.Entry.Path;
        if (!IsSame(HashOf(path), file.Sha1))
        {
            Make(file.Entry with { Path = RootPath.Parse(path.Value + NewSuffix) }, staged);
        }
    }

    /// <summary>SHA-1, because packages have that of their files.</summary>
    private byte[]? HashOf(RootPath path)
    {
        byte[]? content = rootfs.TryReadLink(path) is string target
            ? Encoding.UTF8.GetBytes(target)
            : rootfs.TryReadFile(path, MaxConfigurationBytes);
#pragma warning disable CA5350
        return content is null ? null : SHA1.HashData(content);
#pragma warning restore CA5350
    }

    private static bool IsSame(byte[]? one, ReadOnlyMemory<byte>? other) =>
        one is not null && other is not null && other.Value.Span.SequenceEqual(one);

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
internal sealed record PlacedFile(UnpackedApk Package, TreeEntry Entry, ReadOnlyMemory<byte>? Sha1);
