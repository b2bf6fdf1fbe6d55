namespace RootfsImporter.Archives;

/// <summary>
/// What extended headers say of the entries that follow them: pax records of the next (type x) and of all (g), GNU tar's
/// long name (L) and link target (K) of the next. The next entry's records come before those of all, a pax path before
/// a long name, and both before the entry's own header; a record without a value takes back what is said of all.
/// </summary>
internal sealed class TarExtensions
{
    /// <summary>What the extended headers of one entry may have together, and likewise those of all.</summary>
    public const int MaxBytes = 1 << 20;

    private readonly List<PaxRecord> _globals = [];
    private readonly List<PaxRecord> _records = [];
    private byte[]? _longName;
    private byte[]? _longLink;
    private long _bytes;
    private long _globalBytes;

    /// <summary>Whether something was said of an entry that is still to come.</summary>
    public bool IsPending { get; private set; }

    /// <summary>
    /// How many bytes of content an extended header has: to be asked for before they are read. Throws
    /// <see cref="InvalidDataException"/> when they, with those before, are more than are accepted.
    /// </summary>
    public int Admit(TarBlock header)
    {
        long size = header.Size;
        ref long bytes = ref (header.TypeFlag == 'g' ? ref _globalBytes : ref _bytes);
        if (size < 0 || size > MaxBytes - bytes)
        {
            throw new InvalidDataException(
                $"an extended header is to have a name or attributes that take {size} bytes, more than {MaxBytes - bytes}");
        }

        bytes += size;
        return (int)size;
    }

    /// <summary>Takes the content of an extended header into account; throws <see cref="InvalidDataException"/>.</summary>
    public void Add(char typeFlag, ReadOnlySpan<byte> content)
    {
        switch (typeFlag)
        {
            case 'x':
                PaxRecord.ReadInto(_records, content);
                break;
            case 'g':
                AddGlobals(content);
                return;
            case 'L':
                _longName = TarFields.UntilNul(content).ToArray();
                break;
            case 'K':
                _longLink = TarFields.UntilNul(content).ToArray();
                break;
        }

        IsPending = true;
    }

    /// <summary>Forgets what was said of one entry, which has been described.</summary>
    public void Forget()
    {
        _records.Clear();
        (_longName, _longLink, _bytes, IsPending) = (null, null, 0, false);
    }

    /// <summary>The name of the entry that a header begins.</summary>
    public byte[] NameOf(TarBlock header) => Record("path") ?? _longName ?? header.Name;

    /// <summary>The size that an entry says it has, not negative; whether it has any content depends on its type.</summary>
    public long SizeOf(TarBlock header)
    {
        long size = Number("size") ?? header.Size;
        return size >= 0 ? size : throw new InvalidDataException($"a size is '{size}', which is out of range");
    }

    /// <summary>All that is said of an entry; throws <see cref="InvalidDataException"/>.</summary>
    public TarEntryHeader Describe(TarBlock header) => new()
    {
        Name = NameOf(header),
        TypeFlag = header.TypeFlag,
        IsUstar = header.IsUstar,
        Mode = (int)(header.Mode & 0xFFF),
        Uid = Number("uid") ?? header.Uid,
        Gid = Number("gid") ?? header.Gid,
        UserName = Record("uname") ?? header.UserName,
        GroupName = Record("gname") ?? header.GroupName,
        ModifiedTime = Number("mtime") ?? header.ModifiedTime,
        LinkName = Record("linkpath") ?? _longLink ?? header.LinkName,
        DeviceMajor = header.DeviceMajor,
        DeviceMinor = header.DeviceMinor,
        StatedSize = SizeOf(header),
        Records = [.. _globals, .. _records],
    };

    private void AddGlobals(ReadOnlySpan<byte> content)
    {
        PaxRecord.ReadInto(_globals, content);
        string? wrong = _globals.Find(
            record => record.Key is "path" or "linkpath" or "size" || TarEntryHeader.IsSparseKey(record.Key)).Key;
        if (wrong is not null)
        {
            throw new InvalidDataException($"an extended header gives all entries that follow one {wrong}");
        }
    }

    private long? Number(string key) => Record(key) is byte[] value ? PaxRecord.ToNumber(key, value) : null;

    private byte[]? Record(string key)
    {
        byte[]? value = _records.FindLast(record => record.Key == key).Value
            ?? _globals.FindLast(record => record.Key == key).Value;
        return value is { Length: > 0 } ? value : null;
    }
}
