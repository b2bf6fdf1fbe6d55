using System.Diagnostics;

namespace RootfsImporter;

/// <summary>Times stages and reports their start and end.</summary>
internal sealed class StageClock
{
    private readonly IProgress<BuildEvent> _events;
    private readonly Architecture? _architecture;
    private readonly List<StageTime> _times;

    /// <summary>A clock that has timed nothing.</summary>
    public StageClock(IProgress<BuildEvent> events)
        : this(events, null, [])
    {
    }

    private StageClock(IProgress<BuildEvent> events, Architecture? architecture, List<StageTime> times)
    {
        _events = events;
        _architecture = architecture;
        _times = times;
    }

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

    /// <summary>The same clock for stages of one architecture of several.</summary>
    public StageClock Of(Architecture architecture) => new(_events, architecture, _times);

    /// <summary>Runs one stage; <paramref name="summary"/> makes the phrase that is shown at its end.</summary>
    public async Task<T> RunAsync<T>(string stage, Func<Task<T>> work, Func<T, string> summary)
    {
        _events.Report(new BuildEvent.StageStarted(stage) { Architecture = _architecture });
        long start = Stopwatch.GetTimestamp();
        T result = await work();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        lock (_times)
        {
            _times.Add(new StageTime(stage, elapsed, _architecture));
        }

        _events.Report(new BuildEvent.StageFinished(stage, elapsed, summary(result)) { Architecture = _architecture });
        return result;
    }
}
