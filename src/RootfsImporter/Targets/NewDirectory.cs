namespace RootfsImporter.Targets;

/// <summary>A directory of an image that appears under its name only when it is complete.</summary>
internal static class NewDirectory
{
    /// <summary>
    /// Throws <see cref="DeliveryException"/> when the directory may not be written: it holds something that is no image of
    /// this kind, or one that may not be replaced.
    /// </summary>
    /// <param name="target">The target as the user wrote it.</param>
    /// <param name="path">The directory, absolute.</param>
    /// <param name="overwrite">Whether an image in it is replaced.</param>
    /// <param name="isImage">Whether a directory holds an image of this kind.</param>
    /// <param name="isPart">Whether a file of that name belongs to such an image; nothing else is ever removed.</param>
    internal static void Check(
        string target, string path, bool overwrite, Func<string, bool> isImage, Func<string, bool> isPart)
    {
        try
        {
            if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).FirstOrDefault() is { } first)
            {
                if (!isImage(path))
                {
                    throw new DeliveryException(
                        $"cannot deliver to {target}: {path} holds {Path.GetFileName(first)} and no image",
                        "name a new directory or an empty one");
                }

                if (!overwrite)
                {
                    throw new DeliveryException(
                        $"cannot deliver to {target}: {path} exists",
                        "remove it, name another directory, or allow it to be overwritten with --overwrite");
                }

                CheckParts(target, path, isPart);
            }
            else if (File.Exists(path))
            {
                throw new DeliveryException($"cannot deliver to {target}: {path} is a file", "name a directory");
            }
        }
        catch (Exception e) when (DeliveryErrors.IsExpected(e))
        {
            throw DeliveryErrors.Wrap(target, e);
        }

        DeliveryErrors.CheckWritable(target, Path.GetDirectoryName(path)!);
    }

    /// <summary>
    /// Fills a directory beside it, then renames. Parents are made when there are none. On failure nothing is left, and what
    /// was there is there.
    /// </summary>
    internal static async Task WriteAsync(string path, Func<string, Task> fill, CancellationToken cancellationToken)
    {
        DirectoryInfo directory = new(path);
        if (directory.LinkTarget is not null)
        {
            path = directory.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        }

        string parent = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(parent);
        string beside = Path.Combine(parent, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}");
        string partial = beside + ".partial";
        Directory.CreateDirectory(partial);
        try
        {
            await fill(partial);
            cancellationToken.ThrowIfCancellationRequested();
            Replace(path, partial, beside + ".old");
        }
        finally
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }
        }
    }

    private static void CheckParts(string target, string path, Func<string, bool> isPart)
    {
        string? foreign = Directory.EnumerateFileSystemEntries(path)
            .FirstOrDefault(entry => Directory.Exists(entry) || !isPart(Path.GetFileName(entry)));
        if (foreign is not null)
        {
            throw new DeliveryException(
                $"cannot deliver to {target}: {path} holds {Path.GetFileName(foreign)} besides an image, "
                    + "and would be replaced as a whole",
                "move what is not the image's out of it, or name another directory");
        }
    }

    /// <summary>A directory that is not empty cannot be renamed over: the old one steps aside, and back on failure.</summary>
    private static void Replace(string path, string partial, string old)
    {
        bool exists = Directory.Exists(path);
        if (exists)
        {
            Directory.Move(path, old);
        }

        try
        {
            Directory.Move(partial, path);
        }
        catch when (exists)
        {
            Directory.Move(old, path);
            throw;
        }

        if (exists)
        {
            Directory.Delete(old, recursive: true);
        }
    }
}
