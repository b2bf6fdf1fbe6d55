namespace RootfsImporter.TestData;

/// <summary>Keeps all events, in order.</summary>
public sealed class RecordedEvents : IProgress<BuildEvent>
{
    private readonly Lock _lock = new();
    private readonly List<BuildEvent> _events = [];

    public IReadOnlyList<BuildEvent> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    public IReadOnlyList<string> Warnings => [.. All.OfType<BuildEvent.Warning>().Select(warning => warning.Message)];

    public void Report(BuildEvent value)
    {
        lock (_lock)
        {
            _events.Add(value);
        }
    }
}
