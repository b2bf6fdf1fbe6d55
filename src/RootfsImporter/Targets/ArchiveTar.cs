using System.Text;
using RootfsImporter.Archives;

namespace RootfsImporter.Targets;

/// <summary>
/// The tar around an image archive: a few flat files and directories with short names, owned by root, without times.
/// Layers themselves are not made here.
/// </summary>
internal static class ArchiveTar
{
    private const int BlockBytes = TarHeader.BlockBytes;
    private const int FileMode = 0x1A4;
    private const int DirectoryMode = 0x1ED;

    /// <summary>Two empty blocks end an archive.</summary>
    internal static ReadOnlyMemory<byte> End { get; } = new byte[2 * BlockBytes];

    /// <summary>The zeros that follow the content of a file.</summary>
    internal static ReadOnlyMemory<byte> Padding(long size) => End[..(int)(-size & (BlockBytes - 1))];

    /// <summary>What a file takes in the archive, bytes.</summary>
    internal static long LengthOf(long size) => BlockBytes + size + Padding(size).Length;

    internal static byte[] FileHeader(string name, long size) => Header(name, size, FileMode, (byte)'0');

    /// <summary>The name ends in a slash.</summary>
    internal static byte[] DirectoryHeader(string name) => Header(name, 0, DirectoryMode, (byte)'5');

    private static byte[] Header(string name, long size, int mode, byte type)
    {
        TarHeader header = new()
        {
            Name = Encoding.UTF8.GetBytes(name),
            TypeFlag = type,
            Mode = mode,
            Size = size,
            HasBinarySize = true,
        };
        if (!header.NameFits)
        {
            throw new ArgumentException($"'{name}' does not fit into a ustar name", nameof(name));
        }

        byte[] block = new byte[BlockBytes];
        header.Encode(block);
        return block;
    }
}
