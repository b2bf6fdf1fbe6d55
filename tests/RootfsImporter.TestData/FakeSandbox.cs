using RootfsImporter.Sandbox;

namespace RootfsImporter.TestData;

/// <summary>
/// Runs nothing: keeps the commands and answers as told, with success when nothing was said.
/// </summary>
public sealed class FakeSandbox : ISandbox
{
    private readonly Queue<SandboxResult> _results = [];

    /// <summary>The commands, in order.</summary>
    public List<SandboxCommand> Commands { get; } = [];

    /// <summary>Done at each command, to look at the root as it is then.</summary>
    public Action<SandboxCommand>? OnRun { get; set; }

    /// <summary>Answers the next command that nothing was said about.</summary>
    public FakeSandbox Answer(int exitCode, string output = "")
    {
        _results.Enqueue(new SandboxResult(exitCode, output));
        return this;
    }

    public Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Commands.Add(command);
        OnRun?.Invoke(command);
        return Task.FromResult(
            _results.TryDequeue(out SandboxResult? result) ? result : new SandboxResult(0, ""));
    }

    public Task<ISandboxSession> OpenAsync(CancellationToken cancellationToken) =>
        Task.FromResult<ISandboxSession>(new Session(this));

    private sealed class Session(FakeSandbox sandbox) : ISandboxSession
    {
        public Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellationToken) =>
            sandbox.RunAsync(command, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
