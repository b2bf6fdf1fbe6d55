using System.Buffers.Binary;

namespace RootfsImporter.Codecs;

/// <summary>
/// The CRC-32 of gzip (RFC 1952, section 8), eight bytes a step; the runtime's own is not in its public surface.
/// </summary>
internal static class Crc32
{
    private const uint ReversedPolynomial = 0xEDB88320;
    private static readonly uint[] Tables = CreateTables();

    /// <summary>Continues a checksum, which starts at 0, over more bytes.</summary>
    public static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> tables = Tables;
        crc = ~crc;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            ulong block = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ crc;
            crc = tables[(7 << 8) + (byte)block]
                ^ tables[(6 << 8) + (byte)(block >> 8)]
                ^ tables[(5 << 8) + (byte)(block >> 16)]
                ^ tables[(4 << 8) + (byte)(block >> 24)]
                ^ tables[(3 << 8) + (byte)(block >> 32)]
                ^ tables[(2 << 8) + (byte)(block >> 40)]
                ^ tables[(1 << 8) + (byte)(block >> 48)]
                ^ tables[(byte)(block >> 56)];
        }

        foreach (byte value in bytes)
        {
            crc = (crc >> 8) ^ tables[(byte)(crc ^ value)];
        }

        return ~crc;
    }

    // Table k holds the checksum of a byte that k zero bytes follow.
    private static uint[] CreateTables()
    {
        uint[] tables = new uint[8 * 256];
        for (uint value = 0; value < 256; value++)
        {
            uint crc = value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ ReversedPolynomial;
            }

            tables[value] = crc;
        }

        for (int index = 256; index < tables.Length; index++)
        {
            uint previous = tables[index - 256];
            tables[index] = (previous >> 8) ^ tables[(byte)previous];
        }

        return tables;
    }
}
