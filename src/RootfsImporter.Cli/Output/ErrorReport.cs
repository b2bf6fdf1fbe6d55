using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using System.Text.Json;
using RootfsImporter.Linux;

namespace RootfsImporter.Cli.Output;

/// <summary>An error as a program reads it, with <c>--format json</c>, in place of the result.</summary>
internal sealed record ErrorDocument(ErrorDetails Error);

/// <summary>What an <see cref="ErrorDocument"/> holds.</summary>
internal sealed record ErrorDetails(string Message, string? Hint, int ExitCode);

/// <summary>
/// Prints what went wrong: for people on standard error, and with <c>--format json</c> also as a document on
/// standard output, so that there is exactly one document however a command ends. It never throws.
/// </summary>
internal sealed class ErrorReport(InvocationConfiguration invocation, IReadOnlyList<string> args, CommonOptions common)
{
    /// <summary>The command line, or null as long as it has not been read.</summary>
    public ParseResult? Parse { get; set; }

    /// <summary>Whether the user wants a document; looked for by hand when the command line cannot be read.</summary>
    private bool IsJson => Parse is { } parse
        ? ValueOf(parse, common.Format) == OutputFormat.Json
        : args.Contains("--format=json") || args.Zip(args.Skip(1)).Contains(("--format", "json"));

    /// <summary>Prints an error; returns its exit code.</summary>
    public int Write(string message, string? hint, int exitCode) =>
        Write(message, hint, exitCode, details: null);

    /// <summary>Prints what is wrong with a command line.</summary>
    public int WriteUsage(ParseResult parse, int exitCode)
    {
        string command = string.Join(' ', Path(parse.CommandResult));
        return Write(
            string.Join("; ", parse.Errors.Where(e => !IsFollowUp(parse, e)).Select(e => e.Message.TrimEnd('.'))),
            NearestWord(parse) is string nearest ? $"did you mean '{nearest}'?" : $"see `{command} --help`",
            exitCode);
    }

    /// <summary>Prints an exception that nobody foresaw.</summary>
    public int WriteBug(Exception exception)
    {
        const int BugExitCode = 1;
        return Write(
            $"unexpected {exception.GetType().Name}: {exception.Message}",
            "this is a defect of rootfs-importer: please report it with the lines below and the command line",
            BugExitCode, exception.ToString());
    }

    private int Write(string message, string? hint, int exitCode, string? details)
    {
#pragma warning disable CA1031 // An error must be told also where colours, JSON or the console cannot be loaded.
        try
        {
            WriteText(message, hint, details);
        }
        catch (Exception)
        {
            WritePlain($"error: {message}\n{(hint is null ? "" : $"hint: {hint}\n")}");
        }

        try
        {
            WriteDocument(message, hint, exitCode);
        }
        catch (DeliveryException)
        {
            // Standard output is what failed, or fails too: the text above has been told.
        }
        catch (Exception)
        {
            WritePlain("error: the error could not be printed as JSON\n");
        }
#pragma warning restore CA1031

        return exitCode;
    }

    private void WriteText(string message, string? hint, string? details)
    {
        Styles styles = new(common.UsesColor(Parse is { } parse ? ValueOf(parse, common.Color) : default));
        invocation.Error.WriteLine($"{styles.Error("error:")} {message}");
        if (hint is not null)
        {
            invocation.Error.WriteLine($"{styles.Hint("hint:")} {hint}");
        }

        if (details is not null)
        {
            invocation.Error.WriteLine(details);
        }
    }

    private void WriteDocument(string message, string? hint, int exitCode)
    {
        if (IsJson)
        {
            invocation.Output.WriteLine(JsonSerializer.Serialize(
                new ErrorDocument(new ErrorDetails(message, hint, exitCode)), CliJson.Writer.ErrorDocument));
        }
    }

    private static void WritePlain(string text) =>
        Terminal.WriteRaw(Terminal.StandardError, Encoding.UTF8.GetBytes(text));

    /// <summary>
    /// A misspelt command is also a missing one; saying so would only hide the word that is wrong.
    /// </summary>
    private static bool IsFollowUp(ParseResult parse, ParseError error) =>
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
    private string? NearestWord(ParseResult parse)
    {
        IEnumerable<string> arguments = parse.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens).Select(token => token.Value);
        if (parse.UnmatchedTokens.Concat(arguments.Where(OptionLikeWords.Is)).FirstOrDefault() is not string unknown)
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
