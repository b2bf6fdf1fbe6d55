using RootfsImporter.Linux;

namespace RootfsImporter.Targets.Stores;

/// <summary>
/// The programs through which a place is reached that has no interface of its own, and what people are told when one of
/// them fails.
/// </summary>
/// <param name="text">The place.</param>
/// <param name="defaults">The programs' environment.</param>
internal sealed class HelperProgram(PlaceText text, TargetDefaults defaults)
{
    private const string DiskFull = "no space left on device";
    private const int MaxToldLines = 3;

    private string SearchPath => defaults.ProgramEnvironment.GetValueOrDefault("PATH", "");

    /// <summary>The first of several programs that is installed, or null.</summary>
    public string? Find(params ReadOnlySpan<string> programs)
    {
        foreach (string program in programs)
        {
            if (ChildProcess.Find(program, SearchPath) is not null)
            {
                return program;
            }
        }

        return null;
    }

    /// <summary>
    /// Runs a program and returns its standard output. One that fails is an error with the end of what it said.
    /// </summary>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="hint">What to do when it fails.</param>
    /// <param name="cancellationToken">Kills it.</param>
    public async Task<string> RunAsync(
        string program, IReadOnlyList<string> arguments, string hint, CancellationToken cancellationToken)
    {
        ChildResult result = await TryRunAsync(program, arguments, cancellationToken);
        return result.ExitCode == 0 ? result.Output : throw Failed(program, arguments, result, hint);
    }

    /// <summary>Runs a program whose failure says something.</summary>
    public Task<ChildResult> TryRunAsync(
        string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        new ChildProcess
        {
            FileName = program,
            Arguments = arguments,
            Environment = defaults.ProgramEnvironment,
        }.RunAsync(cancellationToken);

    /// <summary>The error for a program that failed.</summary>
    public RootfsImporterException Failed(
        string program, IReadOnlyList<string> arguments, ChildResult result, string hint)
    {
        string[] lines = $"{result.ErrorOutput}\n{result.Output}"
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string said = string.Join("; ", lines.Take(^Math.Min(lines.Length, MaxToldLines)..));
        string problem = $"{program} {Verb(arguments)} ended with exit status {result.ExitCode}"
            + (said.Length > 0 ? $": {said}" : "");
        return said.Contains(DiskFull, StringComparison.OrdinalIgnoreCase)
            ? new HostException(Message(problem), "free some space, or use a store on another disk")
            : Error(problem, hint);
    }

    /// <summary>What went wrong with the place: a <see cref="FetchException"/> for a source.</summary>
    public RootfsImporterException Error(string problem, string? hint, Exception? inner = null) =>
        text.Kind == PlaceKind.Source
            ? new FetchException(Message(problem), hint, inner)
            : new DeliveryException(Message(problem), hint, inner);

    private string Message(string problem) => text.Kind == PlaceKind.Source
        ? $"cannot read {text.Text}: {problem}"
        : $"cannot deliver to {text.Text}: {problem}";

    /// <summary>The first words that are no options, which is what these programs call their commands.</summary>
    private static string Verb(IReadOnlyList<string> arguments) => string.Join(
        ' ', arguments.SkipWhile(word => !IsVerb(word)).TakeWhile(IsVerb).Take(2));

    private static bool IsVerb(string word) => word.Length > 0 && word.All(char.IsAsciiLetterLower);
}
