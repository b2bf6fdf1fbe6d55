namespace RootfsImporter.Cli.Output;

/// <summary>Who tells of the progress of a command.</summary>
internal static class Reporters
{
    /// <summary>A live display on a terminal, else plain lines. Dispose it when it can be.</summary>
    public static IProgress<BuildEvent> Create(
        TextWriter error, CommonOptions common, ColorChoice color, Verbosity verbosity, TimeProvider clock)
    {
        bool isColored = common.UsesColor(color);
        return common.IsErrorTerminal && verbosity != Verbosity.Quiet
            ? new LiveReporter(ErrorTerminal.Open(error, isColored), verbosity, clock)
            : new PlainReporter(error, verbosity, new Styles(isColored));
    }
}
