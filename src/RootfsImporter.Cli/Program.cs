using System.CommandLine;
using RootfsImporter.Cli.Commands;
using RootfsImporter.Cli.Output;

namespace RootfsImporter.Cli;

internal static class Program
{
    /// <summary>
    /// The exit code of a command line that cannot be understood: that of <see cref="ProfileException"/>.
    /// </summary>
    private const int UsageExitCode = 2;

    private static async Task<int> Main(string[] args)
    {
        using Interruption interruption = new();
        return await RunAsync(
            args, new InvocationConfiguration(), CommonOptions.OfProcess(), Wiring.Library,
            interruption.Token);
    }

    /// <summary>
    /// Runs one command line to its exit code. The only place that catches every exception.
    /// </summary>
    internal static async Task<int> RunAsync(
        IReadOnlyList<string> args, InvocationConfiguration invocation, CommonOptions common, Wiring wiring,
        CancellationToken cancellationToken)
    {
        InvocationConfiguration guarded = new()
        {
            Output = GuardedWriter.Output(() => invocation.Output),
            Error = GuardedWriter.Error(() => invocation.Error),
            // Exceptions and signals are handled here and by Interruption.
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        ErrorReport report = new(guarded, args, common);
        try
        {
            ParseResult parse = new RootfsImporterCommand(common, wiring).Parse(args.Count > 0 ? args : ["--help"]);
            report.Parse = parse;
            if (OptionLikeWords.WithoutValue(args) is string unfinished)
            {
                return report.Write(
                    $"'{unfinished}' has nothing behind the sign of equality", "give a value, or leave the option out",
                    UsageExitCode);
            }

            return parse.Errors.Count > 0 && parse.Action?.ClearsParseErrors != true
                ? report.WriteUsage(parse, UsageExitCode)
                : await parse.InvokeAsync(guarded, cancellationToken);
        }
        catch (Exception e) when (
            cancellationToken.IsCancellationRequested && e is OperationCanceledException or RootfsImporterException)
        {
            // A terminal sends Ctrl-C to the commands in the sandbox, too: that they fail then is no news.
            return report.Write("cancelled", hint: null, Interruption.ExitCode);
        }
        catch (RootfsImporterException e)
        {
            return report.Write(e.Message, e.Hint, e.ExitCode);
        }
#pragma warning disable CA1031 // The one place: what arrives here is a bug, and is shown whole.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return report.WriteBug(e);
        }
    }
}
