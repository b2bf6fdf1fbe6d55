using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace RootfsImporter.TestData;

/// <summary>One entry of a tar, written as it stands: nothing is checked or put right.</summary>
/// <param name="Name">The name, byte for byte (<c>./usr/bin/x</c>, but also <c>../x</c>).</param>
/// <param name="Type">The type flag of the header: 0 file, 1 hard link, 2 symbolic link, 3 character device ...</param>
public sealed record TarBytesEntry(string Name, char Type)
{
    public int Mode { get; init; } = 0x1A4;

    public long Uid { get; init; }

    public long Gid { get; init; }

    public long ModifiedTime { get; init; } = 1_700_000_000;

    public string LinkName { get; init; } = "";

    public byte[] Content { get; init; } = [];

    /// <summary>
    /// The 12 bytes of the size field, when they are to say something else than the content's length.
    /// </summary>
    public string? SizeField { get; init; }

    /// <summary>The name of the owner.</summary>
    public string UserName { get; init; } = "root";

    /// <summary>The name of the group.</summary>
    public string GroupName { get; init; } = "root";

    public int DeviceMajor { get; init; }

    public int DeviceMinor { get; init; }

    /// <summary>Records of a pax extended header before the entry.</summary>
    public IReadOnlyDictionary<string, string> Pax { get; init; } = new Dictionary<string, string>();

    /// <summary>Further such records, as they are.</summary>
    public byte[] RawPax { get; init; } = [];
}

/// <summary>
/// Writes a tar entry by entry in the GNU format, which is what dpkg-deb writes: 100 bytes of name, longer
/// ones in an entry of type L (or K for a link) before it, large numbers in base 256.
/// </summary>
public sealed class TarBytes
{
    private const int BlockBytes = 512;
    private const int NameBytes = 100;

    private readonly List<byte> _bytes = [];

    /// <summary>How many bytes there are: the offset of the next header.</summary>
    public int Length => _bytes.Count;

    public TarBytes Add(TarBytesEntry entry)
    {
        if (entry.Pax.Count > 0 || entry.RawPax.Length > 0)
        {
            AddRaw(new TarBytesEntry("./PaxHeaders/x", 'x') { Content = [.. PaxRecords(entry.Pax), .. entry.RawPax] });
        }

        AddLongName(entry.LinkName, 'K');
        AddLongName(entry.Name, 'L');
        AddRaw(entry);
        return this;
    }

    /// <summary>Adds bytes that are no entry.</summary>
    public TarBytes AddBytes(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>The archive, with the two empty blocks at its end unless told otherwise.</summary>
    public byte[] ToArray(bool withEnd = true) => [.. _bytes, .. new byte[withEnd ? 2 * BlockBytes : 0]];

    private static byte[] PaxRecords(IReadOnlyDictionary<string, string> records) =>
        Encoding.UTF8.GetBytes(string.Concat(
        records.Select(pair =>
        {
            // The length counts its own digits.
            int rest = Encoding.UTF8.GetByteCount($" {pair.Key}={pair.Value}\n");
            int length = rest + 1;
            while (rest + length.ToString(CultureInfo.InvariantCulture).Length != length)
            {
                length++;
            }

            return $"{length} {pair.Key}={pair.Value}\n";
        })));

    private void AddLongName(string name, char type)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        if (bytes.Length > NameBytes)
        {
            AddRaw(new TarBytesEntry("././@LongLink", type) { Content = [.. bytes, 0], ModifiedTime = 0 });
        }
    }

    private void AddRaw(TarBytesEntry entry)
    {
        Span<byte> header = new byte[BlockBytes];
        Text(header[..NameBytes], entry.Name);
        Number(header.Slice(100, 8), entry.Mode);
        Number(header.Slice(108, 8), entry.Uid);
        Number(header.Slice(116, 8), entry.Gid);
        Number(header.Slice(124, 12), entry.Content.Length);
        if (entry.SizeField is not null)
        {
            header.Slice(124, 12).Clear();
            Text(header.Slice(124, 12), entry.SizeField);
        }

        Number(header.Slice(136, 12), entry.ModifiedTime);
        header[156] = (byte)entry.Type;
        Text(header.Slice(157, NameBytes), entry.LinkName);
        "ustar  \0"u8.CopyTo(header[257..]);
        Text(header.Slice(265, 32), entry.UserName);
        Text(header.Slice(297, 32), entry.GroupName);
        if (entry.Type is '3' or '4')
        {
            Number(header.Slice(329, 8), entry.DeviceMajor);
            Number(header.Slice(337, 8), entry.DeviceMinor);
        }

        Checksum(header);
        _bytes.AddRange(header);
        _bytes.AddRange(entry.Content);
        _bytes.AddRange(new byte[(BlockBytes - entry.Content.Length % BlockBytes) % BlockBytes]);
    }

    private static void Checksum(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte b in header)
        {
            sum += b;
        }

        Text(header.Slice(148, 8), Octal(sum, 6) + "\0 ");
    }

    private static void Number(Span<byte> field, long value)
    {
        string octal = Octal(value, field.Length - 1);
        if (octal.Length < field.Length)
        {
            Text(field, octal);
            return;
        }

        field.Clear();
        BinaryPrimitives.WriteInt64BigEndian(field[^8..], value);
        field[0] |= 0x80;
    }

    private static string Octal(long value, int digits) => Convert.ToString(value, 8).PadLeft(digits, '0');

    private static void Text(Span<byte> field, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        bytes.AsSpan(0, Math.Min(bytes.Length, field.Length)).CopyTo(field);
    }
}
