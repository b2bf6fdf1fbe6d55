using System.Buffers.Binary;

namespace RootfsImporter.Elf;

/// <summary>The ELF header (Elf32_Ehdr, Elf64_Ehdr), and how numbers of the file are read.</summary>
internal sealed record ElfHeader
{
    /// <summary>A file that is executed where it was linked to be.</summary>
    public const int TypeExecutable = 2;

    /// <summary>A library, or a program that is executed anywhere.</summary>
    public const int TypeShared = 3;

    private const int IdentSize = 16;
    private const int Size32 = 52;
    private const int Size64 = 64;

    /// <summary>Whether addresses have 64 bits (EI_CLASS).</summary>
    public required bool Is64 { get; init; }

    /// <summary>Whether numbers begin with their highest byte (EI_DATA).</summary>
    public required bool IsBigEndian { get; init; }

    /// <summary>EI_OSABI.</summary>
    public required byte OsAbi { get; init; }

    /// <summary>e_type.</summary>
    public int Type { get; private init; }

    /// <summary>e_machine.</summary>
    public int Machine { get; private init; }

    /// <summary>e_flags, which mean something else for each machine.</summary>
    public uint Flags { get; private init; }

    /// <summary>e_phoff.</summary>
    public ulong SegmentsOffset { get; private init; }

    /// <summary>e_phentsize, bytes.</summary>
    public int SegmentSize { get; private init; }

    /// <summary>e_phnum.</summary>
    public int SegmentCount { get; private init; }

    // Offset, 32 bits / 64 bits:
    //   0 e_ident: 7f 'E' 'L' 'F', class, data, version, OS ABI, padding
    //  16 e_type, 18 e_machine, 20 e_version, 24 e_entry
    //  28/32 e_phoff, 32/40 e_shoff, 36/48 e_flags, 40/52 e_ehsize, 42/54 e_phentsize, 44/56 e_phnum

    /// <summary>Reads it; null for a file that does not begin as an ELF file does.</summary>
    public static ElfHeader? TryRead(ElfBytes file)
    {
        byte[] ident = file.ReadStart(IdentSize);
        if (!ident.AsSpan().StartsWith("\u007fELF"u8))
        {
            return null;
        }

        if (ident.Length < IdentSize || ident[4] is not (1 or 2) || ident[5] is not (1 or 2) || ident[6] != 1)
        {
            throw new InvalidDataException("the ELF header is of no known class, byte order or version, or not whole");
        }

        ElfHeader header = new() { Is64 = ident[4] == 2, IsBigEndian = ident[5] == 2, OsAbi = ident[7] };
        byte[] bytes = file.Read(0, header.Is64 ? Size64 : Size32, "the ELF header");
        return header with
        {
            Type = header.UInt16(bytes, 16),
            Machine = header.UInt16(bytes, 18),
            SegmentsOffset = header.Word(bytes, header.Is64 ? 32 : 28),
            Flags = header.UInt32(bytes, header.Is64 ? 48 : 36),
            SegmentSize = header.UInt16(bytes, header.Is64 ? 54 : 42),
            SegmentCount = header.UInt16(bytes, header.Is64 ? 56 : 44),
        };
    }

    /// <summary>A number of two bytes.</summary>
    public ushort UInt16(ReadOnlySpan<byte> bytes, int offset) => IsBigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(bytes[offset..])
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    /// <summary>A number of four bytes.</summary>
    public uint UInt32(ReadOnlySpan<byte> bytes, int offset) => IsBigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(bytes[offset..])
        : BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    /// <summary>A number as long as an address: four or eight bytes.</summary>
    public ulong Word(ReadOnlySpan<byte> bytes, int offset) => !Is64 ? UInt32(bytes, offset)
        : IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes[offset..])
        : BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);
}
