using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;

namespace RootfsImporter.Cli.Output;

/// <summary>An error as a program reads it, with <c>--format json</c>, in place of the result.</summary>
internal sealed record ErrorDocument(ErrorDetails Error);

/// <summary>What an <see cref="ErrorDocument"/> holds.</summary>
internal sealed record ErrorDetails(string Message, string? Hint, int ExitCode);

/// <summary>
/// Prints what went wrong: for people on standard error, and with <c>--format json</c> also as a document on
/// standard output, so that there is exactly one document however a command ends.
/// </summary>
internal sealed class ErrorReport(InvocationConfiguration invocation, ParseResult parse, CommonOptions common)
{
    private readonly Styles _styles = new(common.UsesColor(ValueOf(parse, common.Color)));
    private readonly OutputFormat _format = ValueOf(parse, common.Format);

    /// <summary>Prints an error; returns its exit code.</summary>
    public int Write(string message, string? hint, int exitCode)
    {
        invocation.Error.WriteLine($"{_styles.Error("error:")} {message}");
        if (hint is not null)
        {
            invocation.Error.WriteLine($"{_styles.Hint("hint:")} {hint}");
        }

        if (_format == OutputFormat.Json)
        {
            invocation.Output.WriteLine(JsonSerializer.Serialize(
                new ErrorDocument(new ErrorDetails(message, hint, exitCode)), CliJson.Writer.ErrorDocument));
        }

        return exitCode;
    }

    /// <summary>Prints what is wrong with a command line.</summary>
    public int WriteUsage(IReadOnlyList<ParseError> errors, int exitCode)
    {
        string command = string.Join(' ', Path(parse.CommandResult));
        return Write(
            string.Join("; ", errors.Where(e => !IsFollowUp(e)).Select(e => e.Message.TrimEnd('.'))),
            NearestWord() is string nearest ? $"did you mean '{nearest}'?" : $"see `{command} --help`",
            exitCode);
    }

    /// <summary>Prints an exception that nobody foresaw.</summary>
    public int WriteBug(Exception exception)
    {
        const int BugExitCode = 1;
        int exitCode = Write(
            $"unexpected {exception.GetType().Name}: {exception.Message}",
            "this is a defect of rootfs-importer: please report it with the lines below and the command line",
            BugExitCode);
        invocation.Error.WriteLine(exception.ToString());
        return exitCode;
    }

    /// <summary>
    /// A misspelt command is also a missing one; saying so would only hide the word that is wrong.
    /// </summary>
    private bool IsFollowUp(ParseError error) =>
        parse.UnmatchedTokens.Count > 0 && error.SymbolResult is CommandResult && parse.Errors.Count > 1
        && !parse.UnmatchedTokens.Any(
            token => error.Message.Contains($"'{token}'", StringComparison.Ordinal));

    private static IEnumerable<string> Path(CommandResult command) => command.Parent is CommandResult parent
        ? [.. Path(parent), command.Command.Name]
        : ["rootfs-importer"];

    /// <summary>An option whose own value is wrong reads as its default here.</summary>
    private static T? ValueOf<T>(ParseResult parse, Option<T> option) =>
        parse.GetResult(option) is { } result && !result.Errors.Any() ? parse.GetValue(option) : default;

    /// <summary>The word of the command that an unknown word comes nearest to, or null.</summary>
    private string? NearestWord()
    {
        if (parse.UnmatchedTokens is not [string unknown, ..])
        {
            return null;
        }

        IEnumerable<Symbol> symbols =
        [
            .. parse.CommandResult.Command.Subcommands, .. parse.CommandResult.Command.Options,
            common.Format, common.Color,
        ];
        return Suggestion.Closest(
            unknown,
            symbols.Select(symbol => symbol.Name)
                .Where(name => name.StartsWith('-') == unknown.StartsWith('-')));
    }
}
