namespace RootfsImporter.Net;

/// <summary>Turns what the file system says about the cache into errors that a user can mend.</summary>
internal static class CacheErrors
{
    // errno(3); .NET keeps it in HResult where it has no exception type of its own for it.
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int QuotaExceeded = 122;

    /// <summary>Whether <see cref="Describe"/> should be used: the host refused, not a mirror.</summary>
    public static bool IsHostError(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>The error to throw for a failed operation on a file of the cache.</summary>
    public static HostException Describe(string operation, string path, Exception e) => new(
        $"{operation} {path}: {e.Message}",
        e is IOException { HResult: NoSpace or QuotaExceeded }
            ? "free some space there, or choose a cache directory on another file system"
            : e is UnauthorizedAccessException or IOException { HResult: ReadOnlyFileSystem }
                ? "choose a cache directory that you may write to"
                : "check the file system of the cache directory, or choose another cache directory",
        e);
}
