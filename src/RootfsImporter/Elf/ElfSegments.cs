namespace RootfsImporter.Elf;

/// <summary>The program headers (Elf32_Phdr, Elf64_Phdr), and what they lead to.</summary>
internal static class ElfSegments
{
    private const uint TypeLoad = 1;
    private const uint TypeDynamic = 2;
    private const uint TypeInterpreter = 3;
    private const int Size32 = 32;
    private const int Size64 = 56;

    /// <summary>PN_XNUM: the number is elsewhere, which only core dumps need.</summary>
    private const int CountIsElsewhere = 0xffff;

    /// <summary>The kernel takes no longer name (binfmt_elf.c: PATH_MAX).</summary>
    private const ulong MaxInterpreterBytes = 4096;

    /// <summary>Reads what the segments say. Throws <see cref="InvalidDataException"/>.</summary>
    public static ElfFile Read(ElfBytes file, ElfHeader header)
    {
        IReadOnlyList<ElfSegment> segments = ReadAll(file, header);
        ElfSegment? interpreterSegment = Single(segments, TypeInterpreter, "PT_INTERP");
        string? interpreter = interpreterSegment is { } segment ? ReadInterpreter(file, segment) : null;
        ElfDynamic? dynamic = Single(segments, TypeDynamic, "PT_DYNAMIC") is { } section
            ? ElfDynamic.Read(file, header, section, [.. segments.Where(other => other.Type == TypeLoad)])
            : null;
        return new ElfFile
        {
            Architecture = ElfMachines.Find(header, interpreter),
            Interpreter = interpreter,
            Needed = dynamic?.Needed ?? [],
            SoName = dynamic?.SoName,
            RPath = dynamic?.RPath ?? [],
            RunPath = dynamic?.RunPath ?? [],
            IsDynamic = dynamic is not null,
            IsProgram = header.Type == ElfHeader.TypeExecutable
                || (header.Type == ElfHeader.TypeShared && (interpreter is not null || dynamic?.IsPie == true)),
            SkipsDefaultDirectories = dynamic?.SkipsDefaultDirectories == true,
        };
    }

    private static IReadOnlyList<ElfSegment> ReadAll(ElfBytes file, ElfHeader header)
    {
        int size = header.Is64 ? Size64 : Size32;
        if (header.SegmentCount == 0)
        {
            return [];
        }

        if (header.SegmentSize != size || header.SegmentCount == CountIsElsewhere)
        {
            throw new InvalidDataException(
                $"{header.SegmentCount} program headers of {header.SegmentSize} bytes, where each has {size}");
        }

        byte[] bytes = file.Read(header.SegmentsOffset, size * header.SegmentCount, "the table of program headers");
        return [.. Enumerable.Range(0, header.SegmentCount).Select(i => Parse(header, bytes.AsSpan(i * size, size)))];
    }

    // Offset, 32 bits / 64 bits: 0 p_type, 4/8 p_offset, 8/16 p_vaddr, 16/32 p_filesz
    private static ElfSegment Parse(ElfHeader header, ReadOnlySpan<byte> bytes) => new(
        header.UInt32(bytes, 0),
        header.Word(bytes, header.Is64 ? 8 : 4),
        header.Word(bytes, header.Is64 ? 16 : 8),
        header.Word(bytes, header.Is64 ? 32 : 16));

    /// <summary>The one segment of a type that has any bytes: files of debugging symbols have the headers alone.</summary>
    private static ElfSegment? Single(IReadOnlyList<ElfSegment> segments, uint type, string name)
    {
        ElfSegment[] found = [.. segments.Where(segment => segment.Type == type && segment.FileSize > 0)];
        return found.Length > 1
            ? throw new InvalidDataException($"{found.Length} segments {name}, where one is allowed")
            : found.Length == 1 ? found[0] : null;
    }

    private static string ReadInterpreter(ElfBytes file, ElfSegment segment)
    {
        if (segment.FileSize > MaxInterpreterBytes)
        {
            throw new InvalidDataException($"the interpreter's name has {segment.FileSize} bytes");
        }

        string name = file.ReadString(segment.Offset, (int)segment.FileSize, "the interpreter's name");
        return name.Length > 0 ? name : throw new InvalidDataException("the interpreter's name is empty");
    }
}

/// <summary>One program header.</summary>
/// <param name="Type">p_type.</param>
/// <param name="Offset">p_offset, in the file.</param>
/// <param name="Address">p_vaddr, in memory.</param>
/// <param name="FileSize">p_filesz, bytes in the file.</param>
internal readonly record struct ElfSegment(uint Type, ulong Offset, ulong Address, ulong FileSize);
