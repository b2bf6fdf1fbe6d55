using System.Buffers.Binary;
using System.Text;

namespace RootfsImporter.Archives;

/// <summary>
/// A header block of POSIX ustar (IEEE Std 1003.1, pax, "ustar Interchange Format"). What does not fit its
/// field is left at zero or shortened, for a pax record to say.
/// </summary>
/// <remarks>
/// Offsets: name 0, mode 100, uid 108, gid 116, size 124, mtime 136, checksum 148, typeflag 156, linkname
/// 157, magic 257, version 263, uname 265, gname 297, devmajor 329, devminor 337, prefix 345.
/// </remarks>
internal sealed record TarHeader
{
    public const int BlockBytes = 512;

    /// <summary>The largest number of eleven octal digits: 8 GiB - 1.</summary>
    public const long MaxSize = (1L << 33) - 1;

    /// <summary>The largest number of seven octal digits.</summary>
    public const long MaxId = (1L << 21) - 1;

    /// <summary>The year 2242; times before 1970 do not fit either.</summary>
    public const long MaxTime = (1L << 33) - 1;

    private const int NameBytes = 100;
    private const int PrefixBytes = 155;

    public required byte[] Name { get; init; }

    public byte[] LinkTarget { get; init; } = [];

    public required byte TypeFlag { get; init; }

    public required int Mode { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public required long Size { get; init; }

    /// <summary>
    /// Whether a size from 8 GiB on is written in base 256, as GNU tar does, instead of being left to a pax record.
    /// </summary>
    public bool HasBinarySize { get; init; }

    public long ModifiedTime { get; init; }

    /// <summary>
    /// Whether the block is as apk writes it: GNU tar's magic, no device numbers, numbers of twelve digits that fill their
    /// fields, and a name that does not fit comes in an entry before (type <c>L</c>) instead of being split.
    /// </summary>
    public bool IsApkStyle { get; init; }

    /// <summary>The name of the user and of the group, or nothing.</summary>
    public byte[] OwnerName { get; init; } = [];

    /// <summary>
    /// Whether name and prefix can hold the name. Beyond ASCII, ustar does not say what bytes mean.
    /// </summary>
    public bool NameFits => Ascii.IsValid(Name) && SplitAt(Name) >= 0;

    /// <summary>Whether the field can hold the link's target.</summary>
    public bool LinkTargetFits => Ascii.IsValid(LinkTarget) && LinkTarget.Length <= NameBytes;

    /// <summary>
    /// The header of the pax records of the entry that follows. Its name means nothing to a reader that knows
    /// pax; it is the one that libarchive and Python write, and holds nothing of this process.
    /// </summary>
    public static TarHeader ForPaxRecords(int size) => new()
    {
        Name = "././@PaxHeader"u8.ToArray(),
        TypeFlag = (byte)'x',
        Mode = 0x1A4, // 0644
        Size = size,
    };

    /// <summary>Fills a block.</summary>
    public void Encode(Span<byte> block)
    {
        block.Clear();
        if (NameFits && !IsApkStyle)
        {
            int split = SplitAt(Name);
            Name.AsSpan(split).CopyTo(block);
            Name.AsSpan(0, Math.Max(0, split - 1)).CopyTo(block[345..]);
        }
        else
        {
            CopyShortened(Name, block[..NameBytes]);
        }

        CopyShortened(LinkTarget, block.Slice(157, NameBytes));
        WriteOctal(block.Slice(100, 8), Mode, MaxId);
        WriteOctal(block.Slice(108, 8), Uid, MaxId);
        WriteOctal(block.Slice(116, 8), Gid, MaxId);
        WriteOctal(block.Slice(124, 12), Size, MaxSize);
        if (HasBinarySize && Size > MaxSize)
        {
            BinaryPrimitives.WriteInt64BigEndian(block.Slice(128, 8), Size);
            block[124] = 0x80;
            block[125..128].Clear();
        }

        WriteOctal(block.Slice(136, 12), ModifiedTime, MaxTime);
        block[156] = TypeFlag;
        CopyShortened(OwnerName, block.Slice(265, 32));
        CopyShortened(OwnerName, block.Slice(297, 32));
        if (IsApkStyle)
        {
            WriteDigits(block.Slice(124, 12), Size);
            WriteDigits(block.Slice(136, 12), ModifiedTime);
            "ustar  \0"u8.CopyTo(block[257..]);
        }
        else
        {
            "ustar\0"u8.CopyTo(block[257..]);
            "00"u8.CopyTo(block[263..]);
            WriteOctal(block.Slice(329, 8), 0, MaxId);
            WriteOctal(block.Slice(337, 8), 0, MaxId);
        }

        WriteChecksum(block);
    }

    // Where the name field starts: 0 when all of it fits, else after the last slash that leaves a prefix
    // short enough; -1 when there is none. The prefix and the name field must both hold something.
    private static int SplitAt(ReadOnlySpan<byte> name)
    {
        if (name.Length <= NameBytes)
        {
            return 0;
        }

        int slash = name[..Math.Min(name.Length - 1, PrefixBytes + 1)].LastIndexOf((byte)'/');
        return slash > 0 && name.Length - slash - 1 <= NameBytes ? slash + 1 : -1;
    }

    private static void CopyShortened(ReadOnlySpan<byte> text, Span<byte> field)
    {
        for (int index = 0; index < Math.Min(text.Length, field.Length); index++)
        {
            field[index] = Ascii.IsValid(text[index]) ? text[index] : (byte)'_';
        }
    }

    private static void WriteOctal(Span<byte> field, long value, long max)
    {
        field[^1] = 0;
        WriteDigits(field[..^1], value < 0 || value > max ? 0 : value);
    }

    private static void WriteDigits(Span<byte> field, long value)
    {
        long rest = value;
        for (int index = field.Length - 1; index >= 0; index--)
        {
            field[index] = (byte)('0' + (rest & 7));
            rest >>= 3;
        }
    }

    // The sum of all bytes with the field itself as spaces; six digits, NUL, space.
    private static void WriteChecksum(Span<byte> block)
    {
        Span<byte> field = block.Slice(148, 8);
        field.Fill((byte)' ');
        int sum = 0;
        foreach (byte value in block)
        {
            sum += value;
        }

        WriteOctal(field[..7], sum, MaxId);
    }
}
