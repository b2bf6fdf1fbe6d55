using System.Collections.Concurrent;

namespace RootfsImporter.TestData;

/// <summary>A clock that does not wait: each timer fires at once, and the time is then what it would have been.</summary>
public sealed class InstantTime : TimeProvider
{
    private readonly ConcurrentQueue<TimeSpan> _waits = [];
    private long _elapsedTicks;

    /// <summary>What was waited for, in order.</summary>
    public IReadOnlyList<TimeSpan> Waits => [.. _waits];

    public void Advance(TimeSpan time) => Interlocked.Add(ref _elapsedTicks, time.Ticks);

    public override DateTimeOffset GetUtcNow() =>
        new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero).AddTicks(Interlocked.Read(ref _elapsedTicks));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _waits.Enqueue(dueTime);
        Advance(dueTime);
        return base.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
