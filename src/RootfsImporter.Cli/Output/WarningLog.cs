namespace RootfsImporter.Cli.Output;

/// <summary>Keeps a build's warnings for its result, and passes every event on.</summary>
internal sealed class WarningLog(IProgress<BuildEvent> next) : IProgress<BuildEvent>
{
    private readonly Lock _lock = new();
    private readonly List<string> _warnings = [];

    /// <summary>The warnings so far, each once.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_lock)
            {
                return [.. _warnings];
            }
        }
    }

    /// <inheritdoc/>
    public void Report(BuildEvent value)
    {
        if (value is BuildEvent.Warning warning)
        {
            lock (_lock)
            {
                if (_warnings.Contains(warning.Message))
                {
                    return;
                }

                _warnings.Add(warning.Message);
            }
        }

        next.Report(value);
    }
}
