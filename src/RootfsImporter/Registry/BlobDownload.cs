using RootfsImporter.Codecs;
using RootfsImporter.Net;
using RootfsImporter.Oci;

namespace RootfsImporter.Registry;

/// <summary>
/// The bytes of a blob from a registry. A connection that breaks is made anew and continues where it ended. That what comes
/// has the right digest is for the reader to check; that it is not longer is checked here. Throws what a source does:
/// <see cref="FetchException"/>, <see cref="VerificationException"/>.
/// </summary>
internal sealed class BlobDownload(RegistryRepository repository, Descriptor descriptor) : ReadOnlyStream
{
    private readonly RegistryOptions _options = repository.Transport.Options;
    private readonly byte[] _skipped = new byte[1];
    private MirrorResponse? _response;
    private long _position;

    /// <summary>Opens the connection; what cannot be opened throws here and not at the first read.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(cancellationToken);
        }
        catch (RegistryException e)
        {
            throw e.ToFetch(Name);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _position == descriptor.Size)
        {
            return buffer.IsEmpty ? 0 : await EndAsync(cancellationToken);
        }

        try
        {
            return await Retry.RunAsync(_options, () => ReadSomeAsync(buffer, cancellationToken), cancellationToken);
        }
        catch (RegistryException e)
        {
            throw e.ToFetch(Name);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>For decoders that read synchronously; there is no context here that waiting could block.</summary>
    public override int Read(Span<byte> buffer)
    {
        byte[] bytes = new byte[buffer.Length];
        int count = ReadAsync(bytes.AsMemory(), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        bytes.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            CloseAsync().AsTask().GetAwaiter().GetResult();
        }

        base.Dispose(disposing);
    }

    private string Name => $"the blob {descriptor.Digest} of {repository.Registry}/{repository.Name}";

    private async ValueTask CloseAsync()
    {
        if (_response is { } response)
        {
            _response = null;
            await response.DisposeAsync();
        }
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        _response = await repository.OpenBlobAsync(descriptor, _position, cancellationToken);
        if (_response.Length is { } length && _response.Offset + length != descriptor.Size)
        {
            throw Wrong($"has {_response.Offset + length} bytes");
        }

        byte[] buffer = new byte[64 * 1024];
        for (long skip = _position - _response.Offset; skip > 0;)
        {
            int count = await _response.ReadAsync(buffer.AsMemory(0, (int)Math.Min(skip, buffer.Length)), cancellationToken);
            skip -= count > 0 ? count : throw Broken("the connection ended early", null);
        }
    }

    private async Task<int> ReadSomeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            if (_response is null)
            {
                await OpenAsync(cancellationToken);
            }

            int count = await _response!.ReadAsync(buffer, cancellationToken);
            if (count == 0)
            {
                throw Broken("the connection ended early", null);
            }

            _position += count;
            return _position <= descriptor.Size ? count : throw Wrong("has more bytes");
        }
        catch (TransferException e)
        {
            await CloseAsync();
            throw Broken(e.Message, e);
        }
        catch (RegistryException)
        {
            await CloseAsync();
            throw;
        }
    }

    /// <summary>At the end: nothing more may come.</summary>
    private async ValueTask<int> EndAsync(CancellationToken cancellationToken)
    {
        if (_response is { Length: null } response && await response.ReadAsync(_skipped, cancellationToken) > 0)
        {
            throw Wrong("has more bytes").ToFetch(Name);
        }

        await CloseAsync();
        return 0;
    }

    private RegistryException Wrong(string found) => new(
        RegistryFault.WrongContent,
        $"expected {descriptor.Size} bytes, and it {found}",
        "the registry's copy is broken: push it there anew, or read it from elsewhere");

    private static RegistryException Broken(string how, Exception? inner) => new(
        RegistryFault.Temporary, how, "check the network, and try again", inner);
}
