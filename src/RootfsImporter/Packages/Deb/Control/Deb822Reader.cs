using System.Buffers;
using System.Text;

namespace RootfsImporter.Packages.Deb.Control;

/// <summary>
/// Reads deb822 paragraphs (deb822(5)) from a stream, one at a time, in memory bounded by the longest paragraph.
/// The stream stays the caller's.
/// </summary>
/// <remarks>
/// A paragraph is a run of lines; an empty line ends it. <c>Name: value</c> begins a field, a line that begins with
/// a space or a tab continues the one before. As dpkg has it, a line of nothing but white space, a field given twice
/// and a NUL byte are errors. A carriage return before a line feed is white space.
/// </remarks>
internal sealed class Deb822Reader(Stream stream, Deb822Options? options = null)
{
    private const int InitialBufferBytes = 256 << 10;

    // deb822(5): printable ASCII but space and colon.
    private static readonly SearchValues<byte> NameBytes = SearchValues.Create(
        [.. Enumerable.Range(33, 126 - 33 + 1).Where(b => b != ':').Select(b => (byte)b)]);

    private readonly Deb822Options _options = options ?? Deb822Options.Default;
    private readonly Deb822Paragraph _paragraph = new();
    private byte[] _buffer = new byte[InitialBufferBytes];
    private int _next;
    private int _end;
    private long _bufferOffset;
    private int _paragraphStart;
    private int _paragraphEnd;
    private ulong _namesSeen;
    private bool _atEndOfStream;

    /// <summary>
    /// The next paragraph, or null at the end. The paragraph is valid until the next call. Throws
    /// <see cref="InvalidDataException"/> that names the offset of what is wrong.
    /// </summary>
    public Deb822Paragraph? Read()
    {
        _paragraphStart = -1;
        _namesSeen = 0;
        while (TryReadLine(out int start, out int length))
        {
            ReadOnlySpan<byte> line = _buffer.AsSpan(start, length);
            if (line.IsEmpty || (line.Length == 1 && line[0] == '\r'))
            {
                if (_paragraphStart < 0)
                {
                    continue;
                }

                return Finish();
            }

            if (line[0] == '#' && _options.AllowComments)
            {
                DropLine(start);
                continue;
            }

            if (_paragraphStart < 0)
            {
                _paragraphStart = start;
                _paragraph.Clear(_bufferOffset + start);
            }

            AddLine(line, start);
        }

        return _paragraphStart < 0 ? null : Finish();
    }

    private Deb822Paragraph Finish()
    {
        int nul = _buffer.AsSpan(_paragraphStart, _paragraphEnd - _paragraphStart).IndexOf((byte)0);
        if (nul >= 0)
        {
            throw Malformed(_paragraphStart + nul, "a NUL byte");
        }

        _paragraph.Attach(_buffer, _paragraphStart);
        return _paragraph;
    }

    private void AddLine(ReadOnlySpan<byte> line, int start)
    {
        _paragraphEnd = start + line.Length;
        int position = start - _paragraphStart;
        if (line[0] is (byte)' ' or (byte)'\t')
        {
            AddContinuation(line, position);
        }
        else
        {
            AddField(line, position);
        }
    }

    private void AddContinuation(ReadOnlySpan<byte> line, int position)
    {
        if (_paragraph.Count == 0)
        {
            throw Malformed(_paragraphStart + position, "a continuation line where a field name was expected");
        }

        if (Deb822.Trim(line).IsEmpty)
        {
            throw Malformed(_paragraphStart + position, "a line of nothing but white space within a paragraph");
        }

        _paragraph.ExtendLast(position + line.Length);
    }

    private void AddField(ReadOnlySpan<byte> line, int position)
    {
        int colon = line.IndexOf((byte)':');
        ReadOnlySpan<byte> name = colon < 0 ? line : line[..colon];
        int bad = name.IndexOfAnyExcept(NameBytes);
        if (colon <= 0 || bad >= 0 || name[0] is (byte)'-' or (byte)'#')
        {
            throw Malformed(_paragraphStart + position, $"'{Quote(line)}' is no field; expected 'Name: value'");
        }

        // One bit per name says "certainly new" for all but a few fields, so that most names need no comparison.
        ulong bit = 1UL << (((name[0] | 0x20) + ((name[^1] | 0x20) * 3) + (name.Length * 7)) & 63);
        if ((_namesSeen & bit) != 0)
        {
            RefuseDuplicate(name, position);
        }

        _namesSeen |= bit;
        if (_paragraph.Count == _options.MaxFields)
        {
            throw Malformed(_paragraphStart + position, $"more than {_options.MaxFields} fields in one paragraph");
        }

        _paragraph.Add(new Deb822Field(position, colon, position + colon + 1, line.Length - colon - 1));
    }

    private void RefuseDuplicate(ReadOnlySpan<byte> name, int position)
    {
        _paragraph.Attach(_buffer, _paragraphStart);
        if (_paragraph.IndexOf(name) >= 0)
        {
            throw Malformed(_paragraphStart + position, $"field '{Quote(name)}' is given twice in one paragraph");
        }
    }

    /// <summary>Finds the next line, without its line feed; reads on until it is whole.</summary>
    private bool TryReadLine(out int start, out int length)
    {
        int searched = 0;
        while (true)
        {
            start = _next;
            int lineFeed = _buffer.AsSpan(_next + searched, _end - _next - searched).IndexOf((byte)'\n');
            if (lineFeed >= 0)
            {
                length = searched + lineFeed;
                _next += length + 1;
                CheckParagraphSize();
                return true;
            }

            searched = _end - _next;
            CheckParagraphSize(searched);
            if (_atEndOfStream)
            {
                length = searched;
                _next = _end;
                return length > 0;
            }

            Fill();
        }
    }

    private void CheckParagraphSize(int further = 0)
    {
        int first = _paragraphStart < 0 ? _next : _paragraphStart;
        if (_next + further - first > _options.MaxParagraphBytes)
        {
            throw Malformed(first, $"a paragraph of more than {_options.MaxParagraphBytes} bytes");
        }
    }

    /// <summary>Reads more, keeping the bytes from the paragraph's first on.</summary>
    private void Fill()
    {
        int keep = _paragraphStart < 0 ? _next : _paragraphStart;
        if (keep > 0)
        {
            _buffer.AsSpan(keep, _end - keep).CopyTo(_buffer);
            _bufferOffset += keep;
            _next -= keep;
            _end -= keep;
            _paragraphStart = _paragraphStart < 0 ? -1 : 0;
            _paragraphEnd -= keep;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _atEndOfStream = read == 0;
    }

    /// <summary>Removes a comment line that has just been read, so that a value around it is in one piece.</summary>
    private void DropLine(int start)
    {
        int dropped = _next - start;
        if (_paragraphStart >= 0)
        {
            // Within a paragraph the bytes before the comment move up to where it ended.
            _buffer.AsSpan(_paragraphStart, start - _paragraphStart).CopyTo(_buffer.AsSpan(_paragraphStart + dropped));
            _paragraphStart += dropped;
        }
    }

    private InvalidDataException Malformed(int position, string what) =>
        new($"at byte {_bufferOffset + position}: {what}");

    private static string Quote(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 60)]);
        return string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
    }
}
