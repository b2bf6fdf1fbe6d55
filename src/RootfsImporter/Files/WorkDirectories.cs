using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;
using RootfsImporter.Linux;

namespace RootfsImporter.Files;

/// <summary>
/// The directories of builds below one that they share, such as /var/tmp. Each is locked as long as its build runs;
/// the kernel gives the lock back however the build ends, which a process id in the name could not tell: ids are used
/// again, and mean nothing outside of the container that they are of.
/// </summary>
internal static partial class WorkDirectories
{
    private const int MaxAttempts = 10;
    private const int PrivateMode = 0x1C0;
    private const string Root = "rootfs";

    /// <summary>Whoever finds one in /var/tmp sees whose it is.</summary>
    private const string Prefix = "rootfs-importer-build-";

    /// <summary>Makes one, with the lock to hold until it is removed.</summary>
    public static (string Directory, SafeFileHandle Lock) Create(string parent)
    {
        for (int attempt = 1; ; attempt++)
        {
            string id = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            string directory = Path.Combine(
                parent, $"{Prefix}{id}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");
            Directory.CreateDirectory(directory, (UnixFileMode)PrivateMode);
            SafeFileHandle? held = null;
            try
            {
                held = Posix.OpenDirectory(directory);

                // A file system without locks will do: nothing there is ever taken for abandoned.
                Posix.TryLock(held);
                if (Directory.Exists(directory))
                {
                    return (directory, held);
                }
            }
            catch (IOException) when (attempt < MaxAttempts && !Directory.Exists(directory))
            {
                // Before it was locked, another build took it for abandoned.
            }

            held?.Dispose();
        }
    }

    /// <summary>
    /// Removes what killed builds of this user left. Whatever could be anything else stays, and what cannot be removed.
    /// </summary>
    public static void RemoveAbandoned(string parent)
    {
        foreach (string directory in Directory.EnumerateDirectories(parent, Prefix + "*"))
        {
            try
            {
                if (DirectoryName().IsMatch(Path.GetFileName(directory)) && IsOwn(directory))
                {
                    RemoveIfAbandoned(directory);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Another build removes it, too; or it belongs to another user of the same namespace.
            }
        }
    }

    /// <summary>
    /// A directory that somebody else could write to may hold links that are put there while it is being removed.
    /// </summary>
    private static bool IsOwn(string directory)
    {
        Stat status = Posix.Stat(directory);
        return status.st_mode == (FilePermissions.S_IFDIR | (FilePermissions)PrivateMode)
            && status.st_uid == Syscall.geteuid();
    }

    private static void RemoveIfAbandoned(string directory)
    {
        using SafeFileHandle handle = Posix.OpenDirectory(directory);
        if (Posix.TryLock(handle)
            && Directory.EnumerateFileSystemEntries(directory).All(
                entry => Path.GetFileName(entry) is Root or Root + Rootfs.StagingSuffix))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [GeneratedRegex("^" + Prefix + "[0-9]+-[0-9a-f]{8}$")]
    private static partial Regex DirectoryName();
}
