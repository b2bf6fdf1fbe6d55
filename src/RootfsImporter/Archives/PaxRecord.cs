using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace RootfsImporter.Archives;

/// <summary>
/// One record of a pax extended header: <c>LENGTH KEY=VALUE\n</c>, where the length counts itself (IEEE Std 1003.1, pax,
/// "pax Extended Header"). <see cref="PaxRecords"/> writes them.
/// </summary>
/// <param name="Key">The key, never empty.</param>
/// <param name="Value">The value: any bytes, as extended attributes are.</param>
internal readonly record struct PaxRecord(string Key, byte[] Value)
{
    /// <summary>What a record may have: an extended attribute has 64 KiB at most, in base64 a third more.</summary>
    public const int MaxBytes = 128 * 1024;

    /// <summary>How many records a header may have.</summary>
    public const int MaxCount = 10_000;

    /// <summary>
    /// Adds the records of a header to those that are there. Throws <see cref="InvalidDataException"/> with an offset.
    /// </summary>
    public static void ReadInto(List<PaxRecord> records, ReadOnlySpan<byte> header)
    {
        int offset = 0;
        while (offset < header.Length)
        {
            ReadOnlySpan<byte> rest = header[offset..];
            int space = rest.IndexOf((byte)' ');
            if (space <= 0 || !Utf8Parser.TryParse(rest[..space], out uint length, out int digits) || digits != space
                || length <= space + 1 || length > rest.Length || rest[(int)length - 1] != '\n')
            {
                throw Malformed(offset, "its length is wrong");
            }

            if (length > MaxBytes || records.Count == MaxCount)
            {
                throw Malformed(offset, $"it has {length} bytes and {records.Count} before it, "
                    + $"and at most {MaxBytes} bytes and {MaxCount} records are accepted");
            }

            ReadOnlySpan<byte> record = rest[(space + 1)..((int)length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals <= 0 || record[..equals].Contains((byte)0))
            {
                throw Malformed(offset, "it has no key");
            }

            records.Add(new PaxRecord(TarFields.Text(record[..equals]), record[(equals + 1)..].ToArray()));
            offset += (int)length;
        }
    }

    /// <summary>
    /// The value as a decimal number, rounded down when it has a fraction, as a time may. Throws
    /// <see cref="InvalidDataException"/>.
    /// </summary>
    public static long ToNumber(string key, ReadOnlySpan<byte> value)
    {
        int point = value.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = point < 0 ? value : value[..point];
        ReadOnlySpan<byte> fraction = point < 0 ? [] : value[(point + 1)..];
        ReadOnlySpan<byte> unsigned = whole.StartsWith("-"u8) ? whole[1..] : whole;
        if (unsigned.IsEmpty || unsigned.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            throw new InvalidDataException(
                $"the extended header's {key} '{Encoding.Latin1.GetString(value)}' is not a number");
        }

        bool isBelow = unsigned.Length < whole.Length && fraction.ContainsAnyExcept((byte)'0');
        return long.TryParse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && !(isBelow && number == long.MinValue)
            ? number - (isBelow ? 1 : 0)
            : throw new InvalidDataException($"a {key} is '{Encoding.Latin1.GetString(value)}', which is out of range");
    }

    private static InvalidDataException Malformed(int offset, string what) => new(
        $"an extended header is malformed: in the record at byte {offset}, {what}; "
            + "a pax record is a length, a blank, KEY=VALUE and a line break");
}
