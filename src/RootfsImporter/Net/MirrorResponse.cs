namespace RootfsImporter.Net;

/// <summary>
/// The body of a file on a mirror, being read. Owns the stream and the HTTP response, if there is one.
/// </summary>
/// <param name="content">The body.</param>
/// <param name="owner">What to dispose with it.</param>
/// <param name="offset">Where in the file the body begins.</param>
/// <param name="length">How many bytes follow, or null when the server does not say.</param>
/// <param name="stallTimeout">How long a read may bring nothing.</param>
internal sealed class MirrorResponse(
    Stream content, IDisposable? owner, long offset, long? length, TimeSpan stallTimeout) : IAsyncDisposable
{
    public long Offset => offset;

    public long? Length => length;

    /// <summary>
    /// Reads some bytes; 0 at the end. Failures and stalls are temporary <see cref="TransferException"/>s.
    /// </summary>
    public async Task<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(stallTimeout);
        try
        {
            return await content.ReadAsync(buffer, patience.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransferException(
                TransferFault.Temporary, $"no data for {stallTimeout.TotalSeconds:0.#} s", inner: e);
        }
        catch (HttpIOException e) when (e.HttpRequestError == HttpRequestError.ResponseEnded)
        {
            throw new TransferException(TransferFault.Temporary, "the connection ended early", inner: e);
        }
        catch (IOException e)
        {
            throw new TransferException(TransferFault.Temporary, e.InnerException?.Message ?? e.Message, inner: e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await content.DisposeAsync();
        owner?.Dispose();
    }
}
