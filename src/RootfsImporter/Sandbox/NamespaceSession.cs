using System.Globalization;
using System.IO.Pipes;
using System.Security.Cryptography;
using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Linux;

namespace RootfsImporter.Sandbox;

/// <summary>
/// The namespaces of a sandbox, with a shell of the host as their first process that runs one command after the other.
/// Commands go to it through a pipe of their own; standard input only tells that this process still lives.
/// </summary>
internal sealed class NamespaceSession : ISandboxSession
{
    private static readonly TimeSpan EndingPatience = TimeSpan.FromSeconds(5);

    private static readonly Dictionary<string, string> HostEnvironment = new()
    {
        ["PATH"] = ChildProcess.SystemPath,
        ["LC_ALL"] = "C",
    };

    private readonly Rootfs _rootfs;
    private readonly RootLocation _location;
    private readonly IProgress<BuildEvent> _events;
    private readonly bool _hasNetwork;
    private readonly AnonymousPipeServerStream _commands = new(PipeDirection.Out, HandleInheritability.None);
    private readonly CancellationTokenSource _killed = new();
    private readonly Lock _lock = new();
    private readonly MountPoints _mountPoints;
    private readonly Task<ChildResult> _process;
    private CommandOutput? _output;
    private TaskCompletionSource<SandboxResult> _ended = new();

    private NamespaceSession(Rootfs rootfs, RootLocation location, IProgress<BuildEvent> events, bool hasNetwork)
    {
        _rootfs = rootfs;
        _location = location;
        _events = events;
        _hasNetwork = hasNetwork;
        _mountPoints = new MountPoints(rootfs);
        string commands = _commands.ClientSafePipeHandle.DangerousGetHandle().ToString(CultureInfo.InvariantCulture);
        _process = new ChildProcess
        {
            FileName = "/bin/sh",
            Arguments = ["-c", SandboxScripts.Guard, "guard", commands, .. Arguments()],
            Environment = HostEnvironment,
            HoldsInput = true,
            OutputReader = ReadOutputAsync,
        }.RunAsync(_killed.Token);
    }

    /// <summary>Makes the namespaces; throws <see cref="SandboxException"/> with the reason when that fails.</summary>
    public static async Task<NamespaceSession> OpenAsync(
        Rootfs rootfs, RootLocation location, IProgress<BuildEvent> events, bool hasNetwork,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        NamespaceSession session = new(rootfs, location, events, hasNetwork);
        try
        {
            // The first command is answered when everything is made, and does nothing.
            await session.EvaluateAsync(":", $"making a sandbox in {location.Path}", cancellationToken);
            session._commands.DisposeLocalCopyOfClientHandle();
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellationToken)
    {
        if (command.HasNetwork != _hasNetwork)
        {
            throw new ArgumentException("whether there is a network is decided when the sandbox is made", nameof(command));
        }

        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_killed.IsCancellationRequested || _process.IsCompleted, this);
        using StandIns standIns = new(_rootfs, _hasNetwork);
        return await EvaluateAsync(
            ShellCommand(command), $"running {command.Arguments[0]} in {_location.Path}", cancellationToken);
    }

    /// <summary>Ends the first process, and with it everything inside; comes back when all of it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _commands.DisposeAsync();
        await Task.WhenAny(_process, Task.Delay(EndingPatience));
        await KillAsync();
        _mountPoints.Dispose();
        _killed.Dispose();
    }

    private async Task<SandboxResult> EvaluateAsync(string line, string doing, CancellationToken cancellationToken)
    {
        string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        Task<SandboxResult> ended = Expect(token);
        try
        {
            await _commands.WriteAsync(Encoding.UTF8.GetBytes($"{token} {line}\n"), cancellationToken);
            await Task.WhenAny(ended, _process).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
            throw;
        }
        catch (IOException)
        {
            // EPIPE: it ended already, and says why.
        }

        if (ended.IsCompleted)
        {
            return await ended;
        }

        ChildResult result = await _process;
        throw new SandboxException(
            $"{doing}: {(result.ErrorOutput.Trim() is { Length: > 0 } reason ? reason : "the sandbox was killed")}",
            "see what 'rootfs-importer doctor' says of this host");
    }

    private Task<SandboxResult> Expect(string token)
    {
        lock (_lock)
        {
            if (_output is not null)
            {
                throw new InvalidOperationException("a sandbox runs one command at a time");
            }

            _output = new CommandOutput(token, line => _events.Report(new BuildEvent.CommandOutput(line)));
            _ended = new TaskCompletionSource<SandboxResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            return _ended.Task;
        }
    }

    private async Task ReadOutputAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 * 1024];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            lock (_lock)
            {
                if (_output?.Append(buffer.AsSpan(0, count)) is SandboxResult result)
                {
                    _output = null;
                    _ended.SetResult(result);
                }
            }
        }
    }

    private async Task KillAsync()
    {
        await _killed.CancelAsync();
        try
        {
            await _process;
        }
        catch (OperationCanceledException)
        {
            // As asked for.
        }
    }

    private List<string> Arguments()
    {
        List<string> arguments = _location.MountNamespace is null ? [] : ["nsenter", $"--mount={_location.MountNamespace}"];
        arguments.AddRange(
            ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--propagation", "private"]);
        if (!_hasNetwork)
        {
            arguments.Add("--net");
        }

        arguments.AddRange(
            ["--", "/bin/sh", "-c", SandboxScripts.SetUp, "sandbox", _location.Path, _hasNetwork ? "yes" : "no"]);
        return arguments;
    }

    /// <summary>
    /// The command as one line for a shell. The host's env gives it its environment, and so is not looked for inside.
    /// </summary>
    private static string ShellCommand(SandboxCommand command)
    {
        string variables = string.Concat(command.Environment.Select(pair => Quote($"{pair.Key}={pair.Value}") + " "));
        return $"env -i -- {variables}\"$chroot\" \"$root\" {string.Join(' ', command.Arguments.Select(Quote))}";
    }

    private static string Quote(string text) => text.Contains('\0', StringComparison.Ordinal)
        ? throw new ArgumentException("an argument of a program cannot hold a NUL character")
        : "'" + text.Replace("'", "'\\''", StringComparison.Ordinal)
            .Replace("\n", "'\"$newline\"'", StringComparison.Ordinal) + "'";
}
