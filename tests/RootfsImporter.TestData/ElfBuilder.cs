using System.Buffers.Binary;
using System.Text;

namespace RootfsImporter.TestData;

/// <summary>
/// Writes ELF files that hold headers and no code: what a linker says of a program or a library, byte for byte as elf(5)
/// has it.
/// </summary>
public sealed class ElfBuilder
{
    private const ulong BaseAddress = 0x40_0000;

    /// <summary>Whether addresses have 64 bits.</summary>
    public bool Is64 { get; init; } = true;

    /// <summary>Whether numbers begin with their highest byte.</summary>
    public bool IsBigEndian { get; init; }

    /// <summary>e_machine; 62 is x86-64.</summary>
    public ushort Machine { get; init; } = 62;

    /// <summary>e_type: 1 object file, 2 program, 3 library.</summary>
    public ushort Type { get; init; } = 3;

    /// <summary>e_flags.</summary>
    public uint Flags { get; init; }

    /// <summary>EI_OSABI.</summary>
    public byte OsAbi { get; init; }

    /// <summary>PT_INTERP, or null.</summary>
    public string? Interpreter { get; init; }

    /// <summary>DT_NEEDED.</summary>
    public IReadOnlyList<string> Needed { get; init; } = [];

    /// <summary>DT_SONAME, or null.</summary>
    public string? SoName { get; init; }

    /// <summary>DT_RPATH, or null.</summary>
    public string? RPath { get; init; }

    /// <summary>DT_RUNPATH, or null.</summary>
    public string? RunPath { get; init; }

    /// <summary>DT_FLAGS_1.</summary>
    public ulong Flags1 { get; init; }

    /// <summary>False for a file without a dynamic section.</summary>
    public bool IsDynamic { get; init; } = true;

    /// <summary>Bytes before the strings, where a real file has its code.</summary>
    public int CodeBytes { get; init; } = 64;

    /// <summary>A dynamic program of x86-64.</summary>
    public static byte[] Program(params string[] needed) =>
        new ElfBuilder { Interpreter = "/lib64/ld-linux-x86-64.so.2", Needed = needed }.ToArray();

    /// <summary>A library of x86-64.</summary>
    public static byte[] Library(string soName, params string[] needed) =>
        new ElfBuilder { SoName = soName, Needed = needed }.ToArray();

    /// <summary>Where the program headers begin.</summary>
    public int SegmentsOffset => Is64 ? 64 : 52;

    /// <summary>The size of one.</summary>
    public int SegmentSize => Is64 ? 56 : 32;

    /// <summary>The number of program headers.</summary>
    public int SegmentCount => 1 + (Interpreter is null ? 0 : 1) + (IsDynamic ? 1 : 0);

    public byte[] ToArray()
    {
        List<byte> strings = [0];
        List<(ulong Tag, ulong Value)> entries = [];
        void Text(ulong tag, string? text)
        {
            if (text is not null)
            {
                entries.Add((tag, (ulong)strings.Count));
                strings.AddRange(Encoding.UTF8.GetBytes(text + '\0'));
            }
        }

        foreach (string name in Needed)
        {
            Text(1, name);
        }

        Text(14, SoName);
        Text(15, RPath);
        Text(29, RunPath);
        int interpreterOffset = SegmentsOffset + SegmentSize * SegmentCount + CodeBytes;
        byte[] interpreter = Interpreter is null ? [] : Encoding.UTF8.GetBytes(Interpreter + '\0');
        int stringsOffset = interpreterOffset + interpreter.Length;
        int dynamicOffset = (stringsOffset + strings.Count + 15) / 16 * 16;
        entries.Add((5, BaseAddress + (ulong)stringsOffset));
        entries.Add((10, (ulong)strings.Count));
        if (Flags1 != 0)
        {
            entries.Add((0x6ffffffb, Flags1));
        }

        entries.Add((0, 0));
        int dynamicSize = IsDynamic ? entries.Count * 2 * Word : 0;
        byte[] file = new byte[dynamicOffset + dynamicSize];
        WriteHeader(file);
        int segment = SegmentsOffset;
        segment = WriteSegment(file, segment, type: 1, 0, file.Length);
        segment = Interpreter is null ? segment : WriteSegment(file, segment, type: 3, interpreterOffset, interpreter.Length);
        interpreter.CopyTo(file, interpreterOffset);
        if (IsDynamic)
        {
            WriteSegment(file, segment, type: 2, dynamicOffset, dynamicSize);
            strings.CopyTo(file, stringsOffset);
            for (int i = 0; i < entries.Count; i++)
            {
                PutWord(file, dynamicOffset + i * 2 * Word, entries[i].Tag);
                PutWord(file, dynamicOffset + i * 2 * Word + Word, entries[i].Value);
            }
        }

        return file;
    }

    private int Word => Is64 ? 8 : 4;

    private void WriteHeader(byte[] file)
    {
        ((byte[])[0x7f, .. "ELF"u8, (byte)(Is64 ? 2 : 1), (byte)(IsBigEndian ? 2 : 1), 1, OsAbi]).CopyTo(file, 0);
        Put16(file, 16, Type);
        Put16(file, 18, Machine);
        Put32(file, 20, 1);
        PutWord(file, Is64 ? 32 : 28, (ulong)SegmentsOffset);
        Put32(file, Is64 ? 48 : 36, Flags);
        Put16(file, Is64 ? 52 : 40, (ushort)SegmentsOffset);
        Put16(file, Is64 ? 54 : 42, (ushort)SegmentSize);
        Put16(file, Is64 ? 56 : 44, (ushort)SegmentCount);
    }

    private int WriteSegment(byte[] file, int at, uint type, int offset, int size)
    {
        Put32(file, at, type);
        PutWord(file, at + (Is64 ? 8 : 4), (ulong)offset);
        PutWord(file, at + (Is64 ? 16 : 8), BaseAddress + (ulong)offset);
        PutWord(file, at + (Is64 ? 32 : 16), (ulong)size);
        PutWord(file, at + (Is64 ? 40 : 20), (ulong)size);
        return at + SegmentSize;
    }

    private void Put16(byte[] file, int at, ushort value)
    {
        if (IsBigEndian)
        {
            BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(at), value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);
        }
    }

    private void Put32(byte[] file, int at, uint value)
    {
        if (IsBigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at), value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
        }
    }

    private void PutWord(byte[] file, int at, ulong value)
    {
        if (!Is64)
        {
            Put32(file, at, (uint)value);
        }
        else if (IsBigEndian)
        {
            BinaryPrimitives.WriteUInt64BigEndian(file.AsSpan(at), value);
        }
        else
        {
            BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
        }
    }
}
