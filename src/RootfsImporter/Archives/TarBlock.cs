using System.Globalization;

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

    /// <summary>
    /// Reads a block of 512 bytes. Throws <see cref="InvalidDataException"/> when it is none, as at the end of an archive.
    /// </summary>
    public static TarBlock Read(ReadOnlySpan<byte> block)
    {
        if (!TarFields.HasValidChecksum(block))
        {
            throw new InvalidDataException("a header does not have its checksum");
        }

        string name = TarFields.Text(block[..100]);
        // Only POSIX's own magic has a prefix: GNU's keeps other things there.
        string prefix = block[257..].StartsWith("ustar\0"u8) ? TarFields.Text(block.Slice(345, 155)) : "";
        return new TarBlock(
            prefix.Length > 0 ? $"{prefix}/{name}" : name, (char)block[156], TarFields.Number(block.Slice(124, 12)));
    }

    /// <summary>
    /// The last value of a key in pax records, or null. Other values may be any bytes, as extended attributes are. Throws
    /// <see cref="InvalidDataException"/> for records that do not have the lengths that they say.
    /// </summary>
    public static string? FindRecord(ReadOnlySpan<byte> records, ReadOnlySpan<byte> key)
    {
        string? value = null;
        while (records.Length > 0)
        {
            int blank = records.IndexOf((byte)' ');
            if (blank <= 0
                || !int.TryParse(records[..blank], NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                || length <= blank + 1 || length > records.Length || records[length - 1] != '\n')
            {
                throw new InvalidDataException("a pax record does not have the length that it says");
            }

            ReadOnlySpan<byte> record = records[(blank + 1)..(length - 1)];
            if (record.StartsWith(key) && record[key.Length..].StartsWith("="u8))
            {
                value = TarFields.Text(record[(key.Length + 1)..]);
            }

            records = records[length..];
        }

        return value;
    }
}
