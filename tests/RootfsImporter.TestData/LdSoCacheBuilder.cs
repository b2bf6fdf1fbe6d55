using System.Buffers.Binary;
using System.Text;

namespace RootfsImporter.TestData;

/// <summary>Writes /etc/ld.so.cache as glibc's ldconfig does, little-endian.</summary>
public static class LdSoCacheBuilder
{
    private const int HeaderSize = 48;
    private const int EntrySize = 24;

    /// <summary>A cache of the new format with libraries of x86-64 in the order given.</summary>
    public static byte[] Write(params (string Name, string Path, ulong Hwcap)[] libraries)
    {
        byte[] table = new byte[HeaderSize + EntrySize * libraries.Length];
        List<byte> strings = [];
        int Text(string text)
        {
            int offset = table.Length + strings.Count;
            strings.AddRange(Encoding.UTF8.GetBytes(text + '\0'));
            return offset;
        }

        "glibc-ld.so.cache1.1"u8.CopyTo(table);
        BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(20), libraries.Length);
        table[28] = 2;
        for (int i = 0; i < libraries.Length; i++)
        {
            Span<byte> entry = table.AsSpan(HeaderSize + i * EntrySize, EntrySize);
            BinaryPrimitives.WriteInt32LittleEndian(entry, 0x0303);
            BinaryPrimitives.WriteInt32LittleEndian(entry[4..], Text(libraries[i].Name));
            BinaryPrimitives.WriteInt32LittleEndian(entry[8..], Text(libraries[i].Path));
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], libraries[i].Hwcap);
        }

        BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(24), strings.Count);
        return [.. table, .. strings];
    }

    /// <summary>What stands before that in a cache for programs of both formats, aligned to eight bytes.</summary>
    public static byte[] OldPrefix(int libraries)
    {
        byte[] prefix = new byte[(16 + 12 * libraries + 7) / 8 * 8];
        "ld.so-1.7.0"u8.CopyTo(prefix);
        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(12), libraries);
        return prefix;
    }
}
