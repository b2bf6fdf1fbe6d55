using System.Globalization;
using System.Text;
using RootfsImporter.Codecs;

namespace RootfsImporter.Archives;

/// <summary>A member of an ar archive; its content can be read until the next member is asked for.</summary>
/// <param name="Name">The name, 1 to 15 printable ASCII characters without a slash.</param>
/// <param name="Size">Bytes of content.</param>
/// <param name="Content">Exactly these bytes; an archive that ends earlier is an error of this
/// stream.</param>
internal sealed record ArMember(string Name, long Size, Stream Content);

/// <summary>
/// Reads the ar archives that .deb files are (deb(5)), front to back, from any stream. Anything malformed is
/// an <see cref="InvalidDataException"/> with the offset. Disposes the stream unless told to leave it open.
/// </summary>
/// <remarks>
/// The archive is <c>!&lt;arch&gt;\n</c> and then, for each member at an even offset, a header of 60 bytes
/// (name 16, time 12, uid 6, gid 6, mode 8, size 10, <c>`\n</c>; text padded with spaces) and the content.
/// The name may end in a slash. deb(5) has none of ar's longer names.
/// </remarks>
internal sealed class ArReader(Stream source, bool leaveOpen = false) : IDisposable
{
    private const int NameBytes = 16;
    private const int SizeStart = 48;
    private const int SizeBytes = 10;
    private const int HeaderBytes = 60;

    private long _offset;
    private long _memberEnd;
    private bool _isPadded;

    private static ReadOnlySpan<byte> GlobalMagic => "!<arch>\n"u8;

    private static ReadOnlySpan<byte> HeaderMagic => "`\n"u8;

    /// <summary>
    /// Goes to the next member, past whatever of the current one was not read; null at the end of the
    /// archive.
    /// </summary>
    public ArMember? ReadNext()
    {
        if (_offset == 0)
        {
            ReadGlobalMagic();
        }
        else
        {
            SkipToNextHeader();
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        long start = _offset;
        int read = source.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false);
        _offset += read;
        if (read == 0)
        {
            return null;
        }

        if (read < HeaderBytes)
        {
            throw Truncated("a member's header");
        }

        if (!header[^2..].SequenceEqual(HeaderMagic))
        {
            throw new InvalidDataException($"ar archive: no member header is at offset {start}");
        }

        string name = ParseName(header[..NameBytes], start);
        long size = ParseSize(header.Slice(SizeStart, SizeBytes), name, start);
        _memberEnd = _offset + size;
        _isPadded = (size & 1) != 0;
        return new ArMember(name, size, new MemberStream(this, _memberEnd));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!leaveOpen)
        {
            source.Dispose();
        }
    }

    private static string ParseName(ReadOnlySpan<byte> field, long offset)
    {
        ReadOnlySpan<byte> name = field.TrimEnd((byte)' ');
        if (name.EndsWith("/"u8))
        {
            name = name[..^1];
        }

        bool isValid = name.Length is > 0 and < NameBytes
            && !name.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E)
            && !name.Contains((byte)'/');
        return isValid
            ? Encoding.ASCII.GetString(name)
            : throw new InvalidDataException(
                $"ar archive: a member's name is not valid in a .deb, at offset {offset}");
    }

    private static long ParseSize(ReadOnlySpan<byte> field, string name, long offset) =>
        long.TryParse(
            field.TrimEnd((byte)' '), NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            ? size
            : throw new InvalidDataException(
                $"ar archive: the size of '{name}' is not a decimal number, at offset {offset + SizeStart}");

    private void ReadGlobalMagic()
    {
        Span<byte> magic = stackalloc byte[GlobalMagic.Length];
        _offset = source.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        if (!magic[..(int)_offset].SequenceEqual(GlobalMagic))
        {
            throw new InvalidDataException("this is not an ar archive: it does not start with '!<arch>'");
        }
    }

    private void SkipToNextHeader()
    {
        if (source.CanSeek && _memberEnd - _offset <= source.Length - source.Position)
        {
            source.Seek(_memberEnd - _offset, SeekOrigin.Current);
            _offset = _memberEnd;
        }

        byte[] buffer = new byte[16 * 1024];
        while (_offset < _memberEnd)
        {
            ReadContent(buffer, _memberEnd);
        }

        // dpkg does without the last member's padding, and so do archives that it accepts.
        if (_isPadded && source.ReadByte() >= 0)
        {
            _offset++;
        }
    }

    private int ReadContent(Span<byte> buffer, long memberEnd)
    {
        if (memberEnd != _memberEnd)
        {
            throw new InvalidOperationException("the archive was read on: this member's content is gone");
        }

        int wanted = (int)Math.Min(buffer.Length, memberEnd - _offset);
        int read = source.Read(buffer[..wanted]);
        _offset += read;
        return read > 0 || wanted == 0 ? read : throw Truncated("a member");
    }

    private InvalidDataException Truncated(string where) =>
        new($"ar archive: it ends inside {where}, after {_offset} bytes");

    private sealed class MemberStream(ArReader archive, long end) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer) => archive.ReadContent(buffer, end);
    }
}
