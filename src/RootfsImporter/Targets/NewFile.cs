using Mono.Unix.Native;
using RootfsImporter.Linux;

namespace RootfsImporter.Targets;

/// <summary>
/// A file that appears under its name only when it is complete. It is put in the place of the old one, so that must be
/// a regular file: a device or a pipe of that name would not be written to, but be gone.
/// </summary>
internal static class NewFile
{
    /// <summary>Throws <see cref="DeliveryException"/> when the file may not be written.</summary>
    internal static void Check(string target, string path, bool overwrite) => Locate(target, path, overwrite);

    /// <summary>
    /// Writes beside the file, then renames. The directory is made when there is none. On failure nothing is left; what a
    /// user can mend is thrown as <see cref="DeliveryException"/> or <see cref="HostException"/>.
    /// </summary>
    internal static async Task WriteAsync(
        string target, string path, bool overwrite, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        path = Locate(target, path, overwrite);
        string directory = Path.GetDirectoryName(path)!;
        // A random name: two programs that write the same file must not share their unfinished one.
        string partial = Path.Combine(directory, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}.partial");
        try
        {
            Directory.CreateDirectory(directory);
            await using (FileStream stream = new(
                partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous))
            {
                await write(stream);
                stream.Flush(flushToDisk: true);
            }

            cancellationToken.ThrowIfCancellationRequested();
            Rename(target, partial, path, overwrite);
        }
        catch (Exception e) when (DeliveryErrors.IsExpected(e))
        {
            throw DeliveryErrors.Wrap(target, e, partial, directory);
        }
        finally
        {
            if (File.Exists(partial))
            {
                File.Delete(partial);
            }
        }
    }

    /// <summary>Where the file is to be: at the end of the links, if it is one. Throws when it may not be there.</summary>
    private static string Locate(string target, string path, bool overwrite)
    {
        try
        {
            Stat? existing = Posix.TryStatTarget(path);
            if (existing?.st_mode is { } mode && (mode & FilePermissions.S_IFMT) != FilePermissions.S_IFREG)
            {
                throw new DeliveryException($"cannot deliver to {target}: {path} is {Describe(mode)}", "name a file");
            }

            if (existing is null && Path.EndsInDirectorySeparator(path))
            {
                throw new DeliveryException($"cannot deliver to {target}: {path} names a directory", "name a file");
            }

            if (existing is not null && !overwrite)
            {
                throw Exists(target, path);
            }

            FileInfo file = new(path);
            path = file.LinkTarget is null ? path : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        }
        catch (Exception e) when (DeliveryErrors.IsExpected(e))
        {
            throw DeliveryErrors.Wrap(target, e);
        }

        DeliveryErrors.CheckWritable(target, Path.GetDirectoryName(path)!);
        return path;
    }

    private static string Describe(FilePermissions mode) => (mode & FilePermissions.S_IFMT) switch
    {
        FilePermissions.S_IFDIR => "a directory",
        FilePermissions.S_IFIFO => "a named pipe, not a regular file",
        FilePermissions.S_IFSOCK => "a socket, not a regular file",
        _ => "a device, not a regular file",
    };

    private static void Rename(string target, string partial, string path, bool overwrite)
    {
        try
        {
            File.Move(partial, path, overwrite);
        }
        catch (IOException) when (!overwrite && File.Exists(path))
        {
            throw Exists(target, path);
        }
    }

    private static DeliveryException Exists(string target, string path) => new(
        $"cannot deliver to {target}: {path} exists",
        "remove it, name another file, or allow it to be overwritten with --overwrite");
}
