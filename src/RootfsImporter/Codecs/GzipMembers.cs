namespace RootfsImporter.Codecs;

/// <summary>
/// Reads a file of gzip members (RFC 1952, 2.2) one member at a time, and tells where each ends: for formats whose
/// members mean different things. The source stays the caller's; it is read ahead of <see cref="Position"/>.
/// </summary>
internal sealed class GzipMembers(Stream source) : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly byte[] _input = new byte[BufferBytes];
    private readonly GzipDecoder _decoder = GzipDecoder.Create();
    private int _start;
    private int _end;
    private bool _isSourceAtEnd;
    private MemberStream? _current;

    /// <summary>How many bytes of the source have been decoded: after the last byte of a member, where it ends.</summary>
    public long Position { get; private set; }

    /// <summary>
    /// The next member's content, or null when the source ends. The member before must have been read to its end. Data
    /// that ends too early or is damaged is an <see cref="InvalidDataException"/> with the offset. How much may come out
    /// is the caller's matter: see <see cref="BoundedStream"/>.
    /// </summary>
    public Stream? OpenNext()
    {
        if (_current is { IsAtEnd: false })
        {
            throw new InvalidOperationException("the gzip member before was not read to its end");
        }

        return HasInput() ? _current = new MemberStream(this) : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _decoder.Dispose();

    private bool HasInput()
    {
        if (_start == _end && !_isSourceAtEnd)
        {
            (_start, _end) = (0, source.Read(_input));
            _isSourceAtEnd = _end == 0;
        }

        return _start < _end;
    }

    private int Decode(Span<byte> output, out bool isAtEnd)
    {
        while (true)
        {
            if (!HasInput())
            {
                throw new InvalidDataException($"the gzip data ends too early, after {Position} bytes");
            }

            DecodeStep step = _decoder.Decode(_input.AsSpan(_start.._end), output, _isSourceAtEnd);
            _start += step.Consumed;
            Position += step.Consumed;
            if (step.Error is not null)
            {
                throw new InvalidDataException($"the gzip data {step.Error}, at offset {Position}");
            }

            isAtEnd = step.IsComplete;
            if (isAtEnd || step.Written > 0)
            {
                return step.Written;
            }

            if (step.Consumed == 0)
            {
                throw new InvalidDataException($"the gzip data leads nowhere, at offset {Position}");
            }
        }
    }

    private sealed class MemberStream(GzipMembers members) : ReadOnlyStream
    {
        public bool IsAtEnd { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            int read = 0;
            while (read == 0 && !IsAtEnd && !buffer.IsEmpty)
            {
                read = members.Decode(buffer, out bool isAtEnd);
                IsAtEnd = isAtEnd;
            }

            return read;
        }
    }
}
