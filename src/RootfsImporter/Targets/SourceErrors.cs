namespace RootfsImporter.Targets;

/// <summary>Turns what file and socket calls throw while images are read into what people are told.</summary>
internal static class SourceErrors
{
    // IOException.HResult is the errno on Unix for what the runtime has no exception class of.
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Runs a part of reading a source.</summary>
    internal static async Task<T> RunAsync<T>(string source, Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (InvalidDataException e)
        {
            throw new VerificationException(
                $"cannot read {source}: {e.Message}",
                "it is damaged or something else: make it anew, or name another place", e);
        }
        catch (IOException e) when (e.HResult is NoSpaceLeft or QuotaExceeded)
        {
            throw new HostException(
                $"cannot read {source}: {e.Message}", "free some space, or set TMPDIR to a directory with more", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new FetchException($"cannot read {source}: {e.Message}", "make it readable", e);
        }
        catch (IOException e)
        {
            throw new FetchException(
                $"cannot read {source}: {e.Message}", "name a place that is there and can be read", e);
        }
    }
}
