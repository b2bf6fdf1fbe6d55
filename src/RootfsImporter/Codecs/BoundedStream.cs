namespace RootfsImporter.Codecs;

/// <summary>
/// Lets at most so many bytes of a stream through: the first byte beyond is an
/// <see cref="InvalidDataException"/>. Disposes the stream unless told to leave it open.
/// </summary>
internal sealed class BoundedStream(Stream source, long maxBytes, bool leaveOpen = false) : ReadOnlyStream
{
    private long _passed;

    public override int Read(Span<byte> buffer) => Count(source.Read(buffer));

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(await source.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(
        byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !leaveOpen)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Count(int read)
    {
        _passed += read;
        return _passed <= maxBytes
            ? read
            : throw new InvalidDataException($"more than the {maxBytes} bytes that are allowed");
    }
}
