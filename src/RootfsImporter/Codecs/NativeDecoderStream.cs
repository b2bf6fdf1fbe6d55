namespace RootfsImporter.Codecs;

/// <summary>
/// Reads through a native decoder, strictly. Owns the decoder, and disposes the source unless told to leave
/// it open.
/// </summary>
internal sealed class NativeDecoderStream(Stream source, INativeDecoder decoder, bool leaveOpen)
    : ReadOnlyStream
{
    private const int BufferBytes = 64 * 1024;

    private readonly byte[] _input = new byte[BufferBytes];
    private int _start;
    private int _end;
    private long _consumed;
    private bool _isSourceAtEnd;
    private bool _isComplete;

    public override int Read(Span<byte> buffer)
    {
        int read;
        while (!TryDecode(buffer, out read))
        {
            Filled(source.Read(_input));
        }

        return read;
    }

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        while (!TryDecode(buffer.Span, out read))
        {
            Filled(await source.ReadAsync(_input, cancellationToken));
        }

        return read;
    }

    public override Task<int> ReadAsync(
        byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            decoder.Dispose();
            if (!leaveOpen)
            {
                source.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private void Filled(int read)
    {
        (_start, _end) = (0, read);
        _isSourceAtEnd = read == 0;
    }

    // False when more input is needed first.
    private bool TryDecode(Span<byte> buffer, out int written)
    {
        written = 0;
        while (!buffer.IsEmpty)
        {
            bool isInputEmpty = _start == _end;
            if (isInputEmpty && !_isSourceAtEnd)
            {
                return false;
            }

            if (isInputEmpty && _isComplete)
            {
                return true;
            }

            DecodeStep step = decoder.Decode(_input.AsSpan(_start.._end), buffer, _isSourceAtEnd);
            _start += step.Consumed;
            _consumed += step.Consumed;
            _isComplete = step.IsComplete;
            if (step.Error is not null)
            {
                throw new InvalidDataException(
                    $"the {decoder.Format} data {step.Error}, at offset {_consumed}");
            }

            if (step.Written > 0)
            {
                written = step.Written;
                return true;
            }

            if (step.Consumed == 0 && !step.IsComplete)
            {
                throw new InvalidDataException(isInputEmpty
                    ? $"the {decoder.Format} data ends too early, after {_consumed} bytes"
                    : $"the {decoder.Format} data leads nowhere, at offset {_consumed}");
            }
        }

        return true;
    }
}
