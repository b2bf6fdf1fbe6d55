using System.Globalization;
using System.Text;

namespace RootfsImporter.Archives;

/// <summary>
/// The records of a pax extended header: <c>LENGTH KEY=VALUE\n</c>, where the length counts itself (IEEE Std
/// 1003.1, pax, "pax Extended Header").
/// </summary>
internal sealed class PaxRecords
{
    private readonly List<byte> _bytes = [];

    /// <summary>
    /// Appends a record. The value is raw bytes; a key without text or with an equals sign is refused.
    /// </summary>
    public void Add(string key, ReadOnlySpan<byte> value)
    {
        if (key.Length == 0 || key.AsSpan().ContainsAny('=', '\0', '\n'))
        {
            throw new ArgumentException($"'{key}' cannot be the key of a pax record", nameof(key));
        }

        byte[] keyBytes = Encoding.UTF8.GetBytes(key);
        int rest = keyBytes.Length + value.Length + 3; // space, equals sign, newline
        int length = rest + CountDigits(rest);
        if (CountDigits(length) > CountDigits(rest))
        {
            length++;
        }

        _bytes.AddRange(Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)));
        _bytes.Add((byte)' ');
        _bytes.AddRange(keyBytes);
        _bytes.Add((byte)'=');
        _bytes.AddRange(value);
        _bytes.Add((byte)'\n');
    }

    /// <summary>All records so far.</summary>
    public byte[] ToArray() => _bytes.ToArray();

    private static int CountDigits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
}
