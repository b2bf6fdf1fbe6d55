using Microsoft.Win32.SafeHandles;
using RootfsImporter.Codecs;
using RootfsImporter.Linux;

namespace RootfsImporter.Files;

/// <summary>
/// A temporary directory with a root in it, gone with all that it holds when the build ends. It is in memory when that
/// is plentiful, which halves the time of a build: dpkg syncs every file that it writes.
/// </summary>
internal sealed class WorkTree : IDisposable
{
    private readonly string _directory;
    private readonly SafeFileHandle _lock;
    private readonly MemoryMount? _memory;

    private WorkTree(string directory, SafeFileHandle directoryLock, MemoryMount? memory)
    {
        _directory = directory;
        _lock = directoryLock;
        _memory = memory;
        Rootfs = Rootfs.Create(Path.Combine(memory?.OuterPath ?? directory, "rootfs"));
        Location = new RootLocation(Path.Combine(directory, "rootfs"), memory?.NamespaceFile);
    }

    /// <summary>The empty root.</summary>
    public Rootfs Rootfs { get; }

    /// <summary>Where a sandbox finds the root.</summary>
    public RootLocation Location { get; }

    /// <summary>Whether it is in memory.</summary>
    public bool IsInMemory => _memory is not null;

    /// <summary>
    /// Makes a directory of its own below <paramref name="parent"/>, which is made if need be, and removes those that
    /// killed builds left there. Only its owner may enter: inside are setuid programs of a system that nobody maintains.
    /// Throws <see cref="HostException"/> when the directory cannot be made.
    /// </summary>
    /// <param name="parent">Absolute path of the directory for temporary trees.</param>
    /// <param name="expectedBytes">How large the tree may become; it is in memory when four times that is free.</param>
    /// <param name="mayUseMemory">False to use the disk in any case.</param>
    public static WorkTree Create(string parent, long expectedBytes, bool mayUseMemory)
    {
        try
        {
            Directory.CreateDirectory(parent);
            WorkDirectories.RemoveAbandoned(parent);
            (string directory, SafeFileHandle directoryLock) = WorkDirectories.Create(parent);
            return Create(directory, directoryLock, expectedBytes, mayUseMemory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw HostDisk.Explain(exception, parent) ?? new HostException(
                $"cannot make a temporary tree in {parent}: {exception.Message}", "choose another --work-dir", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Rootfs.Dispose();
        _memory?.Dispose();
        Directory.Delete(_directory, recursive: true);
        _lock.Dispose();
    }

    private static WorkTree Create(
        string directory, SafeFileHandle directoryLock, long expectedBytes, bool mayUseMemory)
    {
        MemoryMount? memory = null;
        try
        {
            long available = mayUseMemory ? HostMemory.AvailableBytes() : 0;
            memory = available / 4 > expectedBytes ? MemoryMount.TryCreate(directory, available / 2) : null;
            return new WorkTree(directory, directoryLock, memory);
        }
        catch
        {
            memory?.Dispose();
            Directory.Delete(directory, recursive: true);
            directoryLock.Dispose();
            throw;
        }
    }
}

/// <summary>Where a root directory is for another process.</summary>
/// <param name="Path">Absolute path inside the mount namespace.</param>
/// <param name="MountNamespace">The namespace's file for nsenter(1); null: this process's own.</param>
internal sealed record RootLocation(string Path, string? MountNamespace);
