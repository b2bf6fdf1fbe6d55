using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>
/// The right to change a layout: an advisory lock (flock, which is what <see cref="FileShare.None"/> is on Unix) on
/// its <c>oci-layout</c> file, the one file that never changes. It leaves nothing behind and ends with the process.
/// </summary>
internal static class LayoutLock
{
    // EWOULDBLOCK: IOException.HResult is the errno on Unix.
    private const int WouldBlock = 11;
    private static readonly TimeSpan PollDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    /// <summary>What is in a directory before it is a layout for good, or after a delivery to it was killed.</summary>
    private static readonly string[] NamesOfBeginning =
        [OciLayout.FileName, OciLayout.BlobDirectory.Split('/')[0], LayoutDirectory.PartialName];

    /// <summary>Whether an exception means that somebody else holds the lock.</summary>
    internal static bool IsHeld(IOException exception) => exception.HResult == WouldBlock;

    /// <summary>
    /// Waits for the lock. Makes the directory, with its parents, and an empty <c>oci-layout</c> when there is none;
    /// the directories that were made are added to <paramref name="made"/>, the deepest last.
    /// </summary>
    /// <exception cref="InvalidDataException">The directory holds something else than a layout.</exception>
    internal static async Task<FileStream> AcquireAsync(
        string directory, List<string> made, CancellationToken cancellationToken)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            CheckIsLayoutOrEmpty(directory);
            if (TryOpen(directory, made) is { } stream)
            {
                return stream;
            }

            if (TimeProvider.System.GetElapsedTime(start) > Timeout)
            {
                throw new IOException($"another program has been writing to {directory} for {Timeout.TotalMinutes} minutes");
            }

            await Task.Delay(PollDelay, cancellationToken);
        }
    }

    /// <remarks>
    /// Asked without the lock: meanwhile, others may make the layout, and remove it again when they fail. So what theirs
    /// may consist of until they have it is never taken for somebody else's.
    /// </remarks>
    /// <exception cref="InvalidDataException">The directory holds something else than a layout.</exception>
    internal static void CheckIsLayoutOrEmpty(string directory)
    {
        if (FindForeign(directory) is { } foreign
            // A layout that was completed since has an index.json, and stays.
            && !File.Exists(Path.Combine(directory, OciLayout.FileName)))
        {
            throw new InvalidDataException(
                $"{directory} is not an OCI layout: it holds {foreign} and no {OciLayout.FileName}");
        }
    }

    private static string? FindForeign(string directory)
    {
        try
        {
            return File.Exists(Path.Combine(directory, OciLayout.FileName)) ? null
                : Directory.EnumerateFileSystemEntries(directory).Select(path => Path.GetFileName(path))
                    .FirstOrDefault(name => !NamesOfBeginning.Contains(name));
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static void MakeDirectory(string directory, List<string> made)
    {
        if (Directory.Exists(directory))
        {
            return;
        }

        MakeDirectory(Path.GetDirectoryName(directory)!, made);
        Directory.CreateDirectory(directory);
        made.Add(directory);
    }

    private static FileStream? TryOpen(string directory, List<string> made)
    {
        FileStream? stream = null;
        try
        {
            MakeDirectory(directory, made);
            stream = new FileStream(
                Path.Combine(directory, OciLayout.FileName),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None,
                bufferSize: 0);
            // Between opening and locking, its holder may have failed and removed a layout that it had begun.
            string? opened = new FileInfo($"/proc/self/fd/{stream.SafeFileHandle.DangerousGetHandle()}").LinkTarget;
            if (opened is null || !opened.EndsWith(" (deleted)", StringComparison.Ordinal))
            {
                return stream;
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Likewise.
        }
        catch (IOException e) when (IsHeld(e))
        {
        }
        catch
        {
            stream?.Dispose();
            throw;
        }

        stream?.Dispose();
        return null;
    }
}
