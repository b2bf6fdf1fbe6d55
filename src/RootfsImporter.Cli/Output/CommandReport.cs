using System.CommandLine;

namespace RootfsImporter.Cli.Output;

/// <summary>How a command that delivers an image tells of its progress and prints its result.</summary>
internal sealed class CommandReport(ParseResult parse, CommonOptions common, TimeProvider clock, Verbosity verbosity)
{
    /// <summary>Does the work while showing what happens, and keeps its warnings, after those that are known before.</summary>
    public async Task<Reported<T>> RunAsync<T>(
        Func<IProgress<BuildEvent>, Task<T>> work, IEnumerable<string>? warnings = null)
    {
        IProgress<BuildEvent> reporter = Reporters.Create(
            parse.InvocationConfiguration.Error, common, parse.GetValue(common.Color), verbosity, clock);
        using IDisposable? live = reporter as IDisposable;
        WarningLog log = new(reporter);
        foreach (string warning in warnings ?? [])
        {
            log.Report(new BuildEvent.Warning(warning));
        }

        long start = clock.GetTimestamp();
        T result = await work(log);
        return new Reported<T>(result, log.Warnings, clock.GetElapsedTime(start));
    }

    /// <summary>
    /// Whether a file of an option is standard output; throws <see cref="ProfileException"/> when that has a result.
    /// </summary>
    public bool IsTakenBy(ResultFile? file)
    {
        if (file is not ResultFile.Descriptor { IsStandardOutput: true })
        {
            return false;
        }

        return verbosity == Verbosity.Quiet && parse.GetValue(common.Format) == OutputFormat.Text
            ? true
            : throw new ProfileException(
                $"the file {file.Path} is standard output, where the result of the {parse.CommandResult.Command.Name} is printed",
                "add --quiet without --format json, or name a file");
    }

    /// <summary>Prints the result: as JSON, as a digest alone, or for people.</summary>
    public void Write(Digest digest, Func<string> json, Action<TextWriter, Styles> text)
    {
        TextWriter output = parse.InvocationConfiguration.Output;
        if (parse.GetValue(common.Format) == OutputFormat.Json)
        {
            output.WriteLine(json());
        }
        else if (verbosity == Verbosity.Quiet)
        {
            output.WriteLine(digest);
        }
        else
        {
            if (common.IsErrorTerminal)
            {
                // Stages are on the screen above.
                parse.InvocationConfiguration.Error.WriteLine();
            }

            text(output, new Styles(common.UsesOutputColor(parse.GetValue(common.Color))));
        }
    }
}

/// <summary>What some work gave.</summary>
/// <param name="Result">Its result.</param>
/// <param name="Warnings">What was warned of, each once.</param>
/// <param name="Elapsed">How long it took.</param>
internal readonly record struct Reported<T>(T Result, IReadOnlyList<string> Warnings, TimeSpan Elapsed);
