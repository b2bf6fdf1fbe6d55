namespace RootfsImporter.Files;

/// <summary>A temporary file whose name is gone as soon as it is open: however this process ends, nothing is left.</summary>
internal static class NamelessFile
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>
    /// Copies a stream into one; the caller disposes it. Throws <see cref="HostException"/> when it cannot be made, and
    /// <see cref="IOException"/> while copying.
    /// </summary>
    internal static async Task<FileStream> CopyAsync(
        Stream source, string directory, CancellationToken cancellationToken)
    {
        FileStream file = Create(directory);
        try
        {
            await source.CopyToAsync(file, BufferBytes, cancellationToken);
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>An empty one in a directory; the caller disposes it. Throws <see cref="HostException"/>.</summary>
    internal static FileStream Create(string directory)
    {
        string path = Path.Combine(directory, $".rootfs-importer-{Path.GetRandomFileName()}");
        try
        {
            FileStream file = new(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            File.Delete(path);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HostException(
                $"cannot make a temporary file in {directory}: {e.Message}", "set TMPDIR to a directory with space", e);
        }
    }
}
