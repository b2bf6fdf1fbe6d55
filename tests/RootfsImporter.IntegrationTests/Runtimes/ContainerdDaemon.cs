using RootfsImporter.Linux;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.Runtimes;

/// <summary>A containerd of the tests' own: its socket and all of its state in one directory, gone when disposed.</summary>
public sealed class ContainerdDaemon : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TempDirectory _directory = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lazy<Task> _ready;
    private Task _daemon = Task.CompletedTask;

    public ContainerdDaemon() => _ready = new Lazy<Task>(StartAsync);

    /// <summary>The environment of its clients.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["PATH"] = ChildProcess.SystemPath,
        ["CONTAINERD_ADDRESS"] = _directory["socket"],
    };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Starts it, unless it runs; skips the test where it cannot.</summary>
    public Task ReadyAsync()
    {
        Requirement.Root.OrSkip();
        foreach (string program in (string[])["containerd", "ctr", "runc"])
        {
            Requirement.Program(program).OrSkip();
        }

        return _ready.Value;
    }

    public Task<string> RunAsync(params string[] arguments) => Host.RunAsync("ctr", arguments, Environment);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _daemon;
        }
        catch (OperationCanceledException)
        {
        }

        _stop.Dispose();
        _directory.Dispose();
    }

    private async Task StartAsync()
    {
        string config = _directory.Write(
            "config.toml",
            $"""
            version = 2
            root = "{_directory["root"]}"
            state = "{_directory["state"]}"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
            [grpc]
            address = "{_directory["socket"]}"
            """);
        _daemon = new ChildProcess
        {
            FileName = "containerd",
            Arguments = ["--config", config],
            Environment = Environment,
        }.RunAsync(_stop.Token);
        using CancellationTokenSource timeout = new(Patience);
        while ((await Host.TryRunAsync("ctr", ["--connect-timeout", "1s", "version"], Environment)).ExitCode != 0)
        {
            Assert.False(_daemon.IsCompleted, "containerd ended");
            await Task.Delay(50, timeout.Token);
        }
    }
}
