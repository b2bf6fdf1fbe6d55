namespace RootfsImporter.Targets;

/// <summary>A file that appears under its name only when it is complete.</summary>
internal static class NewFile
{
    /// <summary>Throws <see cref="DeliveryException"/> when the file may not be written.</summary>
    internal static void Check(string target, string path, bool overwrite)
    {
        if (Directory.Exists(path) || Path.EndsInDirectorySeparator(path))
        {
            throw new DeliveryException($"cannot deliver to {target}: {path} is a directory", "name a file");
        }

        if (File.Exists(path) && !overwrite)
        {
            throw Exists(target, path);
        }

        DeliveryErrors.CheckWritable(target, Path.GetDirectoryName(path)!);
    }

    /// <summary>
    /// Writes beside the file, then renames. The directory is made when there is none. On failure nothing is left.
    /// </summary>
    internal static async Task WriteAsync(
        string target, string path, bool overwrite, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        string directory = Path.GetDirectoryName(path)!;
        Check(target, path, overwrite);
        Directory.CreateDirectory(directory);
        // A random name: two programs that write the same file must not share their unfinished one.
        string partial = Path.Combine(directory, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}.partial");
        try
        {
            await using (FileStream stream = new(
                partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous))
            {
                await write(stream);
                stream.Flush(flushToDisk: true);
            }

            cancellationToken.ThrowIfCancellationRequested();
            Rename(target, partial, path, overwrite);
        }
        finally
        {
            File.Delete(partial);
        }
    }

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
        $"cannot deliver to {target}: {path} exists", "remove it, name another file, or allow it to be overwritten");
}
