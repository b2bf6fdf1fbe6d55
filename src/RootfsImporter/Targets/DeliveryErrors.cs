namespace RootfsImporter.Targets;

/// <summary>Turns what file and socket calls throw into what people are told.</summary>
internal static class DeliveryErrors
{
    // IOException.HResult is the errno on Unix for what the runtime has no exception class of.
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Whether an exception is one that <see cref="Wrap(string, Exception)"/> explains.</summary>
    internal static bool IsExpected(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or InvalidDataException;

    internal static RootfsImporterException Wrap(string target, Exception exception) =>
        Wrap(target, exception, exception.Message);

    /// <summary>
    /// Wraps the failure of a file that people did not name, by what they know instead: the directory that it is in.
    /// </summary>
    internal static RootfsImporterException Wrap(
        string target, Exception exception, string file, string directory) =>
        Wrap(target, exception, exception.Message.Replace(file, directory, StringComparison.Ordinal));

    private static RootfsImporterException Wrap(string target, Exception exception, string cause) => exception switch
    {
        IOException { HResult: NoSpaceLeft or QuotaExceeded } => new HostException(
            $"cannot deliver to {target}: {cause}", "free some space, or deliver to another disk", exception),
        UnauthorizedAccessException => new DeliveryException(
            $"cannot deliver to {target}: {cause}", "deliver to a place that you may write to", exception),
        _ => new DeliveryException($"cannot deliver to {target}: {cause}", null, exception),
    };

    /// <summary>
    /// Tries to make a file in the directory, or where the directory would have to be made. Throws
    /// <see cref="DeliveryException"/>.
    /// </summary>
    internal static void CheckWritable(string target, string directory)
    {
        string existing = directory;
        while (!Directory.Exists(existing))
        {
            if (File.Exists(existing))
            {
                throw new DeliveryException(
                    $"cannot deliver to {target}: {existing} is a file, not a directory", "name another place");
            }

            existing = Path.GetDirectoryName(existing)!;
        }

        string probe = Path.Combine(existing, $".{Path.GetRandomFileName()}.partial");
        try
        {
            using FileStream stream = new(
                probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (IsExpected(e))
        {
            throw Wrap(target, e, probe, existing);
        }
    }
}
