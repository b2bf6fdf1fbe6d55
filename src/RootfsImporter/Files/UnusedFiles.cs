namespace RootfsImporter.Files;

/// <summary>
/// Keeps a cache from growing for ever. A file's modification time says when it was last of use; what has not been for
/// a month is removed, at most once a day. Losing a cached file costs time and nothing else.
/// </summary>
internal static class UnusedFiles
{
    private const string Stamp = ".pruned";
    private static readonly TimeSpan Precision = TimeSpan.FromDays(1);
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    /// <summary>Notes that a cached file was of use. It may belong to somebody else; then its age stays.</summary>
    public static void Touch(string path, DateTime now)
    {
        try
        {
            if (now - File.GetLastWriteTimeUtc(path) > Precision)
            {
                File.SetLastWriteTimeUtc(path, now);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Removes what has been of no use for a month below the directories, unless that was done today.</summary>
    public static void Prune(string cacheDirectory, IReadOnlyList<string> directories, DateTime now)
    {
        string stamp = Path.Combine(cacheDirectory, Stamp);
        try
        {
            if (File.Exists(stamp) && now - File.GetLastWriteTimeUtc(stamp) < Precision)
            {
                return;
            }

            File.WriteAllText(stamp, "");
            File.SetLastWriteTimeUtc(stamp, now);
            foreach (FileInfo file in directories
                .Select(directory => new DirectoryInfo(directory))
                .Where(directory => directory.Exists)
                .SelectMany(directory => directory.EnumerateFiles("*", SearchOption.AllDirectories))
                .Where(file => now - file.LastWriteTimeUtc > KeptFor))
            {
                file.Delete();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another build prunes at this moment, or the cache is not ours to prune.
        }
    }
}
