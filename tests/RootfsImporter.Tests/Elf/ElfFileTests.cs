using System.Buffers.Binary;
using RootfsImporter.Elf;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Elf;

public sealed class ElfFileTests
{
    private const int CountAt = 56;
    private const int SegmentsAt = 64;
    private const int SegmentSize = 56;

    /// <summary>A program with everything that is read.</summary>
    private static ElfBuilder Whole { get; } = new()
    {
        Interpreter = "/lib64/ld-linux-x86-64.so.2",
        Needed = ["libssl.so.3", "libc.so.6"],
        SoName = "app",
        RPath = "/opt/a",
        RunPath = "$ORIGIN/../lib::/opt/b",
        Flags1 = 0x800,
    };

    [Theory]
    [InlineData(true, false, 62)]
    [InlineData(false, false, 3)]
    [InlineData(true, true, 22)]
    [InlineData(false, true, 20)]
    public void Reads_what_a_linker_wrote_in_every_class_and_byte_order(bool is64, bool isBigEndian, ushort machine)
    {
        ElfFile file = Read(new ElfBuilder
        {
            Is64 = is64,
            IsBigEndian = isBigEndian,
            Machine = machine,
            Interpreter = "/lib/ld.so.1",
            Needed = ["libm.so.6", "libc.so.6"],
            SoName = "libapp.so.1",
            RPath = "/opt/a",
            RunPath = "$ORIGIN:/opt/b",
        }.ToArray())!;

        Assert.Equal("/lib/ld.so.1", file.Interpreter);
        Assert.Equal(["libm.so.6", "libc.so.6"], file.Needed);
        Assert.Equal("libapp.so.1", file.SoName);
        Assert.Equal(["/opt/a"], file.RPath);
        Assert.Equal(["$ORIGIN", "/opt/b"], file.RunPath);
        Assert.True(file.IsDynamic);
        Assert.True(file.IsProgram);
        Assert.False(file.SkipsDefaultDirectories);
    }

    [Theory]
    [InlineData("amd64", true, false, 62, 0)]
    [InlineData(null, false, false, 62, 0)] // x32
    [InlineData(null, true, true, 62, 0)]
    [InlineData("arm64", true, false, 183, 0)]
    [InlineData(null, true, true, 183, 0)]
    [InlineData("armhf", false, false, 40, 0x5000400)]
    [InlineData("armel", false, false, 40, 0x5000200)]
    [InlineData("armel", false, false, 40, 0x5000000)]
    [InlineData("i386", false, false, 3, 0)]
    [InlineData("loong64", true, false, 258, 0x43)]
    [InlineData(null, true, false, 258, 0x41)]
    [InlineData("ppc64el", true, false, 21, 2)]
    [InlineData(null, true, false, 21, 1)]
    [InlineData(null, true, true, 21, 1)]
    [InlineData("riscv64", true, false, 243, 5)]
    [InlineData(null, false, false, 243, 5)]
    [InlineData("s390x", true, true, 22, 0)]
    [InlineData(null, false, true, 22, 0)]
    [InlineData(null, true, false, 8, 0)]
    public void Knows_the_architecture_by_machine_class_byte_order_and_flags(
        string? expected, bool is64, bool isBigEndian, ushort machine, uint flags)
    {
        byte[] file = new ElfBuilder { Is64 = is64, IsBigEndian = isBigEndian, Machine = machine, Flags = flags }.ToArray();

        Assert.Equal(expected, Read(file)!.Architecture?.Deb);
    }

    [Fact]
    public void An_old_arm_program_says_its_float_abi_by_its_interpreter() => Assert.Equal(
        "armhf",
        Read(new ElfBuilder
        {
            Is64 = false,
            Machine = 40,
            Flags = 0x5000000,
            Interpreter = "/lib/ld-linux-armhf.so.3",
        }.ToArray())!.Architecture?.Deb);

    [Fact]
    public void A_program_of_another_system_has_no_architecture() =>
        Assert.Null(Read(new ElfBuilder { OsAbi = 9 }.ToArray())!.Architecture);

    [Fact]
    public void A_static_program_has_no_interpreter_and_needs_nothing()
    {
        ElfFile file = Read(new ElfBuilder { Type = 2, IsDynamic = false }.ToArray())!;

        Assert.Null(file.Interpreter);
        Assert.Empty(file.Needed);
        Assert.False(file.IsDynamic);
        Assert.True(file.IsProgram);
    }

    [Fact]
    public void A_static_pie_is_a_program_and_a_library_is_none()
    {
        Assert.True(Read(new ElfBuilder { Flags1 = 0x08000000 }.ToArray())!.IsProgram);
        Assert.False(Read(new ElfBuilder { SoName = "libx.so.1" }.ToArray())!.IsProgram);
    }

    [Fact]
    public void Keeps_empty_elements_of_a_path_and_the_mark_against_default_directories()
    {
        ElfFile file = Read(Whole.ToArray())!;

        Assert.Equal(["$ORIGIN/../lib", "", "/opt/b"], file.RunPath);
        Assert.True(file.SkipsDefaultDirectories);
    }

    [Theory]
    [InlineData("")]
    [InlineData("#!/bin/sh\n")]
    [InlineData("\u007fEL")]
    public void What_is_no_elf_file_is_null(string text) => Assert.Null(Read(System.Text.Encoding.Latin1.GetBytes(text)));

    [Fact]
    public void Every_truncation_is_refused_or_no_elf_file()
    {
        byte[] whole = Whole.ToArray();
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] part = whole[..length];
            if (length < 4)
            {
                Assert.Null(Read(part));
            }
            else
            {
                Assert.Throws<InvalidDataException>(() => Read(part));
            }
        }
    }

    [Fact]
    public void Every_flipped_bit_gives_a_file_or_a_refusal()
    {
        byte[] whole = Whole.ToArray();
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] flipped = [.. whole];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            RequireFileOrRefusal(flipped);
        }
    }

    [Fact]
    public void Every_byte_of_all_ones_gives_a_file_or_a_refusal()
    {
        byte[] whole = Whole.ToArray();
        for (int start = 0; start < whole.Length; start++)
        {
            foreach (int count in (int[])[1, 2, 4, 8])
            {
                byte[] wrong = [.. whole];
                wrong.AsSpan(start, Math.Min(count, whole.Length - start)).Fill(0xff);
                RequireFileOrRefusal(wrong);
            }
        }
    }

    [Theory]
    [InlineData(0xffff)]
    [InlineData(0xfffe)]
    public void An_absurd_number_of_program_headers_is_refused(ushort count) =>
        Refused(file => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(CountAt), count));

    [Fact]
    public void A_second_dynamic_section_is_refused() =>
        Refused(file => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(SegmentsAt + SegmentSize), 2));

    [Fact]
    public void Segments_that_lie_on_the_header_itself_are_read_as_what_they_are()
    {
        byte[] file = Whole.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(SegmentsAt + SegmentSize + 8), 0);

        Assert.Equal("\u007fELF\u0002\u0001\u0001", Read(file)!.Interpreter);
    }

    [Fact]
    public void A_dynamic_section_that_is_the_table_of_headers_is_refused() => Refused(file =>
    {
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(SegmentsAt + 2 * SegmentSize + 8), SegmentsAt);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(SegmentsAt + 2 * SegmentSize + 32), 32);
    });

    [Fact]
    public void Strings_without_an_end_are_refused() => Refused(file =>
    {
        // The string table ends where the dynamic section begins: neither has a NUL any more.
        ulong dynamic = BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(SegmentsAt + 2 * SegmentSize + 8));
        Span<byte> strings = file.AsSpan(SegmentsAt + 3 * SegmentSize, (int)dynamic - SegmentsAt - 3 * SegmentSize);
        strings.Replace((byte)0, (byte)'x');
    });

    [Fact]
    public void A_string_table_outside_of_the_loaded_segments_is_refused() =>
        Refused(file => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(SegmentsAt + 16), 1UL << 60));

    [Fact]
    public void More_needed_libraries_than_any_program_has_are_refused() => Assert.Throws<InvalidDataException>(
        () => Read(new ElfBuilder { Needed = [.. Enumerable.Repeat("l", 2000)] }.ToArray()));

    [Fact]
    public void A_needed_library_without_a_name_is_refused() =>
        Assert.Throws<InvalidDataException>(() => Read(new ElfBuilder { Needed = [""] }.ToArray()));

    private static void Refused(Action<byte[]> change)
    {
        byte[] file = Whole.ToArray();
        change(file);
        Assert.Throws<InvalidDataException>(() => Read(file));
    }

    private static void RequireFileOrRefusal(byte[] bytes)
    {
        try
        {
            Read(bytes);
        }
        catch (InvalidDataException)
        {
        }
    }

    private static ElfFile? Read(byte[] bytes)
    {
        using MemoryStream stream = new(bytes);
        return ElfFile.TryRead(stream);
    }
}
