namespace RootfsImporter.Net;

/// <summary>
/// Brings one file of known content from an address into the cache, continuing what is there already. Used again for
/// each attempt and each mirror.
/// </summary>
internal sealed class FileTransfer(
    MirrorClient client, WantedFile wanted, PartialFile partial, IProgress<BuildEvent> events, TimeProvider clock)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    private readonly byte[] _buffer = new byte[128 * 1024];
    private readonly string _displayName = wanted.Name[(wanted.Name.LastIndexOf('/') + 1)..];
    private long _lastReport;

    /// <summary>
    /// Whether the last attempt that failed with the wrong content had put it together from several transfers.
    /// </summary>
    public bool WasPieced { get; private set; }

    /// <summary>
    /// One attempt; returns the file's place in the cache. Throws <see cref="TransferException"/>; when that says
    /// wrong content, the partial file is empty again.
    /// </summary>
    public async Task<string> RunAsync(Uri address, CancellationToken cancellationToken)
    {
        WasPieced = false;
        try
        {
            partial.Continue();
            if (partial.Length < wanted.Size || wanted.Size == 0)
            {
                await ReceiveAsync(address, cancellationToken);
            }

            if (await partial.FindFaultAsync(cancellationToken) is string fault)
            {
                throw Wrong($"{fault}, {partial.Length} bytes");
            }
        }
        catch (TransferException e) when (e.Fault == TransferFault.WrongContent)
        {
            WasPieced = partial.IsPieced;
            partial.Restart();
            throw;
        }

        string path = await partial.CommitAsync();
        events.Report(new BuildEvent.DownloadFinished(_displayName, wanted.Size));
        return path;
    }

    private async Task ReceiveAsync(Uri address, CancellationToken cancellationToken)
    {
        await using MirrorResponse response = await client.OpenAsync(address, partial.Length, cancellationToken);
        if (response.Offset == 0)
        {
            partial.Restart();
        }

        if (response.Length is long rest && partial.Length + rest != wanted.Size)
        {
            throw Wrong($"found {partial.Length + rest} bytes");
        }

        int count;
        while ((count = await response.ReadAsync(_buffer, cancellationToken)) > 0)
        {
            if (partial.Length + count > wanted.Size)
            {
                throw Wrong($"found more than {wanted.Size} bytes");
            }

            await partial.AppendAsync(_buffer.AsMemory(0, count), cancellationToken);
            ReportProgress();
        }

        if (partial.Length < wanted.Size)
        {
            throw Wrong($"found {partial.Length} bytes");
        }
    }

    private void ReportProgress()
    {
        if (_lastReport == 0 || clock.GetElapsedTime(_lastReport) >= ReportInterval)
        {
            _lastReport = clock.GetTimestamp();
            events.Report(new BuildEvent.DownloadProgress(_displayName, partial.Length, wanted.Size));
        }
    }

    private static TransferException Wrong(string found) => new(TransferFault.WrongContent, found);
}
