using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace RootfsImporter.Archives;

/// <summary>Reads the fields of a tar header and the records of a pax header. All throw <see cref="InvalidDataException"/>.</summary>
internal static class TarFields
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Text up to the first NUL.</summary>
    public static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        try
        {
            return StrictUtf8.GetString(end < 0 ? field : field[..end]);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("a name is not UTF-8", e);
        }
    }

    /// <summary>A number that is not negative: octal digits, or base 256 as GNU tar writes large ones.</summary>
    public static long Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            // The eight lowest bytes are a long; what stands before it has no bits but the mark.
            ReadOnlySpan<byte> low = field[^8..];
            long number = BinaryPrimitives.ReadInt64BigEndian(low);
            return field[0] == 0x80 && !field[1..^8].ContainsAnyExcept((byte)0) && number >= 0
                ? number
                : throw new InvalidDataException("a size does not fit into 63 bits");
        }

        ReadOnlySpan<byte> digits = field.Trim(" \0"u8);
        long value = 0;
        foreach (byte digit in digits)
        {
            value = digit is >= (byte)'0' and <= (byte)'7'
                ? (value << 3) | (uint)(digit - '0')
                : throw new InvalidDataException("a number is not octal");
        }

        return value;
    }

    /// <summary>Whether a block's checksum is that of its bytes.</summary>
    public static bool HasValidChecksum(ReadOnlySpan<byte> block)
    {
        int sum = 8 * ' ';
        for (int index = 0; index < block.Length; index++)
        {
            sum += index is >= 148 and < 156 ? 0 : block[index];
        }

        return Number(block.Slice(148, 8)) == sum;
    }

    /// <summary>The records of a pax extended header: <c>LENGTH KEY=VALUE\n</c>; of a key given twice the last counts.</summary>
    public static Dictionary<string, string> Records(ReadOnlySpan<byte> content)
    {
        Dictionary<string, string> records = new(StringComparer.Ordinal);
        while (content.Length > 0)
        {
            int blank = content.IndexOf((byte)' ');
            if (blank <= 0
                || !int.TryParse(content[..blank], NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                || length <= blank + 1 || length > content.Length || content[length - 1] != '\n')
            {
                throw new InvalidDataException("a pax record does not have the length that it says");
            }

            ReadOnlySpan<byte> record = content[(blank + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals <= 0 || record.Contains((byte)0))
            {
                throw new InvalidDataException("a pax record has no key, or a NUL in it");
            }

            records[Text(record[..equals])] = Text(record[(equals + 1)..]);
            content = content[length..];
        }

        return records;
    }
}
