namespace RootfsImporter.Cli.Output;

/// <summary>
/// Tells a build's progress in plain lines, for files and pipes: one a stage, and the warnings.
/// </summary>
internal sealed class PlainReporter(TextWriter error, Verbosity verbosity, Styles styles) : IProgress<BuildEvent>
{
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public void Report(BuildEvent value)
    {
        if (Line(value) is string line)
        {
            lock (_lock)
            {
                error.WriteLine(line);
            }
        }
    }

    private string? Line(BuildEvent value) => value switch
    {
        BuildEvent.Warning warning => $"{styles.Warning("warning:")} {warning.Message}",
        _ when verbosity == Verbosity.Quiet => null,
        BuildEvent.StageFinished stage =>
            $"{StageLabel.Of(stage)}: {stage.Summary}{(stage.Summary.Length > 0 ? " " : "")}"
            + styles.Dim($"({Humanize.Duration(stage.Elapsed)})"),
        _ when verbosity != Verbosity.Verbose => null,
        BuildEvent.StageStarted stage => $"{StageLabel.Of(stage)}: started",
        BuildEvent.DownloadPlanned plan =>
            $"download: {Humanize.Count(plan.Files, "file")}, {Humanize.Bytes(plan.Bytes)}",
        BuildEvent.DownloadFinished file => $"downloaded: {file.File} ({Humanize.Bytes(file.Bytes)})",
        BuildEvent.CommandOutput output => styles.Dim($"  | {TerminalText.Clean(output.Line)}"),
        BuildEvent.Detail detail => detail.Message,
        _ => null,
    };
}
