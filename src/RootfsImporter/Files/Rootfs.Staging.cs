using System.Globalization;
using Microsoft.Win32.SafeHandles;
using RootfsImporter.Linux;

namespace RootfsImporter.Files;

/// <content>
/// Files on their way into the root. They wait in a directory beside it, where nothing that runs inside the root sees
/// them; it is on the same file system, so that each gets its place by a rename, and gone when the root is closed.
/// </content>
public sealed partial class Rootfs
{
    /// <summary>What follows the root's own name in that of the directory.</summary>
    internal const string StagingSuffix = ".staging";

    private readonly Lock _stagingLock = new();
    private SafeFileHandle? _staging;
    private int _staged;

    private string StagingPath => HostPath + StagingSuffix;

    /// <summary>Writes content that gets its place later; several threads may at once.</summary>
    internal StagedFile Stage(Stream content)
    {
        SafeFileHandle staging = OpenStaging();
        StagedFile staged = new(Interlocked.Increment(ref _staged).ToString(CultureInfo.InvariantCulture));
        using SafeFileHandle file = Posix.TryCreateFile(staging, staged.Name)
            ?? throw new IOException($"{StagingPath}/{staged.Name} is being written by somebody else");
        CopyTo(content, file);
        return staged;
    }

    /// <summary>
    /// Gives a staged file its name, mode, owner, time and extended attributes; a file or link of that name is replaced.
    /// Throws <see cref="IOException"/> when the name is a directory's.
    /// </summary>
    internal void Place(TreeEntry entry, StagedFile staged)
    {
        SafeFileHandle staging = OpenStaging();
        using SafeFileHandle parent = OpenParent(entry.Path);
        using SafeFileHandle file = Posix.TryOpenFile(staging, staged.Name)
            ?? throw new IOException($"{StagingPath}/{staged.Name} is gone");
        SetMetadata(file, entry);
        Posix.Rename(staging, staged.Name, parent, entry.Path.Name);
        _packagedTimes[RealPath(parent, entry.Path)] = entry.ModifiedTime;
    }

    /// <summary>Removes the directory with what was left without a place.</summary>
    internal void RemoveStaging()
    {
        lock (_stagingLock)
        {
            if (_staging is not null)
            {
                _staging.Dispose();
                _staging = null;
                Directory.Delete(StagingPath, recursive: true);
            }
        }
    }

    private SafeFileHandle OpenStaging()
    {
        lock (_stagingLock)
        {
            if (_staging is null)
            {
                Directory.CreateDirectory(StagingPath, (UnixFileMode)0x1C0);
                _staging = Posix.OpenDirectory(StagingPath);
            }

            return _staging;
        }
    }
}

/// <summary>A file that waits for its place.</summary>
/// <param name="Name">Its name in the directory of such files: a number.</param>
internal readonly record struct StagedFile(string Name);
