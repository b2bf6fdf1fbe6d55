using System.Runtime.InteropServices;

namespace RootfsImporter.Cli;

/// <summary>
/// Ctrl-C and its like: the first cancels the work and gives it time to undo its mounts; the second, or the
/// end of that time, ends the program at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>The exit code of a cancelled program: 128 + SIGINT.</summary>
    public const int ExitCode = 130;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _cancellation = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _count;

    /// <summary>Begins to listen.</summary>
    public Interruption()
    {
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        foreach (PosixSignal signal in signals)
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
    }

    /// <summary>Is cancelled by the first signal.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _cancellation.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) > 1)
        {
            Environment.Exit(ExitCode);
        }

        // Handlers of a token run where it is cancelled: not here, where they would delay the second signal.
        _ = Task.Run(async () =>
        {
            await _cancellation.CancelAsync();
            await Task.Delay(Patience);
            Environment.Exit(ExitCode);
        });
    }
}
