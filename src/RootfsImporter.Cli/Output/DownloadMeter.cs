namespace RootfsImporter.Cli.Output;

/// <summary>
/// How far downloads are and how fast they run. Not thread safe: the reporter's lock guards it.
/// </summary>
internal sealed class DownloadMeter(TimeProvider clock)
{
    /// <summary>
    /// The rate is that of the last seconds: long enough to be calm, short enough to show a stall.
    /// </summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Lingering = TimeSpan.FromSeconds(0.5);

    private readonly Dictionary<string, long> _running = new(StringComparer.Ordinal);
    private readonly Queue<(long Time, long Bytes)> _samples = [];
    private long _finishedBytes;
    private long _lastReport;

    /// <summary>The files that are to come; 0 before that is known.</summary>
    public int PlannedFiles { get; private set; }

    /// <summary>Their bytes.</summary>
    public long PlannedBytes { get; private set; }

    /// <summary>The files that came.</summary>
    public int FinishedFiles { get; private set; }

    /// <summary>The bytes that came, those of unfinished files included.</summary>
    public long Bytes => _finishedBytes + _running.Values.Sum();

    /// <summary>
    /// Whether there is something to show: a plan that is not fulfilled, a file on its way, or one that came
    /// just now (small files come and go between two frames).
    /// </summary>
    public bool IsActive => FinishedFiles < PlannedFiles || _running.Count > 0
        || (PlannedFiles == 0 && FinishedFiles > 0 && clock.GetElapsedTime(_lastReport) < Lingering);

    /// <summary>Takes an event into account.</summary>
    public void Report(BuildEvent value)
    {
        switch (value)
        {
            case BuildEvent.DownloadPlanned plan:
                // What came before (the indexes) is not part of the plan.
                _finishedBytes = 0;
                FinishedFiles = 0;
                _running.Clear();
                _samples.Clear();
                (PlannedFiles, PlannedBytes) = (plan.Files, plan.Bytes);
                break;
            case BuildEvent.DownloadProgress progress:
                _running[progress.File] = progress.Bytes;
                break;
            case BuildEvent.DownloadFinished file:
                _running.Remove(file.File);
                _finishedBytes += file.Bytes;
                _lastReport = clock.GetTimestamp();
                FinishedFiles++;
                break;
        }
    }

    /// <summary>The bytes a second of the last seconds; called once a frame.</summary>
    public long Rate()
    {
        long now = clock.GetTimestamp();
        _samples.Enqueue((now, Bytes));
        while (_samples.Count > 2 && clock.GetElapsedTime(_samples.Peek().Time, now) > Window)
        {
            _samples.Dequeue();
        }

        (long time, long bytes) = _samples.Peek();
        double seconds = clock.GetElapsedTime(time, now).TotalSeconds;
        return seconds > 0.2 ? Math.Max(0, (long)((Bytes - bytes) / seconds)) : 0;
    }
}
