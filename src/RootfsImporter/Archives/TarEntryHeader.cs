using RootfsImporter.Files;

namespace RootfsImporter.Archives;

/// <summary>
/// What the headers of one entry of a tar say together. Names are bytes, numbers may be negative, and a path may lead
/// anywhere: nothing is judged yet.
/// </summary>
internal sealed record TarEntryHeader
{
    /// <summary>The whole name as written: <c>./usr/bin/</c>.</summary>
    public required byte[] Name { get; init; }

    /// <summary>The type: <c>0</c> file, <c>1</c> hard link, <c>2</c> symbolic link ...; never NUL.</summary>
    public required char TypeFlag { get; init; }

    /// <summary>Whether the header has the magic of POSIX or GNU tar; what is older has no names of owners.</summary>
    public required bool IsUstar { get; init; }

    /// <summary>What the entry is, or null for a type that POSIX does not know.</summary>
    public EntryKind? Kind => TypeFlag switch
    {
        '0' or '7' => EntryKind.File,
        '1' => EntryKind.HardLink,
        '2' => EntryKind.Symlink,
        '3' => EntryKind.CharacterDevice,
        '4' => EntryKind.BlockDevice,
        '5' => EntryKind.Directory,
        '6' => EntryKind.Fifo,
        _ => null,
    };

    /// <summary>Permission bits, 0 to 07777.</summary>
    public required int Mode { get; init; }

    /// <summary>Numeric owner.</summary>
    public required long Uid { get; init; }

    /// <summary>Numeric group.</summary>
    public required long Gid { get; init; }

    /// <summary>The owner's name; empty when there is none.</summary>
    public required byte[] UserName { get; init; }

    /// <summary>The group's name; empty when there is none.</summary>
    public required byte[] GroupName { get; init; }

    /// <summary>Whole seconds since 1970 UTC.</summary>
    public required long ModifiedTime { get; init; }

    /// <summary>The target of a link; else what stands in its place, usually nothing.</summary>
    public required byte[] LinkName { get; init; }

    /// <summary>The major number of a device, else 0.</summary>
    public required long DeviceMajor { get; init; }

    /// <summary>The minor number of a device, else 0.</summary>
    public required long DeviceMinor { get; init; }

    /// <summary>The size that the headers say, bytes, not negative.</summary>
    public required long StatedSize { get; init; }

    /// <summary>How many bytes of content follow.</summary>
    public long Size => SizeOf(TypeFlag, StatedSize);

    /// <summary>The pax records in order, those of all entries first; of a key given twice the last counts.</summary>
    public required IReadOnlyList<PaxRecord> Records { get; init; }

    /// <summary>Whether what follows is not the content but a map of it and its parts: GNU tar's sparse files.</summary>
    public bool IsSparse => TypeFlag == 'S' || Records.Any(record => IsSparseKey(record.Key));

    /// <summary>
    /// The content that an entry of a type has behind it. Links, devices, directories and pipes have none: a hard link may
    /// repeat its file's size, and some wrote what a directory takes on disk (pax, "size").
    /// </summary>
    public static long SizeOf(char typeFlag, long stated) => typeFlag is >= '1' and <= '6' ? 0 : stated;

    /// <summary>Whether only sparse files have such a record.</summary>
    public static bool IsSparseKey(string key) => key.StartsWith("GNU.sparse.", StringComparison.Ordinal);

    /// <summary>The value of a pax record, or null.</summary>
    public byte[]? Find(string key) => Records.LastOrDefault(record => record.Key == key).Value;
}
