using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using RootfsImporter.Cli.Output;
using Spectre.Console;

namespace RootfsImporter.Tests.Cli;

public sealed class ReporterTests
{
    private static readonly BuildEvent[] Events =
    [
        new BuildEvent.StageStarted("resolve"),
        new BuildEvent.Detail("3 indexes"),
        new BuildEvent.StageFinished("resolve", TimeSpan.FromMilliseconds(1234), "91 packages, 22.4 MB"),
        new BuildEvent.DownloadPlanned(2, 3_000_000),
        new BuildEvent.DownloadProgress("a.deb", 1_000_000, 2_000_000),
        new BuildEvent.DownloadFinished("a.deb", 2_000_000),
        new BuildEvent.Warning("the first mirror does not answer"),
        new BuildEvent.StageStarted("configure"),
        new BuildEvent.CommandOutput("(Reading ... 5%\r(Reading ... 100%\u001b[1mSetting up \u001b[0m[libc6]\t..."),
        new BuildEvent.StageFinished("configure", TimeSpan.FromSeconds(83), ""),
    ];

    [Theory]
    [InlineData("Quiet", "warning: the first mirror does not answer\n")]
    [InlineData("Normal",
        "resolve: 91 packages, 22.4 MB (1.2 s)\n"
        + "warning: the first mirror does not answer\n"
        + "configure: (1 min 23 s)\n")]
    [InlineData("Verbose",
        "resolve: started\n"
        + "3 indexes\n"
        + "resolve: 91 packages, 22.4 MB (1.2 s)\n"
        + "download: 2 files, 3.0 MB\n"
        + "downloaded: a.deb (2.0 MB)\n"
        + "warning: the first mirror does not answer\n"
        + "configure: started\n"
        + "  | (Reading ... 100%Setting up [libc6] ...\n"
        + "configure: (1 min 23 s)\n")]
    public void Plain_lines_are_for_files_and_pipes(string verbosity, string expected)
    {
        using StringWriter writer = new();
        PlainReporter reporter = new(writer, Enum.Parse<Verbosity>(verbosity), new Styles(IsColored: false));

        Array.ForEach(Events, reporter.Report);

        Assert.Equal(expected, writer.ToString());
    }

    [Fact]
    public void Stages_of_one_architecture_of_several_say_whose_they_are()
    {
        BuildEvent[] events =
        [
            new BuildEvent.StageStarted("unpack") { Architecture = Architecture.Parse("arm64") },
            new BuildEvent.StageFinished("unpack", TimeSpan.FromSeconds(1), "9 MB") { Architecture = Architecture.Parse("arm64") },
            new BuildEvent.StageStarted("deliver"),
            new BuildEvent.StageFinished("deliver", TimeSpan.FromSeconds(2), "oci:a"),
        ];
        using StringWriter writer = new();
        Array.ForEach(events, new PlainReporter(writer, Verbosity.Normal, new Styles(IsColored: false)).Report);
        Assert.Equal("arm64 unpack: 9 MB (1.0 s)\ndeliver: oci:a (2.0 s)\n", writer.ToString());

        using Screen screen = new(columns: 60);
        using (LiveReporter reporter = new(screen.Console, Verbosity.Normal, screen.Clock))
        {
            reporter.Report(events[0]);
            reporter.Paint();
            Assert.Equal(["⠋ arm64 unpack         0.0 s"], screen.Lines);
            Array.ForEach(events[1..], reporter.Report);
        }

        Assert.Equal(
            ["✔ arm64 unpack         1.0 s  9 MB", "✔ deliver              2.0 s  oci:a"], screen.Lines);
    }

    [Fact]
    public void The_live_view_shows_what_runs_and_keeps_what_is_done()
    {
        using Screen screen = new(columns: 60);
        using (LiveReporter reporter = new(screen.Console, Verbosity.Normal, screen.Clock))
        {
            reporter.Report(Events[0]);
            reporter.Paint();
            Assert.Equal(["⠋ resolve        0.0 s"], screen.Lines);

            Array.ForEach(Events[1..5], reporter.Report);
            reporter.Report(new BuildEvent.StageStarted("unpack"));
            screen.Clock.Advance(TimeSpan.FromSeconds(2));
            reporter.Paint();
            Assert.Equal(
                [
                    "✔ resolve        1.2 s  91 packages, 22.4 MB",
                    "⠙ unpack         2.0 s",
                    "  ━━━━━━━━────────────────  33%  1.0 MB of 3.0 MB, 0 of 2 f",
                ],
                screen.Lines);

            Array.ForEach(Events[5..9], reporter.Report);
            reporter.Paint();
            Assert.Equal(
                [
                    "✔ resolve        1.2 s  91 packages, 22.4 MB",
                    "warning: the first mirror does not answer",
                    "⠹ unpack         2.0 s",
                    "⠹ configure      0.0 s",
                    "  ━━━━━━━━━━━━━━━━────────  67%  2.0 MB of 3.0 MB, 1 of 2 f",
                    "  (Reading ... 100%Setting up [libc6] ...",
                ],
                screen.Lines);
            reporter.Report(Events[9]);
        }

        Assert.Equal(
            [
                "✔ resolve        1.2 s  91 packages, 22.4 MB",
                "warning: the first mirror does not answer",
                "✔ configure 1 min 23 s",
                "✘ unpack         2.0 s",
            ],
            screen.Lines);
    }

    [Fact]
    public void Lines_that_stay_wrap_without_disturbing_the_view()
    {
        using Screen screen = new(columns: 20);
        using LiveReporter reporter = new(screen.Console, Verbosity.Normal, screen.Clock);
        reporter.Report(Events[0]);
        reporter.Paint();
        reporter.Report(new BuildEvent.Warning("a message longer than the terminal is wide"));
        reporter.Paint();
        reporter.Paint();

        Assert.Equal(
            ["warning: a message", "longer than the", "terminal is wide", "⠹ resolve        0."],
            screen.Lines);
    }

    [Fact]
    public void The_live_view_has_no_colours_when_none_are_wanted()
    {
        using Screen plain = new(columns: 60, isColored: false);
        using Screen colored = new(columns: 60, isColored: true);
        foreach (Screen screen in (Screen[])[plain, colored])
        {
            using LiveReporter reporter = new(screen.Console, Verbosity.Normal, screen.Clock);
            reporter.Report(Events[6]);
        }

        Assert.DoesNotContain("\u001b[93mwarning:", plain.Written, StringComparison.Ordinal);
        Assert.Contains("\u001b[93mwarning:", colored.Written, StringComparison.Ordinal);
    }

    /// <summary>A terminal that understands as much of ECMA-48 as the live view writes.</summary>
    private sealed class Screen : IDisposable
    {
        private readonly StringWriter _writer = new();

        public Screen(int columns, bool isColored = false) => Console = ErrorTerminal.Create(
            new Output(_writer, columns), isColored);

        public IAnsiConsole Console { get; }

        public ManualClock Clock { get; } = new();

        public string Written => _writer.ToString();

        public void Dispose() => _writer.Dispose();

        /// <summary>What is to be seen, without empty lines at the end.</summary>
        public IReadOnlyList<string> Lines
        {
            get
            {
                List<StringBuilder> lines = [new()];
                int row = 0;
                foreach (Match part in Regex.Matches(Written, @"\u001b\[([0-9;]*)([A-Za-z])|[^\r]", RegexOptions.Singleline))
                {
                    row = Apply(part, lines, row);
                }

                int last = lines.FindLastIndex(line => line.Length > 0);
                return [.. lines.Take(last + 1).Select(line => line.ToString().TrimEnd())];
            }
        }

        /// <summary>ECMA-48: CUU moves up, ED 0 erases what is below; colours are not looked at.</summary>
        private static int Apply(Match part, List<StringBuilder> lines, int row)
        {
            switch (part.Groups[2].Value)
            {
                case "A":
                    return row - int.Parse(part.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
                case "J":
                    lines.RemoveRange(row, lines.Count - row);
                    lines.Add(new());
                    return row;
                case "" when part.Value == "\n":
                    if (row + 1 == lines.Count)
                    {
                        lines.Add(new());
                    }

                    return row + 1;
                case "":
                    lines[row].Append(part.Value);
                    return row;
                default:
                    return row;
            }
        }

        private sealed class Output(TextWriter writer, int columns) : IAnsiConsoleOutput
        {
            public TextWriter Writer => writer;

            public bool IsTerminal => true;

            public int Width => columns;

            public int Height => 24;

            public void SetEncoding(Encoding encoding)
            {
            }
        }
    }

    /// <summary>A clock that stands still until it is moved, and whose timers never fire.</summary>
    private sealed class ManualClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan span) => _now += span.Ticks;

        public override long GetTimestamp() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer();

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
