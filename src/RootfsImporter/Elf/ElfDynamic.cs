namespace RootfsImporter.Elf;

/// <summary>What the dynamic section says (System V gABI chapter 5, "Dynamic Section").</summary>
internal sealed record ElfDynamic
{
    private const ulong TagEnd = 0;
    private const ulong TagNeeded = 1;
    private const ulong TagStringTable = 5;
    private const ulong TagStringTableSize = 10;
    private const ulong TagSoName = 14;
    private const ulong TagRPath = 15;
    private const ulong TagRunPath = 29;
    private const ulong TagFlags1 = 0x6ffffffb;
    private const ulong Flag1NoDefaultDirectories = 0x800;
    private const ulong Flag1Pie = 0x08000000;

    // A section has some thirty entries; the largest programs need a few hundred libraries.
    private const ulong MaxBytes = 1 << 20;
    private const int MaxNeeded = 1024;
    private const int MaxNameBytes = 4096;
    private const int MaxPathBytes = 1 << 16;

    /// <summary>DT_NEEDED, in order.</summary>
    public required IReadOnlyList<string> Needed { get; init; }

    /// <summary>DT_SONAME, or null.</summary>
    public required string? SoName { get; init; }

    /// <summary>DT_RPATH, split at colons.</summary>
    public required IReadOnlyList<string> RPath { get; init; }

    /// <summary>DT_RUNPATH, split at colons.</summary>
    public required IReadOnlyList<string> RunPath { get; init; }

    /// <summary>DF_1_PIE of DT_FLAGS_1.</summary>
    public required bool IsPie { get; init; }

    /// <summary>DF_1_NODEFLIB of DT_FLAGS_1.</summary>
    public required bool SkipsDefaultDirectories { get; init; }

    /// <summary>
    /// Reads the section in <paramref name="segment"/>. Its string table is named by an address, which one of
    /// <paramref name="loaded"/> says the place of. Throws <see cref="InvalidDataException"/>.
    /// </summary>
    public static ElfDynamic Read(
        ElfBytes file, ElfHeader header, ElfSegment segment, IReadOnlyList<ElfSegment> loaded)
    {
        List<(ulong Tag, ulong Value)> entries = ReadEntries(file, header, segment);
        ElfStringTable strings = new(file, loaded, Value(entries, TagStringTable), Value(entries, TagStringTableSize));
        ulong[] needed = [.. entries.Where(entry => entry.Tag == TagNeeded).Select(entry => entry.Value)];
        if (needed.Length > MaxNeeded)
        {
            throw new InvalidDataException($"{needed.Length} needed libraries, more than the {MaxNeeded} allowed");
        }

        ulong flags = Value(entries, TagFlags1) ?? 0;
        return new ElfDynamic
        {
            Needed = [.. needed.Select(offset => NonEmpty(strings.Read(offset, MaxNameBytes, "a needed library's name")))],
            SoName = Value(entries, TagSoName) is ulong name ? strings.Read(name, MaxNameBytes, "DT_SONAME") : null,
            RPath = ReadPath(strings, Value(entries, TagRPath), "DT_RPATH"),
            RunPath = ReadPath(strings, Value(entries, TagRunPath), "DT_RUNPATH"),
            IsPie = (flags & Flag1Pie) != 0,
            SkipsDefaultDirectories = (flags & Flag1NoDefaultDirectories) != 0,
        };
    }

    /// <summary>Pairs of d_tag and d_val, each as long as an address, up to DT_NULL.</summary>
    private static List<(ulong Tag, ulong Value)> ReadEntries(ElfBytes file, ElfHeader header, ElfSegment segment)
    {
        if (segment.FileSize > MaxBytes)
        {
            throw new InvalidDataException($"the dynamic section has {segment.FileSize} bytes");
        }

        byte[] bytes = file.Read(segment.Offset, (int)segment.FileSize, "the dynamic section");
        int word = header.Is64 ? 8 : 4;
        List<(ulong, ulong)> entries = [];
        for (int offset = 0; offset + 2 * word <= bytes.Length; offset += 2 * word)
        {
            ulong tag = header.Word(bytes, offset);
            if (tag == TagEnd)
            {
                return entries;
            }

            entries.Add((tag, header.Word(bytes, offset + word)));
        }

        throw new InvalidDataException("the dynamic section has no end");
    }

    /// <summary>The value of a tag that stands once; of several the last counts, as the dynamic linkers have it.</summary>
    private static ulong? Value(List<(ulong Tag, ulong Value)> entries, ulong tag)
    {
        for (int i = entries.Count - 1; i >= 0; i--)
        {
            if (entries[i].Tag == tag)
            {
                return entries[i].Value;
            }
        }

        return null;
    }

    private static string[] ReadPath(ElfStringTable strings, ulong? offset, string what) =>
        offset is ulong value && strings.Read(value, MaxPathBytes, what) is { Length: > 0 } path ? path.Split(':') : [];

    private static string NonEmpty(string name) =>
        name.Length > 0 ? name : throw new InvalidDataException("a needed library has no name");
}

/// <summary>The string table of a dynamic section; where it lies is only looked up for a file that has strings.</summary>
internal sealed class ElfStringTable(ElfBytes file, IReadOnlyList<ElfSegment> loaded, ulong? address, ulong? size)
{
    /// <summary>The string at an offset in the table, of less than <paramref name="limit"/> bytes.</summary>
    public string Read(ulong offset, int limit, string what)
    {
        if (address is not ulong start || size is not ulong length || offset >= length)
        {
            throw new InvalidDataException($"{what} is outside of the string table");
        }

        foreach (ElfSegment segment in loaded)
        {
            if (start >= segment.Address && start - segment.Address < segment.FileSize
                && segment.FileSize - (start - segment.Address) is ulong left && offset < left)
            {
                ulong end = Math.Min(length, left) - offset;
                return file.ReadString(
                    unchecked(segment.Offset + (start - segment.Address) + offset), (int)Math.Min(end, (ulong)limit), what);
            }
        }

        throw new InvalidDataException("the string table is in no loaded segment");
    }
}
