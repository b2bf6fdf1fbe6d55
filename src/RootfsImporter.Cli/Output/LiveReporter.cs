using Spectre.Console;

namespace RootfsImporter.Cli.Output;

/// <summary>
/// Shows a build on a terminal: what is done and what has to be known scrolls by and stays, what is being
/// done is painted over and over in the last few lines.
/// </summary>
internal sealed class LiveReporter : IProgress<BuildEvent>, IDisposable
{
    private const int BarWidth = 24;
    private const int StageWidth = 10;
    private const int TimeWidth = 10;
    private static readonly TimeSpan FramePeriod = TimeSpan.FromMilliseconds(100);
    private static readonly string[] Spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

    private readonly Lock _lock = new();
    private readonly IAnsiConsole _console;
    private readonly Verbosity _verbosity;
    private readonly TimeProvider _clock;
    private readonly DownloadMeter _meter;
    private readonly ITimer _timer;
    private readonly OrderedDictionary<string, long> _running = [];
    private readonly List<Markup> _above = [];
    private string _lastOutput = "";
    private int _stageWidth = StageWidth;
    private int _viewLines;
    private int _frame;
    private bool _isEnded;

    /// <summary>Begins to paint.</summary>
    public LiveReporter(IAnsiConsole console, Verbosity verbosity, TimeProvider clock)
    {
        _console = console;
        _verbosity = verbosity;
        _clock = clock;
        _meter = new DownloadMeter(clock);
        _timer = clock.CreateTimer(_ => Paint(), null, FramePeriod, FramePeriod);
    }

    /// <inheritdoc/>
    public void Report(BuildEvent value)
    {
        lock (_lock)
        {
            _meter.Report(value);
            if (value is BuildEvent.StageStarted started)
            {
                _stageWidth = Math.Max(_stageWidth, StageWidth + StageLabel.PrefixOf(started.Architecture).Length);
                _running.TryAdd(StageLabel.Of(started), _clock.GetTimestamp());
            }
            else if (value is BuildEvent.StageFinished finished)
            {
                _running.Remove(StageLabel.Of(finished));
                _lastOutput = "";
            }
            else if (value is BuildEvent.CommandOutput output)
            {
                _lastOutput = TerminalText.Clean(output.Line);
            }

            if (StayingLine(value) is string line)
            {
                _above.Add(new Markup(line));
            }
        }
    }

    /// <summary>Paints now. The timer does so ten times a second.</summary>
    public void Paint()
    {
        lock (_lock)
        {
            if (_isEnded)
            {
                return;
            }

            Markup[] view = [.. ViewLines().Select(line => new Markup(line))];
            if (view.Length > 0 || _viewLines > 0 || _above.Count > 0)
            {
                _console.Write(new LiveFrame(_viewLines, _above, view));
                _above.Clear();
                _viewLines = view.Length;
            }
        }
    }

    /// <summary>
    /// Ends the view: only what stays is left on the screen. A stage that still runs has failed.
    /// </summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            foreach ((string stage, long start) in _running)
            {
                _above.Add(new Markup(StageLine("[red]✘[/]", stage, Humanize.Duration(_clock.GetElapsedTime(start)))));
            }

            _running.Clear();
            _isEnded = true;
            _console.Write(new LiveFrame(_viewLines, _above, []));
        }
    }

    private string StageLine(string sign, string stage, string elapsed) =>
        $"{sign} {Markup.Escape(stage).PadRight(_stageWidth)}[dim]{elapsed,TimeWidth}[/]";

    private string? StayingLine(BuildEvent value) => value switch
    {
        BuildEvent.StageFinished stage =>
            $"{StageLine("[green]✔[/]", StageLabel.Of(stage), Humanize.Duration(stage.Elapsed))}"
            + $"  {Markup.Escape(stage.Summary)}",
        BuildEvent.Warning warning =>
            $"[yellow]warning:[/] {Markup.Escape(TerminalText.Clean(warning.Message))}",
        _ when _verbosity != Verbosity.Verbose => null,
        BuildEvent.Detail detail => $"[dim]  {Markup.Escape(TerminalText.Clean(detail.Message))}[/]",
        BuildEvent.CommandOutput output => $"[dim]  | {Markup.Escape(TerminalText.Clean(output.Line))}[/]",
        _ => null,
    };

    private IEnumerable<string> ViewLines()
    {
        string spinner = $"[cyan]{Spinner[_frame++ % Spinner.Length]}[/]";
        foreach ((string stage, long start) in _running)
        {
            yield return StageLine(spinner, stage, Humanize.Running(_clock.GetElapsedTime(start)));
        }

        if (_meter.IsActive)
        {
            yield return DownloadLine();
        }

        if (_lastOutput.Length > 0 && _running.Count > 0 && _verbosity != Verbosity.Verbose)
        {
            yield return $"  [dim]{Markup.Escape(_lastOutput)}[/]";
        }
    }

    private string DownloadLine()
    {
        long bytes = _meter.Bytes;
        long rate = _meter.Rate();
        string pace = rate > 0 ? $"[dim],[/] {Humanize.Bytes(rate)}/s" : "";
        if (_meter.PlannedBytes == 0 || _meter.PlannedFiles == 0)
        {
            return $"  {Humanize.Bytes(bytes)}{pace}";
        }

        double share = Math.Clamp((double)bytes / _meter.PlannedBytes, 0, 1);
        int filled = (int)(share * BarWidth);
        return $"  [green]{new string('━', filled)}[/][grey]{new string('─', BarWidth - filled)}[/]"
            + $" {share * 100,3:0}%  {Humanize.Bytes(bytes)} of {Humanize.Bytes(_meter.PlannedBytes)}{pace}"
            + $"[dim], {_meter.FinishedFiles} of {Humanize.Count(_meter.PlannedFiles, "file")}[/]";
    }
}
