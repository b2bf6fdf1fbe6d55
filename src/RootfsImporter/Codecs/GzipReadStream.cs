using System.Buffers.Binary;
using System.IO.Compression;

namespace RootfsImporter.Codecs;

/// <summary>
/// Reads gzip members (RFC 1952) one after another, strictly. The runtime inflates, but the framing is read here:
/// its GZipStream takes the end of the input for the end of the data wherever it comes, and ignores what follows the
/// last member.
/// </summary>
/// <remarks>
/// A member is a header of at least ten bytes, deflate data that ends itself, the CRC-32 and the length (modulo 2^32)
/// of what it holds. The inflater does not tell how much of its input it used, only that it needs no more. So it is
/// fed in small pieces, and the end lies in the last of them: where the eight bytes stand that the checksum and
/// length computed here ask for.
/// </remarks>
internal sealed class GzipReadStream(Stream source, bool leaveOpen = false) : ReadOnlyStream
{
    private const int BufferBytes = 64 * 1024;
    private const int FeedBytes = 4096;
    private const int TrailerBytes = 8;
    private const int MaxHeaderTextBytes = 64 * 1024;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;
    private long _discarded;
    private int _feedStart;
    private DeflateStream? _member;
    private uint _crc;
    private uint _length;
    private bool _isAtEnd;
    private bool _isTruncated;

    private long Offset => _discarded + _start;

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty && !_isAtEnd)
        {
            _member ??= OpenMember();
            int read = Inflate(_member, buffer);
            if (read > 0)
            {
                _crc = Crc32.Update(_crc, buffer[..read]);
                _length += (uint)read;
                return read;
            }

            CloseMember();
            _isAtEnd = Available(1) == 0;
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _member?.Dispose();
            if (!leaveOpen)
            {
                source.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private int Inflate(DeflateStream member, Span<byte> buffer)
    {
        try
        {
            int read = member.Read(buffer);
            return read == 0 && _isTruncated ? throw Truncated() : read;
        }
        catch (InvalidDataException exception) when (!_isTruncated)
        {
            throw new InvalidDataException($"the gzip data is damaged before offset {Offset}", exception);
        }
    }

    private DeflateStream OpenMember()
    {
        long offset = Offset;
        if (NextByte() != 0x1F || NextByte() != 0x8B)
        {
            throw new InvalidDataException(offset == 0
                ? "this is not gzip data"
                : $"data that is no gzip member follows the gzip data, at offset {offset}");
        }

        byte method = NextByte();
        byte flags = NextByte();
        if (method != 8 || (flags & 0xE0) != 0)
        {
            throw new InvalidDataException(
                $"the gzip member at offset {offset} has the unknown method {method} or flags 0x{flags:x2}");
        }

        Skip(6); // time, extra flags, operating system
        if ((flags & 4) != 0)
        {
            int low = NextByte();
            Skip(low | NextByte() << 8);
        }

        SkipText((flags & 8) != 0);
        SkipText((flags & 16) != 0);
        Skip((flags & 2) != 0 ? 2 : 0);
        (_crc, _length, _feedStart) = (0, 0, _start);
        return new DeflateStream(new Feed(this), CompressionMode.Decompress);
    }

    private void CloseMember()
    {
        _member?.Dispose();
        _member = null;
        Span<byte> trailer = stackalloc byte[TrailerBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _crc);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], _length);

        // The trailer may begin anywhere in the last piece, and end beyond it.
        int fed = _start - _feedStart;
        _start = _feedStart;
        int available = Math.Min(Available(fed + TrailerBytes), fed + TrailerBytes);
        int found = _buffer.AsSpan(_start, available).IndexOf(trailer);
        if (found < 0)
        {
            throw new InvalidDataException(
                $"a gzip member's end is cut off, or its checksum or length is wrong, before offset {Offset + available}");
        }

        _start += found + TrailerBytes;
    }

    private InvalidDataException Truncated() =>
        new($"the gzip data ends too early, after {_discarded + _end} bytes");

    private byte NextByte() => Available(1) == 0 ? throw Truncated() : _buffer[_start++];

    private void Skip(int count)
    {
        for (int skipped = 0; skipped < count; skipped++)
        {
            NextByte();
        }
    }

    private void SkipText(bool isPresent)
    {
        for (int length = 0; isPresent && NextByte() != 0; length++)
        {
            if (length == MaxHeaderTextBytes)
            {
                throw new InvalidDataException($"a gzip member's name or comment is too long, at offset {Offset}");
            }
        }
    }

    // Makes at least so many bytes available from _start on, fewer only at the end of the source.
    private int Available(int wanted)
    {
        if (_end - _start < wanted)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _discarded += _start;
            (_start, _end, _feedStart) = (0, _end - _start, 0);
            _end += source.ReadAtLeast(_buffer.AsSpan(_end), wanted - _end, throwOnEndOfStream: false);
        }

        return _end - _start;
    }

    // What the inflater reads from: one small piece at a time, which stays in the buffer until it asks for the next.
    private sealed class Feed(GzipReadStream owner) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(Math.Min(owner.Available(1), FeedBytes), buffer.Length);
            owner._isTruncated |= count == 0;
            owner._feedStart = owner._start;
            owner._buffer.AsSpan(owner._start, count).CopyTo(buffer);
            owner._start += count;
            return count;
        }
    }
}
