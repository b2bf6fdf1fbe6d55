using System.ComponentModel;
using System.Diagnostics;

namespace RootfsImporter.Linux;

/// <summary>How an external program ended.</summary>
/// <param name="ExitCode">Its exit code; 128 + signal when a signal ended it.</param>
/// <param name="Output">The end of its standard output as UTF-8 text, bounded by MaxOutputBytes.</param>
/// <param name="ErrorOutput">The end of its standard error, likewise.</param>
internal sealed record ChildResult(int ExitCode, string Output, string ErrorOutput);

/// <summary>
/// One external program to run: an argument list (never a shell string), a complete environment, bounded output. The
/// program never sees this process's terminal, nor its environment.
/// </summary>
internal sealed record ChildProcess
{
    /// <summary>
    /// How long output is still awaited after the program itself ended: a daemon that it left behind may hold the
    /// pipes open for ever.
    /// </summary>
    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(2);

    /// <summary>A root login's PATH: where a host's own programs are, whatever the environment says.</summary>
    public const string SystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>An absolute path, or a name that is searched in the PATH of <see cref="Environment"/>.</summary>
    public required string FileName { get; init; }

    /// <summary>The arguments after the program's name, passed on as they are.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The complete environment; nothing of this process's is added.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>What the program reads on standard input; null: nothing (end of file at once).</summary>
    public ReadOnlyMemory<byte>? Input { get; init; }

    /// <summary>
    /// Whether standard input stays open, after <see cref="Input"/>, until the program ends: it can tell by the end of
    /// file that this process is gone, however it went.
    /// </summary>
    public bool HoldsInput { get; init; }

    /// <summary>Its working directory; null: this process's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>How much of the end of each output is kept, bytes.</summary>
    public int MaxOutputBytes { get; init; } = 64 * 1024;

    /// <summary>
    /// Receives each line of standard output and of standard error as it comes, one at a time, from any thread.
    /// </summary>
    public Action<string>? OutputLine { get; init; }

    /// <summary>
    /// Reads standard output to its end instead of what keeps it and hands out its lines; null: nothing else reads it.
    /// </summary>
    public Func<Stream, CancellationToken, Task>? OutputReader { get; init; }

    /// <summary>
    /// Finds a program in the directories of a PATH value, as execvp(3) does, or null. Never looks in the working
    /// directory, unlike <see cref="Process"/>.
    /// </summary>
    public static string? Find(string name, string searchPath)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return IsExecutable(name) ? Path.GetFullPath(name) : null;
        }

        return searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(IsExecutable);
    }

    /// <summary>
    /// Runs the program to its end. A program that fails is a result; one that cannot be started is a
    /// <see cref="HostException"/>. Cancelling kills it and all of its descendants before this throws.
    /// </summary>
    public async Task<ChildResult> RunAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using Process process = Start();
        OutputTail output = new(MaxOutputBytes, OutputLine);
        OutputTail errorOutput = new(MaxOutputBytes, OutputLine is null ? null : output.ReportLine);
        using CancellationTokenSource abandoned = new();
        Task pumps = Task.WhenAll(
            WriteInputAsync(process, abandoned.Token),
            (OutputReader ?? output.ReadAsync)(process.StandardOutput.BaseStream, abandoned.Token),
            errorOutput.ReadAsync(process.StandardError.BaseStream, abandoned.Token));
        try
        {
            await process.WaitForExitAsync(cancellationToken);
            await Task.WhenAny(pumps, Task.Delay(OutputGrace, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (pumps.IsFaulted)
            {
                await pumps;
            }

            return new ChildResult(process.ExitCode, output.Text, errorOutput.Text);
        }
        catch (OperationCanceledException)
        {
            await KillAsync(process, pumps);
            throw;
        }
        finally
        {
            await abandoned.CancelAsync();
            _ = pumps.ContinueWith(
                static task => task.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }

    private Process Start()
    {
        string path = Find(FileName, Environment.GetValueOrDefault("PATH", "")) ?? throw new HostException(
            $"the program '{FileName}' was not found",
            FileName.Contains('/', StringComparison.Ordinal)
                ? "check that the file exists and may be executed"
                : $"install it, so that it is in one of {Environment.GetValueOrDefault("PATH", "(an empty PATH)")}");
        ProcessStartInfo start = new(path, Arguments)
        {
            WorkingDirectory = WorkingDirectory ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment.Clear();
        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start) ?? throw new UnreachableException();
        }
        catch (Win32Exception e)
        {
            throw new HostException(
                $"the program '{path}' could not be started: {e.Message}",
                "check that it is a program for this machine and that the working directory exists", e);
        }
    }

    private async Task WriteInputAsync(Process process, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream input = process.StandardInput.BaseStream;
            await input.WriteAsync(Input ?? ReadOnlyMemory<byte>.Empty, cancellationToken);
            if (HoldsInput)
            {
                await input.FlushAsync(cancellationToken);
                await process.WaitForExitAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The program ended, and nobody waits for this any more.
        }
        catch (IOException)
        {
            // EPIPE: the program ended, or closed its input, without reading all; its exit code tells what that means.
        }
    }

    private static async Task KillAsync(Process process, Task pumps)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended in the meantime, or a descendant did.
        }

        // A killed process ends at once unless it is in the kernel; that is not worth hanging for. Its descendants, which
        // may still be writing where the caller wants to clear up, are gone when nobody holds the outputs any more.
        using CancellationTokenSource patience = new(OutputGrace);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            await pumps.WaitAsync(patience.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
        }
    }

    private static bool IsExecutable(string path)
    {
        const UnixFileMode Executable =
            UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (File.GetUnixFileMode(path) & Executable) != 0;
    }
}
