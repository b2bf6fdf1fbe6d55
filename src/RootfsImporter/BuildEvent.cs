namespace RootfsImporter;

/// <summary>
/// Something that happened during a build, for whoever shows it. Reported synchronously from any thread through
/// <see cref="IProgress{T}"/>; receivers must be quick and thread safe.
/// </summary>
public abstract record BuildEvent
{
    private BuildEvent()
    {
    }

    /// <summary>A stage began. Stages may overlap (unpacking runs while later packages download).</summary>
    public sealed record StageStarted(string Stage) : BuildEvent
    {
        /// <summary>Whose stage it is when there are several architectures; null for a stage of all of them.</summary>
        public Architecture? Architecture { get; init; }
    }

    /// <summary>A stage ended well. <paramref name="Summary"/> is a short phrase such as <c>91 packages, 22 MB</c>.</summary>
    public sealed record StageFinished(string Stage, TimeSpan Elapsed, string Summary) : BuildEvent
    {
        /// <summary>As that of <see cref="StageStarted"/>.</summary>
        public Architecture? Architecture { get; init; }
    }

    /// <summary>The bytes that are to come from the network for packages; 0 when all are in the cache.</summary>
    public sealed record DownloadPlanned(int Files, long Bytes) : BuildEvent;

    /// <summary>A file is being downloaded: bytes so far of the total (-1 when unknown).</summary>
    public sealed record DownloadProgress(string File, long Bytes, long TotalBytes) : BuildEvent;

    /// <summary>A file's download ended.</summary>
    public sealed record DownloadFinished(string File, long Bytes) : BuildEvent;

    /// <summary>One line of output of a command inside the rootfs (maintainer scripts, dpkg).</summary>
    public sealed record CommandOutput(string Line) : BuildEvent;

    /// <summary>Something the user should know that does not stop the build.</summary>
    public sealed record Warning(string Message) : BuildEvent;

    /// <summary>A detail for <c>--verbose</c>.</summary>
    public sealed record Detail(string Message) : BuildEvent;
}
