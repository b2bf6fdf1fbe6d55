using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Archives;

/// <summary>Makes entries of a tree from those of a tar, and judges what the headers say by themselves.</summary>
internal static class TarTreeEntry
{
    /// <summary>The longest path, bytes: PATH_MAX with its NUL is 4096.</summary>
    public const int MaxPathBytes = 4095;

    /// <summary>The longest name in a directory, bytes: NAME_MAX.</summary>
    public const int MaxNameBytes = 255;

    private const string AttributePrefix = "SCHILY.xattr.";

    /// <summary>
    /// Where an entry is to be. A leading slash means nothing, as for every tar that extracts into a directory. Throws
    /// <see cref="InvalidDataException"/>.
    /// </summary>
    public static RootPath PathOf(TarEntryHeader header) => Parse(header.Name, "a path");

    /// <summary>The earlier entry that a hard link names. Throws <see cref="InvalidDataException"/>.</summary>
    public static RootPath LinkedPathOf(TarEntryHeader header) => Parse(header.LinkName, "the target of a hard link");

    /// <summary>All but the path, which is left at the root. Throws <see cref="InvalidDataException"/>.</summary>
    /// <param name="header">The headers of anything but a hard link.</param>
    /// <param name="content">The content of a file.</param>
    public static TreeEntry Create(TarEntryHeader header, FileContent? content)
    {
        EntryKind kind = KindOf(header);
        return new TreeEntry
        {
            Path = RootPath.Root,
            Kind = kind,
            Mode = kind == EntryKind.Symlink ? 0x1FF : header.Mode,
            Uid = IdOf(header, "owner", header.Uid),
            Gid = IdOf(header, "group", header.Gid),
            ModifiedTime = header.ModifiedTime,
            LinkTarget = kind == EntryKind.Symlink ? TargetOf(header) : null,
            Content = content,
            ExtendedAttributes = AttributesOf(header),
        };
    }

    /// <summary>What an entry is; sparse files and what POSIX does not know are refused.</summary>
    public static EntryKind KindOf(TarEntryHeader header) => header switch
    {
        { IsSparse: true } => throw new InvalidDataException(
            $"{Name(header)} is stored as a sparse file, which is not read: make the archive without --sparse"),
        { Kind: EntryKind kind } => kind,
        _ => throw new InvalidDataException($"{Name(header)} is of the type '{header.TypeFlag}', which POSIX does not know"),
    };

    /// <summary>An entry's name for messages, shortened.</summary>
    public static string Name(TarEntryHeader header) => Quote(header.Name);

    private static string Quote(ReadOnlySpan<byte> name) =>
        $"'{Encoding.UTF8.GetString(name[..Math.Min(name.Length, 300)])}'";

    private static RootPath Parse(ReadOnlySpan<byte> name, string what)
    {
        if (name.Length > MaxPathBytes + 1)
        {
            throw new InvalidDataException($"{what} has {name.Length} bytes, more than {MaxPathBytes}");
        }

        if (name.IsEmpty)
        {
            throw new InvalidDataException($"{what} is empty");
        }

        return RootPath.TryParse(TarFields.Text(name), out RootPath path)
            ? path
            : throw new InvalidDataException($"{what}, {Quote(name)}, leads out of the root or has a NUL in it");
    }

    private static uint IdOf(TarEntryHeader header, string what, long id) => id is >= 0 and < uint.MaxValue
        ? (uint)id
        : throw new InvalidDataException($"the {what} of {Name(header)} is {id}, which is no id");

    private static string TargetOf(TarEntryHeader header) => header.LinkName is { Length: > 0 and <= MaxPathBytes } target
        && !target.AsSpan().Contains((byte)0)
            ? TarFields.Text(target)
            : throw new InvalidDataException($"the symbolic link {Name(header)} has no usable target");

    /// <summary>The values are bytes: a capability is binary. The last of a name counts.</summary>
    private static IReadOnlyList<ExtendedAttribute> AttributesOf(TarEntryHeader header)
    {
        if (header.Records.Count == 0)
        {
            return [];
        }

        SortedDictionary<string, byte[]> attributes = new(StringComparer.Ordinal);
        foreach (PaxRecord record in header.Records)
        {
            if (record.Key.Length > AttributePrefix.Length
                && record.Key.StartsWith(AttributePrefix, StringComparison.Ordinal))
            {
                attributes[record.Key[AttributePrefix.Length..]] = record.Value;
            }
        }

        return [.. attributes.Select(pair => new ExtendedAttribute(pair.Key, pair.Value))];
    }
}
