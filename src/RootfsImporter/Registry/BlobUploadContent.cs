using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using RootfsImporter.Oci;

namespace RootfsImporter.Registry;

/// <summary>
/// A blob from some byte on, as the body of a request. It is read and hashed from its start, so that what is sent is known
/// to be what it should be before the registry is told that it is complete.
/// </summary>
internal sealed class BlobUploadContent : HttpContent
{
    private const int BufferBytes = 256 * 1024;

    private readonly Blob _blob;
    private readonly long _offset;

    public BlobUploadContent(Blob blob, long offset)
    {
        _blob = blob;
        _offset = offset;
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
    }

    /// <summary>With the header by which a chunk says where it belongs.</summary>
    public BlobUploadContent WithRange()
    {
        // Without "bytes" and total (distribution-spec, "Pushing a blob in chunks"), which the typed header insists on.
        string range = string.Create(CultureInfo.InvariantCulture, $"{_offset}-{_blob.Descriptor.Size - 1}");
        Headers.TryAddWithoutValidation("Content-Range", range);
        return this;
    }

    /// <summary>Called whenever some bytes were taken.</summary>
    public Action? Moved { get; set; }

    /// <summary>Why the blob could not be read, or is not what it should be; null while all is well.</summary>
    public ExceptionDispatchInfo? SourceFault { get; private set; }

    protected override bool TryComputeLength(out long length)
    {
        length = _blob.Descriptor.Size - _offset;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using Stream source = await FromSourceAsync(() => _blob.Content.OpenAsync(cancellationToken));
            await CopyAsync(source, stream, buffer, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task CopyAsync(Stream source, Stream stream, byte[] buffer, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long size = _blob.Descriptor.Size;
        long position = 0;
        while (position < size)
        {
            int count = await FromSourceAsync(() => source.ReadAsync(buffer, cancellationToken).AsTask());
            long left = size - position;
            if (count == 0 || count > left)
            {
                throw Wrong($"it has {(count == 0 ? position : "more")} bytes, not {size}");
            }

            int skipped = (int)Math.Clamp(_offset - position, 0, count);
            bool isLast = count == left;
            if (isLast)
            {
                // The last bytes go only when the whole is right: until then the registry cannot take it for complete.
                hash.AppendData(buffer, 0, count);
                Digest found = Digest.FromBytes(hash.GetHashAndReset());
                if (found != _blob.Descriptor.Digest)
                {
                    throw Wrong($"it is {found}");
                }
            }

            ValueTask sending = stream.WriteAsync(buffer.AsMemory(skipped, count - skipped), cancellationToken);
            if (!isLast)
            {
                // While the kernel or the TLS layer works on it.
                hash.AppendData(buffer, 0, count);
            }

            await sending;
            position += count;
            Moved?.Invoke();
        }
    }

    private async Task<T> FromSourceAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            SourceFault = ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }

    private InvalidDataException Wrong(string found)
    {
        InvalidDataException e = new($"a blob is not what it should be: expected {_blob.Descriptor.Digest}, {found}");
        SourceFault = ExceptionDispatchInfo.Capture(e);
        return e;
    }
}
