using RootfsImporter.Files;

namespace RootfsImporter.Stages;

/// <summary>
/// Cuts a tar into chunks as it is written, at places that the content nearby decides, so that a change in
/// one file moves no cut far from it, and compressed chunks of an earlier build can be used again.
/// </summary>
/// <remarks>
/// A chunk ends before an entry whose path is one of those that mark a cut, once it has
/// <see cref="MinBytes"/>; and wherever it would grow beyond <see cref="LayerChunk.MaxBytes"/>. After a
/// difference, the cuts are the same again from the first mark at which both versions have the minimum. A
/// file of the maximum size or more starts a chunk, is cut at fixed distances, and ends one.
/// </remarks>
/// <param name="take">Gives an empty chunk; may wait for one.</param>
/// <param name="emit">Receives each chunk, in order.</param>
internal sealed class LayerChunker(Func<LayerChunk> take, Action<LayerChunk> emit) : Stream
{
    /// <summary>The fewest bytes between a cut and a mark that is heeded.</summary>
    public const int MinBytes = 256 << 10;

    // One path in eight: 150 KB of a minimal Ubuntu tree on average.
    private const uint MarkMask = 7;

    private LayerChunk? _current;
    private bool _isAfterLargeEntry;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>
    /// Tells that the next bytes begin an entry with so many bytes of content, and cuts where it is due.
    /// </summary>
    /// <param name="path">As <see cref="RootPath.Value"/> has it.</param>
    /// <param name="contentLength">Bytes; 0 for what has no content.</param>
    public void BeginEntry(string path, long contentLength)
    {
        bool isLarge = contentLength >= LayerChunk.MaxBytes;
        int length = _current?.Length ?? 0;
        if (isLarge || _isAfterLargeEntry || length + contentLength > LayerChunk.MaxBytes
            || length >= MinBytes && IsMark(path))
        {
            Cut();
        }

        _isAfterLargeEntry = isLarge;
    }

    /// <summary>Hands over what is left.</summary>
    public void Complete() => Cut();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            _current ??= take();
            buffer = buffer[_current.Append(buffer)..];
            if (_current.Length == LayerChunk.MaxBytes)
            {
                Cut();
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Cut()
    {
        if (_current is { Length: > 0 } chunk)
        {
            _current = null;
            emit(chunk);
        }
    }

    // FNV-1a: any hash would do, but it has to be the same in every process and version.
    private static bool IsMark(string path)
    {
        uint hash = 2166136261;
        foreach (char character in path)
        {
            hash = (hash ^ character) * 16777619;
        }

        return ((hash ^ (hash >> 16)) & MarkMask) == 0;
    }
}
