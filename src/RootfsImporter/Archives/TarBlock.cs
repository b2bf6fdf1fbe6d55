namespace RootfsImporter.Archives;

/// <summary>
/// A header block of a tar as bytes that pass by: v7, ustar or GNU (the layout is described at <see cref="TarHeader"/>). The
/// fields are read when they are asked for, so that a damaged one only hurts whoever needs it.
/// </summary>
internal readonly ref struct TarBlock
{
    private readonly ReadOnlySpan<byte> _bytes;

    private TarBlock(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>
    /// The type: <c>0</c> file, <c>1</c> hard link, <c>2</c> symbolic link, <c>5</c> directory, <c>x</c> pax records ...
    /// Before POSIX a file's was NUL, and a directory was a file with a slash at the end of its name.
    /// </summary>
    public char TypeFlag => _bytes[156] != 0 ? (char)_bytes[156] : Name.AsSpan().EndsWith("/"u8) ? '5' : '0';

    /// <summary>Whether this says something of other entries: pax records (x, g), GNU tar's long names (L, K).</summary>
    public bool IsExtension => _bytes[156] is (byte)'x' or (byte)'g' or (byte)'L' or (byte)'K';

    /// <summary>Whether POSIX or GNU tar laid it out: what came before has no magic, and no fields after it.</summary>
    public bool IsUstar => _bytes[257..].StartsWith("ustar"u8);

    /// <summary>The name, with the prefix that only POSIX's own magic has: GNU's keeps other things there.</summary>
    public byte[] Name
    {
        get
        {
            ReadOnlySpan<byte> name = TarFields.UntilNul(_bytes[..100]);
            ReadOnlySpan<byte> prefix = _bytes[257..].StartsWith("ustar\0"u8)
                ? TarFields.UntilNul(_bytes.Slice(345, 155))
                : [];
            return prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];
        }
    }

    /// <summary>The target of a link.</summary>
    public byte[] LinkName => TarFields.UntilNul(_bytes.Slice(157, 100)).ToArray();

    /// <summary>The permissions, and whatever else was put there.</summary>
    public long Mode => Number(100, 8);

    public long Uid => Number(108, 8);

    public long Gid => Number(116, 8);

    /// <summary>The size field, bytes; whether so many follow depends on the type. Not judged: it may be negative.</summary>
    public long Size => Number(124, 12);

    /// <summary>Whole seconds since 1970 UTC.</summary>
    public long ModifiedTime => Number(136, 12);

    public byte[] UserName => IsUstar ? TarFields.UntilNul(_bytes.Slice(265, 32)).ToArray() : [];

    public byte[] GroupName => IsUstar ? TarFields.UntilNul(_bytes.Slice(297, 32)).ToArray() : [];

    /// <summary>The major number of a device; 0 for anything else, whatever stands there.</summary>
    public long DeviceMajor => IsDevice ? Number(329, 8) : 0;

    /// <summary>The minor number, as <see cref="DeviceMajor"/>.</summary>
    public long DeviceMinor => IsDevice ? Number(337, 8) : 0;

    private bool IsDevice => IsUstar && _bytes[156] is (byte)'3' or (byte)'4';

    /// <summary>Whether a block is one of those that end an archive.</summary>
    public static bool IsEndMark(ReadOnlySpan<byte> block) => !block.ContainsAnyExcept((byte)0);

    /// <summary>
    /// Takes 512 bytes for a header; they have to stay as they are. Throws <see cref="InvalidDataException"/> when their
    /// checksum is not theirs.
    /// </summary>
    public static TarBlock Read(ReadOnlySpan<byte> block)
    {
        ReadOnlySpan<byte> field = block.Slice(148, 8);
        int sum = 8 * ' ' + Sum(block) - Sum(field);
        return TarFields.TryNumber(field, out long expected) && expected == sum
            ? new TarBlock(block)
            : throw new InvalidDataException(
                "there is no tar header, or a header of the archive is damaged: its checksum does not match");
    }

    private static int Sum(ReadOnlySpan<byte> bytes)
    {
        int sum = 0;
        foreach (byte value in bytes)
        {
            sum += value;
        }

        return sum;
    }

    private long Number(int offset, int length) => TarFields.Number(_bytes.Slice(offset, length));
}
