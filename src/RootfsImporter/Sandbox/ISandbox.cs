namespace RootfsImporter.Sandbox;

/// <summary>One command to run inside a rootfs.</summary>
public sealed record SandboxCommand
{
    /// <summary>Program and arguments; the program is an absolute path inside the rootfs.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The complete environment; nothing of the host's is added.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Whether the command sees the host's network; default: none but an isolated loopback.</summary>
    public bool HasNetwork { get; init; }
}

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">The exit code; 128 + signal when a signal ended it.</param>
/// <param name="Output">The last lines of standard output and error together, at most 64 KiB.</param>
public sealed record SandboxResult(int ExitCode, string Output);

/// <summary>
/// Runs commands inside a rootfs, apart from the host: own mount, process, network, IPC and host-name namespaces,
/// a fresh /proc and a minimal /dev. Nothing stays mounted and no process stays alive afterwards.
/// </summary>
public interface ISandbox
{
    /// <summary>
    /// Runs one command to its end, reporting output lines as they come. Throws <see cref="SandboxException"/> when
    /// the sandbox itself cannot be made; a command that fails is a result. Cancelling kills everything inside.
    /// </summary>
    Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the sandbox once for several commands without network, which is cheaper than once for each. Between two of them
    /// the caller may change the rootfs. Throws <see cref="SandboxException"/> when it cannot be made.
    /// </summary>
    Task<ISandboxSession> OpenAsync(CancellationToken cancellationToken);
}

/// <summary>
/// A sandbox that stays for several commands, one at a time. Disposing it ends everything inside and unmounts.
/// </summary>
public interface ISandboxSession : IAsyncDisposable
{
    /// <summary>As <see cref="ISandbox.RunAsync"/>; <see cref="SandboxCommand.HasNetwork"/> must be false.</summary>
    Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellationToken);
}
