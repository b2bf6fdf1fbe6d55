namespace RootfsImporter.Codecs;

/// <summary>Tells a full or unwritable disk from other failures of input and output.</summary>
internal static class HostDisk
{
    // On Linux, the HResult of an IOException that has no type of its own is the errno.
    private const int ReadOnlyFileSystem = 30; // EROFS
    private const int NoSpace = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT

    /// <summary>
    /// The error to show when writing to a path failed because of the disk; null when it failed for another
    /// reason.
    /// </summary>
    public static HostException? Explain(Exception exception, string path) => exception switch
    {
        IOException { HResult: NoSpace } => new HostException(
            $"cannot write {path}: the disk is full",
            "free some space, or choose a directory on another disk",
            exception),
        IOException { HResult: QuotaExceeded } => new HostException(
            $"cannot write {path}: the disk quota is used up",
            "free some space, or choose another directory",
            exception),
        IOException { HResult: ReadOnlyFileSystem } => new HostException(
            $"cannot write {path}: the file system is read-only", "choose another directory", exception),
        UnauthorizedAccessException => new HostException(
            $"cannot write {path}: permission denied", "choose a directory that you may write to", exception),
        _ => null,
    };
}
