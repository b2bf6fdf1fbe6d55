namespace RootfsImporter.Files;

/// <summary>What a tree entry is.</summary>
public enum EntryKind
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link; <see cref="TreeEntry.LinkTarget"/> is its text.</summary>
    Symlink,

    /// <summary>A further name of a regular file; <see cref="TreeEntry.LinkTarget"/> is the first name's path.</summary>
    HardLink,

    /// <summary>A named pipe.</summary>
    Fifo,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A Unix socket.</summary>
    Socket,
}

/// <summary>An extended attribute: its full name (<c>security.capability</c>) and raw value.</summary>
public sealed record ExtendedAttribute(string Name, ReadOnlyMemory<byte> Value);

/// <summary>Where the bytes of a regular file come from; may be opened any number of times.</summary>
public abstract record FileContent
{
    /// <summary>The number of bytes that <see cref="Open"/> yields.</summary>
    public abstract long Length { get; }

    /// <summary>Opens the content for reading; the caller disposes the stream.</summary>
    public abstract Stream Open();
}

/// <summary>File content held in memory, for what a seal rule writes.</summary>
public sealed record BytesContent(ReadOnlyMemory<byte> Bytes) : FileContent
{
    /// <inheritdoc/>
    public override long Length => Bytes.Length;

    /// <inheritdoc/>
    public override Stream Open() => new MemoryStream(Bytes.ToArray(), writable: false);
}

/// <summary>One entry of a rootfs or of a layer, with all that a layer records of it.</summary>
public sealed record TreeEntry
{
    /// <summary>Where it is.</summary>
    public required RootPath Path { get; init; }

    /// <summary>What it is.</summary>
    public required EntryKind Kind { get; init; }

    /// <summary>Permission bits, 0 to 07777.</summary>
    public required int Mode { get; init; }

    /// <summary>Numeric owner.</summary>
    public uint Uid { get; init; }

    /// <summary>Numeric group.</summary>
    public uint Gid { get; init; }

    /// <summary>Modification time, whole seconds since 1970 UTC.</summary>
    public long ModifiedTime { get; init; }

    /// <summary>A symbolic link's text, or a hard link's first name as <see cref="RootPath.Value"/>; else null.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>The content of a regular file; null for every other kind.</summary>
    public FileContent? Content { get; init; }

    /// <summary>Extended attributes, sorted by name.</summary>
    public IReadOnlyList<ExtendedAttribute> ExtendedAttributes { get; init; } = [];
}
