using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;
using RootfsImporter.Linux;

namespace RootfsImporter.Files;

/// <summary>
/// A directory that is the root of a system being built. Everything is written through openat2(2) with
/// RESOLVE_IN_ROOT: links inside are followed as a process inside would, and nothing can leave it. Thread safe.
/// </summary>
public sealed partial class Rootfs : IDisposable
{
    private readonly SafeFileHandle _root;
    private readonly string _rootPath;
    private readonly ConcurrentDictionary<RootPath, long> _packagedTimes = new();

    private Rootfs(string hostPath, SafeFileHandle root)
    {
        HostPath = hostPath;
        _root = root;
        _rootPath = Posix.PathOf(root);
    }

    /// <summary>Absolute host path of the root directory.</summary>
    public string HostPath { get; }

    /// <summary>Makes a new, empty root with mode 0755; the directory must not exist.</summary>
    public static Rootfs Create(string hostPath)
    {
        string absolute = Path.GetFullPath(hostPath);
        if (Path.Exists(absolute))
        {
            throw new IOException($"{absolute} exists already");
        }

        Directory.CreateDirectory(absolute, (UnixFileMode)0x1ED);
        File.SetUnixFileMode(absolute, (UnixFileMode)0x1ED);
        return new Rootfs(absolute, Posix.OpenDirectory(absolute));
    }

    /// <summary>Opens a root that exists.</summary>
    public static Rootfs Open(string hostPath)
    {
        string absolute = Path.GetFullPath(hostPath);
        return new Rootfs(absolute, Posix.OpenDirectory(absolute));
    }

    /// <summary>
    /// The modification time that a package recorded for a path of <see cref="ReadTree"/>, or null for what no package
    /// holds: the Sealer takes every other time for the time of the build.
    /// </summary>
    public long? PackagedTime(RootPath path) => _packagedTimes.TryGetValue(path, out long time) ? time : null;

    /// <summary>Notes the time that a package recorded for a path which a program inside has unpacked.</summary>
    internal void NotePackagedTime(RootPath path, long time)
    {
        using SafeFileHandle? parent = Posix.TryOpenDirectoryInRoot(_root, path.Parent.Value);
        if (parent is not null)
        {
            _packagedTimes[RealPath(parent, path)] = time;
        }
    }

    /// <summary>
    /// Takes the times of files and links that another program unpacked for those of their packages.
    /// </summary>
    /// <param name="entries">The whole tree, as <see cref="ReadTree"/> lists it now.</param>
    /// <param name="isPackaged">Whether a package brought what is at a path.</param>
    /// <param name="before">When unpacking began, seconds since 1970 UTC: what is not older was written since.</param>
    internal void TrustTimes(IReadOnlyList<TreeEntry> entries, Func<RootPath, bool> isPackaged, long before)
    {
        foreach (TreeEntry entry in entries)
        {
            if (entry.ModifiedTime < before && isPackaged(entry.Path))
            {
                _packagedTimes[entry.Path] = entry.ModifiedTime;
            }
        }
    }

    /// <summary>
    /// Makes a regular file with its content; false when the name is taken, and then nothing was read or written.
    /// </summary>
    public bool TryCreateFile(TreeEntry entry, Stream content)
    {
        using SafeFileHandle parent = OpenParent(entry.Path);
        using SafeFileHandle? file = Posix.TryCreateFile(parent, entry.Path.Name);
        if (file is null)
        {
            return false;
        }

        CopyTo(content, file);
        SetMetadata(file, entry);
        _packagedTimes[RealPath(parent, entry.Path)] = entry.ModifiedTime;
        return true;
    }

    /// <summary>Makes a directory with mode, owner and attributes; false when something has the name already.</summary>
    public bool TryCreateDirectory(TreeEntry entry)
    {
        if (entry.Path.IsRoot)
        {
            return false;
        }

        using SafeFileHandle parent = OpenParent(entry.Path);
        if (!Posix.TryMakeDirectory(parent, entry.Path.Name))
        {
            return false;
        }

        Posix.TrySetDirectoryMetadata(parent, entry.Path.Name, entry.Mode, entry.Uid, entry.Gid);
        if (entry.ExtendedAttributes.Count > 0)
        {
            using SafeFileHandle? directory = Posix.TryOpenDirectoryInRoot(_root, entry.Path.Value);
            SetAttributes(directory!, entry);
        }

        return true;
    }

    /// <summary>Makes a symbolic link; false when the name is taken.</summary>
    public bool TryCreateSymlink(TreeEntry entry)
    {
        using SafeFileHandle parent = OpenParent(entry.Path);
        if (!Posix.TryMakeSymlink(parent, entry.Path.Name, entry.LinkTarget!))
        {
            return false;
        }

        Posix.SetOwner(parent, entry.Path.Name, entry.Uid, entry.Gid);
        Posix.SetTime(parent, entry.Path.Name, entry.ModifiedTime);
        _packagedTimes[RealPath(parent, entry.Path)] = entry.ModifiedTime;
        return true;
    }

    /// <summary>Makes a further name of the file at <see cref="TreeEntry.LinkTarget"/>; false when the name is taken.</summary>
    public bool TryCreateHardLink(TreeEntry entry)
    {
        RootPath target = RootPath.Parse(entry.LinkTarget);
        using SafeFileHandle from = OpenParent(target);
        using SafeFileHandle parent = OpenParent(entry.Path);
        if (!Posix.TryMakeLink(from, target.Name, parent, entry.Path.Name))
        {
            return false;
        }

        _packagedTimes[RealPath(parent, entry.Path)] = entry.ModifiedTime;
        return true;
    }

    /// <summary>Makes a named pipe; false when the name is taken.</summary>
    public bool TryCreateFifo(TreeEntry entry)
    {
        using SafeFileHandle parent = OpenParent(entry.Path);
        if (!Posix.TryMakeFifo(parent, entry.Path.Name))
        {
            return false;
        }

        Posix.SetOwner(parent, entry.Path.Name, entry.Uid, entry.Gid);
        Posix.SetPipeMode(parent, entry.Path.Name, entry.Mode);
        Posix.SetTime(parent, entry.Path.Name, entry.ModifiedTime);
        _packagedTimes[RealPath(parent, entry.Path)] = entry.ModifiedTime;
        return true;
    }

    /// <summary>Sets mode and owner of a directory that exists, the root included, if the name itself is one.</summary>
    public void SetDirectoryMetadata(TreeEntry entry)
    {
        using SafeFileHandle parent = OpenParent(entry.Path);
        Posix.TrySetDirectoryMetadata(
            parent, entry.Path.IsRoot ? "." : entry.Path.Name, entry.Mode, entry.Uid, entry.Gid);
    }

    /// <summary>What has the name: null when nothing; links are not followed in the last component.</summary>
    public EntryKind? TryGetKind(RootPath path)
    {
        if (path.IsRoot)
        {
            return EntryKind.Directory;
        }

        using SafeFileHandle? parent = Posix.TryOpenDirectoryInRoot(_root, path.Parent.Value);
        return parent is null ? null : KindOf(Posix.TryStat(parent, path.Name));
    }

    /// <summary>Kind, mode and owner of a name itself, and nothing else of it; null when it is absent.</summary>
    public TreeEntry? TryGetEntry(RootPath path)
    {
        using SafeFileHandle? parent = Posix.TryOpenDirectoryInRoot(_root, path.Parent.Value);
        if (parent is null || Posix.TryStat(parent, path.IsRoot ? "." : path.Name) is not Stat status)
        {
            return null;
        }

        return new TreeEntry
        {
            Path = path,
            Kind = KindOf(status)!.Value,
            Mode = (int)status.st_mode & 0xFFF,
            Uid = status.st_uid,
            Gid = status.st_gid,
        };
    }

    /// <summary>What a path leads to when every link inside the root is followed; null for nothing.</summary>
    public EntryKind? TryFollow(RootPath path) => LinkWalk.Follow(path, Find) is { } end ? TryGetKind(end) : null;

    /// <summary>The text of a symbolic link, or null when the name is none.</summary>
    public string? TryReadLink(RootPath path)
    {
        using SafeFileHandle? parent = Posix.TryOpenDirectoryInRoot(_root, path.Parent.Value);
        return parent is not null && KindOf(Posix.TryStat(parent, path.Name)) == EntryKind.Symlink
            ? Posix.ReadLink($"{Posix.DescriptorLink(parent)}/{path.Name}")
            : null;
    }

    /// <summary>Whether the path leads to a directory, directly or through links inside the root.</summary>
    public bool IsDirectory(RootPath path)
    {
        using SafeFileHandle? directory = Posix.TryOpenDirectoryInRoot(_root, path.Value);
        return directory is not null;
    }

    /// <summary>The content of a regular file of at most <paramref name="maxBytes"/>; null when there is none.</summary>
    public byte[]? TryReadFile(RootPath path, int maxBytes)
    {
        using SafeFileHandle? parent = Posix.TryOpenDirectoryInRoot(_root, path.Parent.Value);
        using SafeFileHandle? file = parent is null ? null : Posix.TryOpenFile(parent, path.Name);
        if (file is null)
        {
            return null;
        }

        long length = RandomAccess.GetLength(file);
        if (length > maxBytes)
        {
            throw new InvalidDataException($"{path} has {length} bytes, more than the {maxBytes} allowed");
        }

        byte[] content = new byte[length];
        int read = RandomAccess.Read(file, content, 0);
        return content[..read];
    }

    /// <summary>Writes a file of the build's own making as root:root, replacing what has the name.</summary>
    public void WriteFile(RootPath path, ReadOnlySpan<byte> content, int mode)
    {
        const string TemporarySuffix = ".rootfs-importer-new";
        using SafeFileHandle parent = OpenParent(path);
        string temporary = path.Name + TemporarySuffix;
        Posix.Unlink(parent, temporary);
        using (SafeFileHandle file = Posix.TryCreateFile(parent, temporary)
            ?? throw new IOException($"{path} is being written by somebody else"))
        {
            WriteOrExplain(file, content, 0);
            Posix.SetMetadata(file, path.Value, mode, 0, 0, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        }

        Posix.Rename(parent, temporary, path.Name);
        _packagedTimes.TryRemove(RealPath(parent, path), out _);
    }

    /// <summary>
    /// Removes what has the name, a directory with all that it holds; false when there is nothing. Links are removed, not
    /// followed. The root itself cannot be removed.
    /// </summary>
    public bool RemoveAll(RootPath path)
    {
        using SafeFileHandle? parent = Posix.TryOpenDirectoryInRoot(_root, path.Parent.Value);
        if (path.IsRoot || parent is null || KindOf(Posix.TryStat(parent, path.Name)) is not { } kind)
        {
            return false;
        }

        if (kind == EntryKind.Directory)
        {
            Directory.Delete($"{Posix.DescriptorLink(parent)}/{path.Name}", recursive: true);
        }
        else
        {
            Posix.Unlink(parent, path.Name);
        }

        return true;
    }

    /// <summary>Removes a name that is no directory, if it is there.</summary>
    public void Remove(RootPath path)
    {
        using SafeFileHandle? parent = Posix.TryOpenDirectoryInRoot(_root, path.Parent.Value);
        if (parent is not null)
        {
            Posix.Unlink(parent, path.Name);
            _packagedTimes.TryRemove(RealPath(parent, path), out _);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        RemoveStaging();
        _root.Dispose();
    }

    internal static EntryKind? KindOf(Stat? status) => status is not Stat stat ? null
        : (stat.st_mode & FilePermissions.S_IFMT) switch
        {
            FilePermissions.S_IFREG => EntryKind.File,
            FilePermissions.S_IFDIR => EntryKind.Directory,
            FilePermissions.S_IFLNK => EntryKind.Symlink,
            FilePermissions.S_IFIFO => EntryKind.Fifo,
            FilePermissions.S_IFCHR => EntryKind.CharacterDevice,
            FilePermissions.S_IFBLK => EntryKind.BlockDevice,
            _ => EntryKind.Socket,
        };

    // In the order that keeps setuid bits and capabilities, both of which a change of owner takes away.
    private static void SetMetadata(SafeFileHandle file, TreeEntry entry)
    {
        Posix.SetMetadata(file, entry.Path.Value, entry.Mode, entry.Uid, entry.Gid, entry.ModifiedTime);
        SetAttributes(file, entry);
    }

    private static void SetAttributes(SafeFileHandle file, TreeEntry entry)
    {
        foreach (ExtendedAttribute attribute in entry.ExtendedAttributes)
        {
            Posix.SetExtendedAttribute(file, entry.Path.Value, attribute.Name, attribute.Value.ToArray());
        }
    }

    private static void CopyTo(Stream content, SafeFileHandle file)
    {
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            long offset = 0;
            int read;
            while ((read = content.Read(buffer)) > 0)
            {
                WriteOrExplain(file, buffer.AsSpan(0, read), offset);
                offset += read;
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void WriteOrExplain(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(file, bytes, offset);
        }
        catch (IOException exception) when (exception.HResult is (int)Errno.ENOSPC or (int)Errno.EDQUOT)
        {
            throw new HostException(
                $"writing a file: {exception.Message}", "free some space, or choose another --work-dir", exception);
        }
    }

    /// <summary>The path without links on the way to its last component: where <see cref="ReadTree"/> lists it.</summary>
    private RootPath RealPath(SafeFileHandle parent, RootPath path)
    {
        string directory = Posix.PathOf(parent);
        return directory.StartsWith(_rootPath, StringComparison.Ordinal)
            ? RootPath.Parse($"{directory[_rootPath.Length..]}/{path.Name}")
            : path;
    }

    private SafeFileHandle OpenParent(RootPath path)
    {
        RootPath parent = path.Parent;
        if (Posix.TryOpenDirectoryInRoot(_root, parent.Value) is SafeFileHandle open)
        {
            return open;
        }

        // An archive may leave a parent directory out; dpkg and apk then make it with the default mode.
        // When another thread made it in the meantime, it is there to be opened now.
        if (!parent.IsRoot && TryGetKind(parent) is null)
        {
            TryCreateDirectory(new TreeEntry { Path = parent, Kind = EntryKind.Directory, Mode = 0x1ED });
        }

        return Posix.TryOpenDirectoryInRoot(_root, parent.Value)
            ?? throw new IOException($"{parent} is not a directory");
    }
}
