using System.Buffers.Binary;
using System.Text;

namespace RootfsImporter.Linking;

/// <summary>
/// <c>/etc/ld.so.cache</c>: where ldconfig found each library (ldconfig(8); glibc's sysdeps/generic/dl-cache.h describes it).
/// </summary>
internal sealed class LdSoCache
{
    // cache_file, of old: "ld.so-1.7.0" and a NUL, the number of libraries (4), entries of 12 bytes, padding;
    // cache_file_new: 17 bytes "glibc-ld.so.cache", "1.1", the number of libraries (4), the length of all strings (4),
    //   flags (1: 2 little-endian, 3 big-endian, 0 not said), 3 unused, offset of extensions (4), 12 unused;
    //   entries of 24 bytes: flags (4), offset of the name (4), offset of the path (4), unused (4), hwcap (8);
    //   strings. Offsets count from the "g".
    private const int OldHeaderSize = 16;
    private const int OldEntrySize = 12;
    private const int HeaderSize = 48;
    private const int EntrySize = 24;
    private const int CountAt = 20;
    private const int StringsLengthAt = 24;
    private const int FlagsAt = 28;
    private const int MaxStringBytes = 4096;
    private const byte BigEndianFlag = 3;
    private const byte LittleEndianFlag = 2;
    private readonly Dictionary<string, List<string>> _paths;

    private LdSoCache(Dictionary<string, List<string>> paths)
    {
        _paths = paths;
    }

    private static ReadOnlySpan<byte> OldMagic => "ld.so-1.7.0\0"u8;

    private static ReadOnlySpan<byte> Magic => "glibc-ld.so.cache1.1"u8;

    /// <summary>
    /// Reads a cache. Libraries for better processors (glibc-hwcaps) are left out: an image runs on all. Throws
    /// <see cref="InvalidDataException"/> for what is no cache, or leads out of itself.
    /// </summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="isBigEndian">The byte order of the machine, for a cache that does not say its own.</param>
    public static LdSoCache Parse(ReadOnlySpan<byte> bytes, bool isBigEndian)
    {
        ReadOnlySpan<byte> cache = SkipOld(bytes, isBigEndian);
        if (!cache.StartsWith(Magic) || cache.Length < HeaderSize)
        {
            throw new InvalidDataException("not a cache of libraries (glibc-ld.so.cache1.1)");
        }

        bool isBig = (cache[FlagsAt] & 3) switch
        {
            BigEndianFlag => true,
            LittleEndianFlag => false,
            _ => isBigEndian,
        };
        uint count = UInt32(cache, CountAt, isBig);
        if (count > (cache.Length - HeaderSize) / EntrySize)
        {
            throw new InvalidDataException($"{count} libraries in {cache.Length} bytes");
        }

        Dictionary<string, List<string>> paths = new(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = cache.Slice(HeaderSize + i * EntrySize, EntrySize);
            if (entry[16..].IndexOfAnyExcept((byte)0) >= 0)
            {
                continue;
            }

            string name = Text(cache, UInt32(entry, 4, isBig));
            if (!paths.TryGetValue(name, out List<string>? found))
            {
                paths.Add(name, found = []);
            }

            found.Add(Text(cache, UInt32(entry, 8, isBig)));
        }

        return new LdSoCache(paths);
    }

    /// <summary>Where a library is, in the cache's order; empty for one that it does not have.</summary>
    public IReadOnlyList<string> Find(string name) => _paths.GetValueOrDefault(name) ?? [];

    /// <summary>
    /// The bytes of a cache of the new format, which glibc reads since 2.2, for libraries of one architecture. The same
    /// libraries always give the same bytes.
    /// </summary>
    /// <param name="paths">The absolute path of each library by the name that programs need it by.</param>
    /// <param name="architecture">The architecture of all.</param>
    public static byte[] Write(IReadOnlyDictionary<string, string> paths, Architecture architecture)
    {
        bool isBig = architecture.Deb == "s390x";
        string[] names = [.. paths.Keys.OrderDescending(Comparer<string>.Create(CompareNames))];
        using MemoryStream strings = new();
        byte[] table = new byte[HeaderSize + names.Length * EntrySize];
        uint Put(string text)
        {
            uint offset = (uint)(table.Length + strings.Length);
            strings.Write(Encoding.UTF8.GetBytes(text + '\0'));
            return offset;
        }

        Magic.CopyTo(table);
        PutUInt32(table, CountAt, (uint)names.Length, isBig);
        table[FlagsAt] = isBig ? BigEndianFlag : LittleEndianFlag;
        for (int i = 0; i < names.Length; i++)
        {
            int entry = HeaderSize + i * EntrySize;
            PutUInt32(table, entry, FlagsOf(architecture), isBig);
            PutUInt32(table, entry + 4, Put(names[i]), isBig);
            PutUInt32(table, entry + 8, Put(paths[names[i]]), isBig);
        }

        PutUInt32(table, StringsLengthAt, (uint)strings.Length, isBig);
        return [.. table, .. strings.ToArray()];
    }

    /// <summary>
    /// The order that the dynamic linker's search relies on, from last to first: digits count as numbers and come after all
    /// other characters (glibc's _dl_cache_libcmp).
    /// </summary>
    internal static int CompareNames(string left, string right)
    {
        int l = 0;
        int r = 0;
        while (l < left.Length)
        {
            bool isRightDigit = r < right.Length && char.IsAsciiDigit(right[r]);
            if (char.IsAsciiDigit(left[l]) != isRightDigit)
            {
                return isRightDigit ? -1 : 1;
            }

            int order = isRightDigit
                ? Number(left, ref l).CompareTo(Number(right, ref r))
                : left[l++].CompareTo(r < right.Length ? right[r++] : '\0');
            if (order != 0)
            {
                return order;
            }
        }

        return r < right.Length ? -1 : 0;
    }

    private static ulong Number(string text, ref int at)
    {
        ulong value = 0;
        for (; at < text.Length && char.IsAsciiDigit(text[at]); at++)
        {
            value = unchecked((value * 10) + (ulong)(text[at] - '0'));
        }

        return value;
    }

    /// <summary>The part in the new format, which an old one may stand before.</summary>
    private static ReadOnlySpan<byte> SkipOld(ReadOnlySpan<byte> bytes, bool isBigEndian)
    {
        if (!bytes.StartsWith(OldMagic) || bytes.Length < OldHeaderSize)
        {
            return bytes;
        }

        ulong end = OldHeaderSize + ((ulong)UInt32(bytes, OldMagic.Length, isBigEndian) * OldEntrySize);

        // Numbers of eight bytes are aligned to eight, on i386 to four.
        foreach (ulong alignment in (ulong[])[8, 4])
        {
            ulong start = (end + alignment - 1) / alignment * alignment;
            if (start <= (ulong)bytes.Length && bytes[(int)start..].StartsWith(Magic))
            {
                return bytes[(int)start..];
            }
        }

        throw new InvalidDataException("only a cache of the format before glibc 2.2");
    }

    private static string Text(ReadOnlySpan<byte> cache, uint offset)
    {
        if (offset >= cache.Length)
        {
            throw new InvalidDataException($"a name at {offset} of {cache.Length} bytes");
        }

        ReadOnlySpan<byte> text = cache[(int)offset..];
        int end = text[..Math.Min(text.Length, MaxStringBytes)].IndexOf((byte)0);
        return end >= 0 ? Encoding.UTF8.GetString(text[..end]) : throw new InvalidDataException($"the name at {offset} has no end");
    }

    private static uint UInt32(ReadOnlySpan<byte> bytes, int offset, bool isBigEndian) => isBigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(bytes[offset..])
        : BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static void PutUInt32(byte[] bytes, int offset, uint value, bool isBigEndian)
    {
        if (isBigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset), value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);
        }
    }

    /// <summary>FLAG_ELF_LIBC6 and the ABI that each machine's ld.so looks for (glibc's sysdeps/*/dl-cache.h).</summary>
    private static uint FlagsOf(Architecture architecture) => 3u | architecture.Deb switch
    {
        "amd64" => 0x0300,
        "s390x" => 0x0400,
        "ppc64el" => 0x0500,
        "armhf" => 0x0900,
        "arm64" => 0x0a00,
        "armel" => 0x0b00,
        "riscv64" => 0x1000,
        "loong64" => 0x1200,
        _ => 0u,
    };
}
