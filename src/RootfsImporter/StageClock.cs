using System.Diagnostics;

namespace RootfsImporter;

/// <summary>Times stages and reports their start and end.</summary>
internal sealed class StageClock(IProgress<BuildEvent> events)
{
    private readonly List<StageTime> _times = [];

    /// <summary>The finished stages, in order of their end.</summary>
    public IReadOnlyList<StageTime> Times
    {
        get
        {
            lock (_times)
            {
                return [.. _times];
            }
        }
    }

    /// <summary>Runs one stage; <paramref name="summary"/> makes the phrase that is shown at its end.</summary>
    public async Task<T> RunAsync<T>(string stage, Func<Task<T>> work, Func<T, string> summary)
    {
        events.Report(new BuildEvent.StageStarted(stage));
        long start = Stopwatch.GetTimestamp();
        T result = await work();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        lock (_times)
        {
            _times.Add(new StageTime(stage, elapsed));
        }

        events.Report(new BuildEvent.StageFinished(stage, elapsed, summary(result)));
        return result;
    }
}
