using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using RootfsImporter.Codecs;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>
/// Reads one section of an .apk or an APKINDEX.tar.gz: ustar with the extensions of pax and GNU tar. Of the three sections
/// that make up the tar of a package only the last has an end-of-archive mark. The runtime's TarReader will not do: it reads
/// pax values as text, and an extended attribute is bytes. The stream stays the caller's.
/// </summary>
/// <remarks>
/// A header is a block of 512 bytes (IEEE Std 1003.1, pax, "ustar Interchange Format"): name 0, mode 100, uid 108, gid 116,
/// size 124, mtime 136, checksum 148, typeflag 156, linkname 157, magic 257, uname 265, gname 297, prefix 345. The content
/// follows, padded to whole blocks. Type x has pax records for the entry that follows; L and K have its long name and
/// link target; g has records for all that follow, which nothing here uses.
/// </remarks>
internal sealed class ApkTarReader(Stream tar)
{
    private const int BlockBytes = 512;
    private const int MaxExtensionBytes = 1 << 20;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _header = new byte[BlockBytes];
    private long _contentRest;
    private int _padding;

    /// <summary>
    /// The next entry, or null at the end, when everything has been read. Throws <see cref="InvalidDataException"/>.
    /// </summary>
    public ApkTarEntry? ReadNext()
    {
        List<(string Key, byte[] Value)> records = [];
        byte[]? longName = null;
        byte[]? longLink = null;
        while (ReadHeader())
        {
            switch ((char)_header[156])
            {
                case 'x':
                    PaxRecordReader.ReadInto(records, ReadExtension());
                    break;
                case 'g':
                    ReadExtension();
                    break;
                case 'L':
                    longName = ReadExtension();
                    break;
                case 'K':
                    longLink = ReadExtension();
                    break;
                default:
                    return ReadEntry(records, longName, longLink);
            }
        }

        return records.Count == 0 && longName is null && longLink is null
            ? null
            : throw new InvalidDataException("the archive ends where an entry should follow its extended header");
    }

    /// <summary>The content of the entry that was read last, what was not read yet; until the next is asked for.</summary>
    public Stream OpenContent() => new EntryContent(this);

    /// <summary>UTF-8 as text; throws <see cref="InvalidDataException"/> for anything else.</summary>
    public static string ToText(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"'{Encoding.Latin1.GetString(bytes)}' is not UTF-8", e);
        }
    }

    private ApkTarEntry ReadEntry(List<(string Key, byte[] Value)> records, byte[]? longName, byte[]? longLink)
    {
        byte[]? Record(string key) => records.FindLast(record => record.Key == key).Value;
        long Number(string key, int offset, int length) => Record(key) is byte[] value
            ? PaxRecordReader.ToNumber(key, value)
            : ReadNumber(_header.AsSpan(offset, length));
        string Text(string key, int offset, int length) =>
            ToText(Record(key) ?? UntilNul(_header.AsSpan(offset, length)));

        string name = ToText(Record("path") ?? (longName is null ? HeaderName() : UntilNul(longName)));
        long size = Number("size", 124, 12);
        long uid = Number("uid", 108, 8);
        long gid = Number("gid", 116, 8);
        if (size < 0 || uid is < 0 or > uint.MaxValue || gid is < 0 or > uint.MaxValue)
        {
            throw new InvalidDataException($"{name}: size {size}, owner {uid} or group {gid} is out of range");
        }

        char type = _header[156] == 0 ? '0' : (char)_header[156];
        BeginContent(type is '0' or '7' ? size : 0, size);
        return new ApkTarEntry
        {
            Name = name,
            Type = type,
            Mode = (int)(ReadNumber(_header.AsSpan(100, 8)) & 0xFFF),
            Uid = (uint)uid,
            Gid = (uint)gid,
            UserName = Text("uname", 265, 32),
            GroupName = Text("gname", 297, 32),
            ModifiedTime = Number("mtime", 136, 12),
            LinkName = ToText(
                Record("linkpath") ?? UntilNul(longLink is null ? _header.AsSpan(157, 100) : longLink)),
            Size = type is '0' or '7' ? size : 0,
            Records = records,
        };
    }

    private void BeginContent(long size, long declared)
    {
        // A hard link may repeat its file's size without having the content (pax, "size"); other kinds have none.
        if (size == 0 && declared > 0 && _header[156] != '1')
        {
            throw new InvalidDataException($"an entry of type {(char)_header[156]} has {declared} bytes of content");
        }

        _contentRest = size;
        _padding = (int)(-size & (BlockBytes - 1));
    }

    private bool ReadHeader()
    {
        OpenContent().CopyTo(Stream.Null);
        Skip(_padding);
        _padding = 0;
        int read = tar.ReadAtLeast(_header, BlockBytes, throwOnEndOfStream: false);
        if (read == 0)
        {
            return false;
        }

        if (read < BlockBytes)
        {
            throw new InvalidDataException("the archive ends inside a header");
        }

        if (!_header.AsSpan().ContainsAnyExcept((byte)0))
        {
            ReadZeros();
            return false;
        }

        return _header.AsSpan(257, 5).SequenceEqual("ustar"u8) && ReadNumber(_header.AsSpan(148, 8)) == Sum(_header)
            ? true
            : throw new InvalidDataException("a header of the archive is damaged: its checksum does not match");
    }

    /// <summary>What follows the end-of-archive mark: padding, up to the record size of whatever wrote it.</summary>
    private void ReadZeros()
    {
        byte[] buffer = new byte[16 * BlockBytes];
        int read;
        while ((read = tar.Read(buffer)) > 0)
        {
            if (buffer.AsSpan(0, read).ContainsAnyExcept((byte)0))
            {
                throw new InvalidDataException("something follows the end of the archive");
            }
        }
    }

    private byte[] ReadExtension()
    {
        long size = ReadNumber(_header.AsSpan(124, 12));
        if (size is < 0 or > MaxExtensionBytes)
        {
            throw new InvalidDataException(
                $"an extended header is to have {size} bytes; at most {MaxExtensionBytes} are accepted");
        }

        byte[] content = new byte[size];
        if (tar.ReadAtLeast(content, content.Length, throwOnEndOfStream: false) < content.Length)
        {
            throw new InvalidDataException("the archive ends inside an extended header");
        }

        Skip((int)(-size & (BlockBytes - 1)));
        return content;
    }

    private void Skip(int count)
    {
        Span<byte> padding = stackalloc byte[BlockBytes];
        if (tar.ReadAtLeast(padding[..count], count, throwOnEndOfStream: false) < count)
        {
            throw new InvalidDataException("the archive ends inside an entry");
        }
    }

    private byte[] HeaderName()
    {
        ReadOnlySpan<byte> name = UntilNul(_header.AsSpan(0, 100));
        ReadOnlySpan<byte> prefix = _header[262] == 0 ? UntilNul(_header.AsSpan(345, 155)) : [];
        return prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];
    }

    private static byte[] UntilNul(ReadOnlySpan<byte> field) =>
        (field.IndexOf((byte)0) is int end and >= 0 ? field[..end] : field).ToArray();

    /// <summary>Octal digits, or GNU tar's base 256 when the highest bit is set.</summary>
    private static long ReadNumber(ReadOnlySpan<byte> field)
    {
        if (field[0] >= 0x80)
        {
            // Twelve bytes hold more than a long: what comes before its eight must be the sign alone.
            ReadOnlySpan<byte> sign = field[..^8];
            long value = BinaryPrimitives.ReadInt64BigEndian(field[^8..]);
            bool isPlain = field.Length == 8 || (sign[0] == 0x80 && !sign[1..].ContainsAnyExcept((byte)0) && value >= 0)
                || (!sign.ContainsAnyExcept((byte)0xFF) && value < 0);
            return !isPlain ? throw Malformed(field)
                : field.Length > 8 ? value
                : field[0] == 0xFF ? value : value & long.MaxValue;
        }

        ReadOnlySpan<byte> digits = field.Trim(" \0"u8);
        long number = 0;
        foreach (byte digit in digits)
        {
            number = digit is >= (byte)'0' and <= (byte)'7' ? (number << 3) | (uint)(digit - '0') : throw Malformed(field);
        }

        return number;
    }

    private static InvalidDataException Malformed(ReadOnlySpan<byte> field) => new(string.Create(
        CultureInfo.InvariantCulture, $"'{Encoding.Latin1.GetString(field)}' in a header is not a number"));

    private static long Sum(ReadOnlySpan<byte> header)
    {
        long sum = 8 * ' ';
        for (int i = 0; i < header.Length; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : header[i];
        }

        return sum;
    }

    private int ReadContent(Span<byte> buffer)
    {
        Span<byte> wanted = buffer[..(int)Math.Min(buffer.Length, _contentRest)];
        if (wanted.IsEmpty)
        {
            return 0;
        }

        int read = tar.Read(wanted);
        _contentRest -= read;
        return read > 0 ? read : throw new InvalidDataException("the archive ends inside a file");
    }

    private sealed class EntryContent(ApkTarReader reader) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer) => reader.ReadContent(buffer);
    }
}
