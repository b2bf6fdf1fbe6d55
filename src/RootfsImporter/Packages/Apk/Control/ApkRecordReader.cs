namespace RootfsImporter.Packages.Apk.Control;

/// <summary>
/// Reads records of lines <c>X:value</c>, one letter each, between empty lines: the text of an index (apk-tools,
/// doc/apk-v2.5.scd). One line at a time is in memory. The stream stays the caller's.
/// </summary>
internal sealed class ApkRecordReader(Stream text)
{
    // Virtual names of one package of Alpine's have 70 kB.
    private const int MaxLineBytes = 1 << 20;
    private const int FirstBufferBytes = 128 * 1024;

    private byte[] _buffer = new byte[FirstBufferBytes];
    private int _start;
    private int _end;
    private bool _isSourceAtEnd;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Whether there is nothing more.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>
    /// The next field of a record; false at the record's end. The value is valid until the next call. Throws
    /// <see cref="InvalidDataException"/> with the line's number for a line that is no field or too long.
    /// </summary>
    public bool ReadField(out char letter, out ReadOnlySpan<byte> value)
    {
        letter = '\0';
        value = [];
        if (!ReadLine(out ReadOnlySpan<byte> line))
        {
            IsAtEnd = true;
            return false;
        }

        Line++;
        if (line.IsEmpty)
        {
            return false;
        }

        if (line.Length < 2 || line[1] != ':' || !char.IsAsciiLetter((char)line[0]))
        {
            throw new InvalidDataException($"line {Line} is not a letter, a colon and a value");
        }

        letter = (char)line[0];
        value = line[2..];
        return true;
    }

    private bool ReadLine(out ReadOnlySpan<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int length = _buffer.AsSpan((_start + searched).._end).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = _buffer.AsSpan(_start, searched + length);
                _start += line.Length + 1;
                return true;
            }

            searched = _end - _start;
            if (_isSourceAtEnd)
            {
                line = _buffer.AsSpan(_start, searched);
                _start = _end;
                return searched > 0;
            }

            Fill();
        }
    }

    private void Fill()
    {
        int kept = _end - _start;
        if (kept > MaxLineBytes)
        {
            throw new InvalidDataException($"line {Line + 1} is longer than {MaxLineBytes} bytes");
        }

        byte[] target = kept > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        _buffer.AsSpan(_start, kept).CopyTo(target);
        _buffer = target;
        int read = text.Read(_buffer, kept, _buffer.Length - kept);
        (_start, _end, _isSourceAtEnd) = (0, kept + read, read == 0);
    }
}
