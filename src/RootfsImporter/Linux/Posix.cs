using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;

namespace RootfsImporter.Linux;

/// <summary>
/// POSIX file calls relative to directory descriptors, through Mono.Posix. Each throws an <see cref="IOException"/>
/// that names the call, the path and the errno text; a full disk becomes a <see cref="HostException"/>.
/// </summary>
internal static class Posix
{
    private const int AtCurrentDirectory = -100;
    private const int MaxOpenAttempts = 1000;

    /// <summary>
    /// The errno of this thread's last call. Not Mono's own property: its first use loads a library, and the calls that
    /// that makes leave their own errno.
    /// </summary>
    private static Errno LastError => (Errno)Marshal.GetLastPInvokeError();

    /// <summary>Opens a host directory.</summary>
    public static SafeFileHandle OpenDirectory(string hostPath)
    {
        int descriptor = Syscall.openat(
            AtCurrentDirectory, hostPath, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
        return Handle(descriptor, "open", hostPath);
    }

    /// <summary>
    /// Takes the advisory lock (flock(2)) of a file or directory until the handle is closed; false when somebody else has
    /// it, or the file system has no such locks.
    /// </summary>
    public static bool TryLock(SafeFileHandle file)
    {
        const int ExclusiveWithoutWaiting = 2 | 4; // LOCK_EX | LOCK_NB
        return Libc.Lock(file, ExclusiveWithoutWaiting) == 0;
    }

    /// <summary>Opens a directory below a root, following links as a process inside that root would; null: none.</summary>
    public static SafeFileHandle? TryOpenDirectoryInRoot(SafeFileHandle root, string path)
    {
        int descriptor = Libc.OpenDirectoryInRoot(root, path);

        // While it goes through a "..", any rename on the host makes the kernel give up (openat2(2), EAGAIN).
        for (int attempt = 1; IsInterrupted(descriptor) && attempt < MaxOpenAttempts; attempt++)
        {
            descriptor = Libc.OpenDirectoryInRoot(root, path);
        }

        if (descriptor >= 0)
        {
            return new SafeFileHandle(descriptor, ownsHandle: true);
        }

        return LastError is Errno.ENOENT or Errno.ENOTDIR ? null : throw Failure("openat2", path);
    }

    /// <summary>Creates a file that must not exist; null when the name is taken.</summary>
    public static SafeFileHandle? TryCreateFile(SafeFileHandle directory, string name)
    {
        const OpenFlags Flags = OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOFOLLOW
            | OpenFlags.O_CLOEXEC;
        int descriptor = Syscall.openat(Descriptor(directory), name, Flags, (FilePermissions)0x180);
        return descriptor < 0 && LastError == Errno.EEXIST ? null : Handle(descriptor, "create", name);
    }

    /// <summary>Opens a regular file for reading; null when the name is absent or anything else, a link too.</summary>
    public static SafeFileHandle? TryOpenFile(SafeFileHandle directory, string name)
    {
        int descriptor = Syscall.openat(
            Descriptor(directory), name,
            OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC);
        if (descriptor < 0 && LastError is Errno.ENOENT or Errno.ELOOP or Errno.ENXIO)
        {
            return null;
        }

        SafeFileHandle file = Handle(descriptor, "open", name);
        Check(Syscall.fstat(descriptor, out Stat status), "fstat", name);
        if ((status.st_mode & FilePermissions.S_IFMT) == FilePermissions.S_IFREG)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Sets owner and permissions of a directory; false when the name is none, or a link to one.</summary>
    public static bool TrySetDirectoryMetadata(SafeFileHandle directory, string name, int mode, uint uid, uint gid)
    {
        int descriptor = Syscall.openat(
            Descriptor(directory), name,
            OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC);
        if (descriptor < 0 && LastError is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP)
        {
            return false;
        }

        using SafeFileHandle handle = Handle(descriptor, "open", name);
        Check(Syscall.fchown(descriptor, uid, gid), "fchown", name);
        Check(Syscall.fchmod(descriptor, (FilePermissions)mode), "fchmod", name);
        return true;
    }

    /// <summary>Where an open directory is, as the kernel knows it.</summary>
    public static string PathOf(SafeFileHandle directory) => ReadLink(DescriptorLink(directory));

    /// <summary>A host path that leads to whatever a descriptor is open on.</summary>
    public static string DescriptorLink(SafeFileHandle handle) =>
        "/proc/self/fd/" + Descriptor(handle).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Sets owner, permissions and modification time of an open file, in the order that keeps setuid bits.</summary>
    public static void SetMetadata(SafeFileHandle file, string name, int mode, uint uid, uint gid, long time)
    {
        int descriptor = Descriptor(file);
        Check(Syscall.fchown(descriptor, uid, gid), "fchown", name);
        Check(Syscall.fchmod(descriptor, (FilePermissions)mode), "fchmod", name);
        Check(Syscall.futimens(descriptor, Times(time)), "futimens", name);
    }

    /// <summary>Makes a directory; false when the name is taken.</summary>
    public static bool TryMakeDirectory(SafeFileHandle directory, string name) =>
        IsMade(Syscall.mkdirat(Descriptor(directory), name, (FilePermissions)0x1ED), "mkdir", name);

    /// <summary>Makes a symbolic link; false when the name is taken.</summary>
    public static bool TryMakeSymlink(SafeFileHandle directory, string name, string target) =>
        IsMade(Syscall.symlinkat(target, Descriptor(directory), name), "symlink", name);

    /// <summary>Makes a hard link; false when the name is taken.</summary>
    public static bool TryMakeLink(
        SafeFileHandle fromDirectory, string fromName, SafeFileHandle directory, string name) =>
        IsMade(
            Syscall.linkat(Descriptor(fromDirectory), fromName, Descriptor(directory), name, 0), "link", name);

    /// <summary>Makes a named pipe; false when the name is taken.</summary>
    public static bool TryMakeFifo(SafeFileHandle directory, string name) =>
        IsMade(Syscall.mkfifoat(Descriptor(directory), name, (FilePermissions)0x180), "mkfifo", name);

    /// <summary>Sets the owner of a name itself, not of what it links to.</summary>
    public static void SetOwner(SafeFileHandle directory, string name, uint uid, uint gid) =>
        Check(
            Syscall.fchownat(Descriptor(directory), name, uid, gid, AtFlags.AT_SYMLINK_NOFOLLOW), "chown", name);

    /// <summary>
    /// Sets the permissions of a named pipe, through a descriptor because fchmodat(2) would follow a link. Opened so, a
    /// pipe does not wait for somebody at its other end (fifo(7)).
    /// </summary>
    public static void SetPipeMode(SafeFileHandle directory, string name, int mode)
    {
        int descriptor = Syscall.openat(
            Descriptor(directory), name,
            OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC);
        using SafeFileHandle handle = Handle(descriptor, "open", name);
        Check(Syscall.fchmod(descriptor, (FilePermissions)mode), "fchmod", name);
    }

    /// <summary>Sets the modification time of a name itself, whole seconds.</summary>
    public static void SetTime(SafeFileHandle directory, string name, long time) =>
        Check(
            Syscall.utimensat(Descriptor(directory), name, Times(time), AtFlags.AT_SYMLINK_NOFOLLOW),
            "utimensat", name);

    /// <summary>Removes a name that is no directory; nothing when it is absent.</summary>
    public static void Unlink(SafeFileHandle directory, string name)
    {
        if (Syscall.unlinkat(Descriptor(directory), name, 0) < 0 && LastError != Errno.ENOENT)
        {
            throw Failure("unlink", name);
        }
    }

    /// <summary>Removes an empty directory; false when it is absent, not empty, in use or no directory.</summary>
    public static bool TryRemoveDirectory(SafeFileHandle directory, string name)
    {
        const AtFlags RemoveDirectory = (AtFlags)0x200;
        return Syscall.unlinkat(Descriptor(directory), name, RemoveDirectory) == 0
            || (LastError is Errno.ENOENT or Errno.ENOTEMPTY or Errno.EEXIST or Errno.ENOTDIR or Errno.EBUSY
                ? false
                : throw Failure("rmdir", name));
    }

    /// <summary>Renames within a directory, replacing what is there.</summary>
    public static void Rename(SafeFileHandle directory, string from, string to) =>
        Rename(directory, from, directory, to);

    /// <summary>Renames from one directory into another of the same file system, replacing what is there.</summary>
    public static void Rename(SafeFileHandle fromDirectory, string from, SafeFileHandle directory, string to) =>
        Check(Syscall.renameat(Descriptor(fromDirectory), from, Descriptor(directory), to), "rename", to);

    /// <summary>Sets an extended attribute of an open file.</summary>
    public static void SetExtendedAttribute(SafeFileHandle file, string path, string name, byte[] value) =>
        Check(Syscall.fsetxattr(Descriptor(file), name, value), "fsetxattr", $"{path} ({name})");

    /// <summary>What a name itself is; null when it is absent.</summary>
    public static Stat? TryStat(SafeFileHandle directory, string name)
    {
        if (Syscall.fstatat(Descriptor(directory), name, out Stat status, AtFlags.AT_SYMLINK_NOFOLLOW) == 0)
        {
            return status;
        }

        return LastError is Errno.ENOENT or Errno.ENOTDIR ? null : throw Failure("stat", name);
    }

    /// <summary>What a host path itself is.</summary>
    public static Stat Stat(string hostPath) =>
        Syscall.lstat(hostPath, out Stat status) == 0 ? status : throw Failure("lstat", hostPath);

    /// <summary>What a host path leads to at the end of its links; null when there is nothing.</summary>
    public static Stat? TryStatTarget(string hostPath)
    {
        if (Syscall.stat(hostPath, out Stat status) == 0)
        {
            return status;
        }

        return LastError is Errno.ENOENT or Errno.ENOTDIR ? null : throw Failure("stat", hostPath);
    }

    /// <summary>The text of a symbolic link.</summary>
    public static string ReadLink(string hostPath)
    {
        byte[] buffer = new byte[4096];
        long length = Syscall.readlink(hostPath, buffer);
        return length >= 0
            ? System.Text.Encoding.UTF8.GetString(buffer, 0, (int)length)
            : throw Failure("readlink", hostPath);
    }

    /// <summary>The extended attributes of a name itself: name and value, unsorted.</summary>
    public static IReadOnlyList<(string Name, byte[] Value)> ReadExtendedAttributes(string hostPath)
    {
        // The result is 0 for success, not a length as in C.
        if (Syscall.llistxattr(hostPath, out string[] names) < 0)
        {
            return LastError == Errno.EOPNOTSUPP ? [] : throw Failure("llistxattr", hostPath);
        }

        List<(string, byte[])> attributes = [];
        foreach (string name in names)
        {
            if (Syscall.lgetxattr(hostPath, name, out byte[] value) < 0)
            {
                throw Failure("lgetxattr", hostPath);
            }

            attributes.Add((name, value));
        }

        return attributes;
    }

    /// <summary>The failed call as an exception.</summary>
    public static Exception Failure(string call, string path)
    {
        Errno error = LastError;
        string text = $"{call} {path}: {Stdlib.strerror(error)}";
        return error is Errno.ENOSPC or Errno.EDQUOT
            ? new HostException(text, "free some space, or choose another place with --work-dir or --cache-dir")
            : new IOException(text, (int)error);
    }

    private static Timespec[] Times(long seconds)
    {
        Timespec time = new() { tv_sec = seconds };
        return [time, time];
    }

    private static bool IsMade(int result, string call, string name)
    {
        if (result == 0)
        {
            return true;
        }

        return LastError == Errno.EEXIST ? false : throw Failure(call, name);
    }

    private static SafeFileHandle Handle(int descriptor, string call, string path) => descriptor >= 0
        ? new SafeFileHandle(descriptor, ownsHandle: true)
        : throw Failure(call, path);

    private static bool IsInterrupted(int descriptor) =>
        descriptor < 0 && LastError is Errno.EAGAIN or Errno.EINTR;

    private static int Descriptor(SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    private static void Check(int result, string call, string path)
    {
        if (result != 0)
        {
            throw Failure(call, path);
        }
    }
}
