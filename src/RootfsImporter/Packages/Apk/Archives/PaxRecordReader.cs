using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>
/// Reads the records of a pax extended header: <c>LENGTH KEY=VALUE\n</c>, where the length counts itself (IEEE Std 1003.1,
/// pax, "pax Extended Header").
/// </summary>
internal static class PaxRecordReader
{
    /// <summary>Adds all records; throws <see cref="InvalidDataException"/> with an offset.</summary>
    public static void ReadInto(List<(string Key, byte[] Value)> records, ReadOnlySpan<byte> header)
    {
        int offset = 0;
        while (offset < header.Length)
        {
            ReadOnlySpan<byte> rest = header[offset..];
            int space = rest.IndexOf((byte)' ');
            if (space <= 0 || !Utf8Parser.TryParse(rest[..space], out int length, out int digits) || digits != space
                || length <= space + 1 || length > rest.Length || rest[length - 1] != '\n')
            {
                throw Malformed(offset, "its length is wrong");
            }

            ReadOnlySpan<byte> record = rest[(space + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals <= 0)
            {
                throw Malformed(offset, "it has no key");
            }

            records.Add((ApkTarReader.ToText(record[..equals]), record[(equals + 1)..].ToArray()));
            offset += length;
        }
    }

    /// <summary>A decimal number, without the fraction that a time may have.</summary>
    public static long ToNumber(string key, ReadOnlySpan<byte> value)
    {
        int point = value.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = point < 0 ? value : value[..point];
        bool isBelowZero = whole.StartsWith("-"u8) && point >= 0 && value[(point + 1)..].ContainsAnyExcept((byte)'0');
        return long.TryParse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number - (isBelowZero ? 1 : 0)
            : throw new InvalidDataException(
                $"the extended header's {key} '{Encoding.Latin1.GetString(value)}' is not a number");
    }

    private static InvalidDataException Malformed(int offset, string what) =>
        new($"an extended header is malformed: in the record at byte {offset}, {what}");
}
