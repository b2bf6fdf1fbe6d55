using System.Text;

namespace RootfsImporter.Targets;

/// <summary>
/// The tar around an image archive: a few flat files and directories with short names, owned by root, without times.
/// Layers themselves are not made here.
/// </summary>
/// <remarks>
/// POSIX.1-1988 ustar header, 512 bytes, octal numbers in ASCII:
///   0 name 100 | 100 mode 8 | 108 uid 8 | 116 gid 8 | 124 size 12 | 136 mtime 12 | 148 checksum 8 | 156 type 1
///   157 link name 100 | 257 "ustar\0" "00" | 265 user 32 | 297 group 32 | 329 device numbers 8 + 8 | 345 prefix 155
/// The checksum is the sum of all bytes with its own field as spaces.
/// </remarks>
internal static class ArchiveTar
{
    private const int BlockBytes = 512;
    private const int NameBytes = 100;
    private const long MaxOctalSize = 0x1_FFFF_FFFF;

    /// <summary>Two empty blocks end an archive.</summary>
    internal static ReadOnlyMemory<byte> End { get; } = new byte[2 * BlockBytes];

    /// <summary>The zeros that follow the content of a file.</summary>
    internal static ReadOnlyMemory<byte> Padding(long size) => End[..(int)(-size & (BlockBytes - 1))];

    /// <summary>What a file takes in the archive, bytes.</summary>
    internal static long LengthOf(long size) => BlockBytes + size + Padding(size).Length;

    internal static byte[] FileHeader(string name, long size) => Header(name, size, "0000644", '0');

    /// <summary>The name ends in a slash.</summary>
    internal static byte[] DirectoryHeader(string name) => Header(name, 0, "0000755", '5');

    private static byte[] Header(string name, long size, string mode, char type)
    {
        byte[] header = new byte[BlockBytes];
        if (name.Length > NameBytes || !Ascii.IsValid(name))
        {
            throw new ArgumentException($"'{name}' does not fit into a ustar name", nameof(name));
        }

        Put(header, 0, name);
        Put(header, 100, mode);
        Put(header, 108, "0000000");
        Put(header, 116, "0000000");
        PutSize(header.AsSpan(124, 12), size);
        Put(header, 136, "00000000000");
        Put(header, 148, "        ");
        header[156] = (byte)type;
        Put(header, 257, "ustar\0" + "00");
        Put(header, 329, "0000000");
        Put(header, 337, "0000000");

        int sum = 0;
        foreach (byte b in header)
        {
            sum += b;
        }

        Put(header, 148, Octal(sum, 6) + "\0 ");
        return header;
    }

    /// <summary>From 8 GiB on: base 256 with the first bit set, as GNU tar and Go's archive/tar have it.</summary>
    private static void PutSize(Span<byte> field, long size)
    {
        if (size <= MaxOctalSize)
        {
            Encoding.ASCII.GetBytes(Octal(size, 11), field);
            return;
        }

        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(field[4..], size);
        field[0] = 0x80;
    }

    private static void Put(byte[] header, int offset, string text) =>
        Encoding.ASCII.GetBytes(text, header.AsSpan(offset));

    private static string Octal(long value, int digits) => Convert.ToString(value, 8).PadLeft(digits, '0');
}
