using RootfsImporter.Codecs;

namespace RootfsImporter.Tests.Codecs;

/// <summary>A source that cannot seek and gives a few bytes at a time, as a pipe does.</summary>
internal sealed class TrickleStream(byte[] bytes, int step = 1) : ReadOnlyStream
{
    private int _position;

    public bool IsDisposed { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        int count = Math.Min(Math.Min(step, buffer.Length), bytes.Length - _position);
        bytes.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
