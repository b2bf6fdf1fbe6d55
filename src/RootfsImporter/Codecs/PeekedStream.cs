namespace RootfsImporter.Codecs;

/// <summary>Yields bytes that were read ahead, then the rest of the stream they are from, which it disposes.</summary>
internal sealed class PeekedStream : ReadOnlyStream
{
    private readonly Stream _rest;
    private ReadOnlyMemory<byte> _ahead;

    private PeekedStream(ReadOnlyMemory<byte> ahead, Stream rest)
    {
        _ahead = ahead;
        _rest = rest;
    }

    /// <summary>
    /// Reads the first bytes of a stream, fewer only when it has fewer, and gives them with a stream that begins with them.
    /// </summary>
    public static (ReadOnlyMemory<byte> First, Stream Whole) Peek(Stream source, int count)
    {
        byte[] buffer = new byte[count];
        int read = source.ReadAtLeast(buffer, count, throwOnEndOfStream: false);
        ReadOnlyMemory<byte> first = buffer.AsMemory(0, read);
        return (first, new PeekedStream(first, source));
    }

    public override int Read(Span<byte> buffer)
    {
        if (_ahead.IsEmpty)
        {
            return _rest.Read(buffer);
        }

        int count = Math.Min(buffer.Length, _ahead.Length);
        _ahead.Span[..count].CopyTo(buffer);
        _ahead = _ahead[count..];
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _rest.Dispose();
        }

        base.Dispose(disposing);
    }
}
