using System.Text;

namespace RootfsImporter.Archives;

/// <summary>What the fields of a tar header and the values of pax records have in common.</summary>
internal static class TarFields
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>UTF-8 as text; throws <see cref="InvalidDataException"/> for anything else.</summary>
    public static string Text(ReadOnlySpan<byte> bytes)
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

    /// <summary>What stands before the first NUL: all when there is none.</summary>
    public static ReadOnlySpan<byte> UntilNul(ReadOnlySpan<byte> field) =>
        field.IndexOf((byte)0) is int end and >= 0 ? field[..end] : field;

    /// <summary>A number as <see cref="TryNumber"/> reads it; throws <see cref="InvalidDataException"/> for anything else.</summary>
    public static long Number(ReadOnlySpan<byte> field) => TryNumber(field, out long number)
        ? number
        : throw new InvalidDataException(field[0] >= 0x80
            ? "a number in base 256 does not fit into 64 bits"
            : $"a number is not octal: '{Encoding.Latin1.GetString(field.Trim(" \0"u8))}' in a header is not a number");

    /// <summary>
    /// Octal digits, with blanks and NULs around them; or, when the highest bit is set, GNU tar's base 256, where the next
    /// bit is the sign. False for anything else and for what does not fit.
    /// </summary>
    public static bool TryNumber(ReadOnlySpan<byte> field, out long number)
    {
        if (field[0] >= 0x80)
        {
            return TryBinary(field, out number);
        }

        number = 0;
        foreach (byte digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return false;
            }

            number = (number << 3) | (uint)(digit - '0'); // twelve digits at most: 36 bits
        }

        return true;
    }

    private static bool TryBinary(ReadOnlySpan<byte> field, out long number)
    {
        number = (sbyte)(field[0] << 1) >> 1; // without the mark, the sign extended
        foreach (byte next in field[1..])
        {
            if (number is > (long.MaxValue >> 8) or < (long.MinValue >> 8))
            {
                return false;
            }

            number = (number << 8) | next;
        }

        return true;
    }
}
