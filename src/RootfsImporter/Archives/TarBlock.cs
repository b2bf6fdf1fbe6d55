using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace RootfsImporter.Archives;

/// <summary>
/// What the header block of a tar entry says, ustar or GNU (the layout is described at <see cref="TarHeader"/>): just
/// enough to step from entry to entry of a tar that passes by.
/// </summary>
/// <param name="Name">Prefix and name, joined; empty for a nameless entry.</param>
/// <param name="TypeFlag">The type: <c>0</c> file, <c>5</c> directory, <c>x</c> pax records.</param>
/// <param name="Size">The size field, bytes, never negative; whether so many follow depends on the type.</param>
internal readonly record struct TarBlock(string Name, char TypeFlag, long Size)
{
    /// <summary>Whether this is a header that says something of the next one: pax records, a long name of GNU tar's.</summary>
    public bool IsExtension => TypeFlag is 'x' or 'g' or 'L' or 'K';

    /// <summary>How many bytes of content a header of a size has behind it: links, directories and devices have none.</summary>
    public long ContentOf(long size) => TypeFlag is >= '1' and <= '6' ? 0 : size;

    /// <summary>Reads a block of 512 bytes; false when it is none, as at the end of an archive.</summary>
    public static bool TryRead(ReadOnlySpan<byte> block, out TarBlock header)
    {
        header = default;
        if (!HasItsChecksum(block) || !TryReadNumber(block.Slice(124, 12), out long size))
        {
            return false;
        }

        string name = Text(block[..100]);
        bool hasPrefix = block.Slice(257, 6).SequenceEqual("ustar\0"u8);
        string prefix = hasPrefix ? Text(block.Slice(345, 155)) : "";
        header = new TarBlock(prefix.Length > 0 ? $"{prefix}/{name}" : name, (char)block[156], size);
        return true;
    }

    /// <summary>The last value of a key in pax records, or null. Reads as far as they are well-formed.</summary>
    public static string? FindPaxRecord(ReadOnlySpan<byte> records, string key)
    {
        string? value = null;
        while (records.IndexOf((byte)' ') is int blank and > 0
            && int.TryParse(records[..blank], NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            && length > blank + 1 && length <= records.Length)
        {
            ReadOnlySpan<byte> record = records[(blank + 1)..length].TrimEnd((byte)'\n');
            int equals = record.IndexOf((byte)'=');
            if (equals > 0 && Encoding.UTF8.GetString(record[..equals]) == key)
            {
                value = Encoding.UTF8.GetString(record[(equals + 1)..]);
            }

            records = records[length..];
        }

        return value;
    }

    /// <summary>A field of text: all up to the first NUL.</summary>
    public static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    // The sum of all bytes with the field itself as blanks. An empty block has none.
    private static bool HasItsChecksum(ReadOnlySpan<byte> block)
    {
        ReadOnlySpan<byte> field = block.Slice(148, 8);
        int sum = field.Length * ' ';
        for (int index = 0; index < block.Length; index++)
        {
            sum += index is >= 148 and < 156 ? 0 : block[index];
        }

        return TryReadOctal(field, out long expected) && expected == sum;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> field, out long value)
    {
        // Base 256: the sign bit of the first byte marks it, numbers beyond 64 bits do not fit anywhere.
        if ((field[0] & 0x80) == 0)
        {
            return TryReadOctal(field, out value);
        }

        value = BinaryPrimitives.ReadInt64BigEndian(field[^8..]);
        return value >= 0 && field[0] == 0x80 && !field[1..^8].ContainsAnyExcept((byte)0);
    }

    private static bool TryReadOctal(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        ReadOnlySpan<byte> digits = field.Trim(" \0"u8);
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return false;
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return !digits.IsEmpty;
    }
}
