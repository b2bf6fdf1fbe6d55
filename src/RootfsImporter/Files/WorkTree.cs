using System.Security.Cryptography;
using RootfsImporter.Linux;

namespace RootfsImporter.Files;

/// <summary>
/// A temporary directory with a root in it, gone with all that it holds when the build ends. It is in memory when that
/// is plentiful, which halves the time of a build: dpkg syncs every file that it writes.
/// </summary>
internal sealed class WorkTree : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _directory;
    private readonly MemoryMount? _memory;

    private WorkTree(string directory, MemoryMount? memory)
    {
        _directory = directory;
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
    /// Makes a directory of its own below <paramref name="parent"/>, which is made if need be. Only its owner may
    /// enter: inside are setuid programs of a system that nobody maintains.
    /// </summary>
    /// <param name="parent">Absolute path of the directory for temporary trees.</param>
    /// <param name="expectedBytes">How large the tree may become; it is in memory when four times that is free.</param>
    /// <param name="mayUseMemory">False to use the disk in any case.</param>
    public static WorkTree Create(string parent, long expectedBytes, bool mayUseMemory)
    {
        Directory.CreateDirectory(parent);
        string name = $"build-{Environment.ProcessId}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        string directory = Path.Combine(parent, name);
        Directory.CreateDirectory(directory, Private);
        long available = mayUseMemory ? HostMemory.AvailableBytes() : 0;
        MemoryMount? memory = available / 4 > expectedBytes ? MemoryMount.TryCreate(directory, available / 2) : null;
        try
        {
            return new WorkTree(directory, memory);
        }
        catch
        {
            memory?.Dispose();
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Rootfs.Dispose();
        _memory?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>Where a root directory is for another process.</summary>
/// <param name="Path">Absolute path inside the mount namespace.</param>
/// <param name="MountNamespace">The namespace's file for nsenter(1); null: this process's own.</param>
internal sealed record RootLocation(string Path, string? MountNamespace);
