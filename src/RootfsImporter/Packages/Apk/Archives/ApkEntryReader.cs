using System.Security.Cryptography;
using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>Turns the tar entries of one package's data part into tree entries, and refuses what may not be there.</summary>
internal sealed class ApkEntryReader
{
    private const string AttributePrefix = "SCHILY.xattr.";
    private const string ChecksumKey = "APK-TOOLS.checksum.SHA1";

    private readonly Dictionary<RootPath, EntryKind> _seen = [];

    /// <summary>
    /// The entry to install, or null for one that apk ignores. Throws <see cref="InvalidDataException"/>. The content stays
    /// the caller's.
    /// </summary>
    public ApkEntry? Read(ApkTarEntry entry, Stream content)
    {
        RootPath path = ParsePath(entry.Name);
        EntryKind kind = KindOf(entry, path);
        if (path.IsRoot)
        {
            return kind == EntryKind.Directory
                ? null
                : throw new InvalidDataException($"the root directory is a {kind}");
        }

        if (IsIgnored(entry.Name, path, kind))
        {
            return null;
        }

        string? target = TargetOf(entry, path, kind);
        Note(path, kind);
        byte[]? sha1 = ChecksumOf(entry, path);
        if (sha1 is not null && (kind == EntryKind.Symlink || (kind == EntryKind.File && entry.Size == 0)))
        {
            CheckAtOnce(path, Encoding.UTF8.GetBytes(target ?? ""), sha1);
        }

        return new ApkEntry
        {
            Tree = new TreeEntry
            {
                Path = path,
                Kind = kind,
                Mode = entry.Mode,
                Uid = entry.Uid,
                Gid = entry.Gid,
                ModifiedTime = entry.ModifiedTime,
                LinkTarget = target,
                ExtendedAttributes = AttributesOf(entry),
            },
            UserName = entry.UserName,
            GroupName = entry.GroupName,
            // Not 'sha1' alone: a null array would become an empty memory.
            Sha1 = sha1 is null ? default(ReadOnlyMemory<byte>?) : sha1.AsMemory(),
            Size = entry.Size,
            Content = sha1 is null || entry.Size == 0 ? content : new ChecksumStream(content, path.ToString(), sha1),
        };
    }

    private static EntryKind KindOf(ApkTarEntry entry, RootPath path) => entry.Type switch
    {
        '0' or '7' => EntryKind.File,
        '1' => EntryKind.HardLink,
        '2' => EntryKind.Symlink,
        '5' => EntryKind.Directory,
        '6' => EntryKind.Fifo,
        '3' or '4' => throw new InvalidDataException($"{path} is a device node, which a base image must not hold"),
        char other => throw new InvalidDataException($"{path}: unknown archive entry type '{other}'"),
    };

    private static bool IsIgnored(string name, RootPath path, EntryKind kind) =>
        name.StartsWith('.')
        || (kind == EntryKind.File && path.Name.StartsWith(".keep_", StringComparison.Ordinal));

    private static RootPath ParsePath(string name)
    {
        if (name.Length == 0 || name.StartsWith('/') || !RootPath.TryParse(name, out RootPath path))
        {
            throw new InvalidDataException($"the entry '{name}' would leave the root");
        }

        // apk's list of files has one name a line.
        return path.Value.Contains('\n')
            ? throw new InvalidDataException($"the name '{path}' holds a line break")
            : path;
    }

    private static byte[]? ChecksumOf(ApkTarEntry entry, RootPath path)
    {
        byte[]? text = entry.Records.LastOrDefault(record => record.Key == ChecksumKey).Value;
        if (text is null)
        {
            return null;
        }

        byte[] hash = new byte[SHA1.HashSizeInBytes];
        return text.Length == 2 * hash.Length
            && Convert.FromHexString(text, hash, out _, out _) == System.Buffers.OperationStatus.Done
            ? hash
            : throw new InvalidDataException(
                $"{path}: its checksum '{Encoding.Latin1.GetString(text)}' is not 40 hexadecimal digits");
    }

    private static void CheckAtOnce(RootPath path, byte[] content, byte[] sha1)
    {
        using ChecksumStream stream = new(new MemoryStream(content), path.ToString(), sha1);
        stream.CopyTo(Stream.Null);
    }

    private static IReadOnlyList<ExtendedAttribute> AttributesOf(ApkTarEntry entry) =>
    [
        .. entry.Records.Where(record => record.Key.StartsWith(AttributePrefix, StringComparison.Ordinal))
            .GroupBy(record => record.Key[AttributePrefix.Length..], record => record.Value, StringComparer.Ordinal)
            .Select(group => new ExtendedAttribute(group.Key, group.Last()))
            .OrderBy(attribute => attribute.Name, StringComparer.Ordinal),
    ];

    private string? TargetOf(ApkTarEntry entry, RootPath path, EntryKind kind)
    {
        if (kind == EntryKind.Symlink)
        {
            return entry.LinkName.Length > 0 && !entry.LinkName.Contains('\0')
                ? entry.LinkName
                : throw new InvalidDataException($"the symbolic link {path} has no usable target");
        }

        if (kind != EntryKind.HardLink)
        {
            return null;
        }

        RootPath target = ParsePath(entry.LinkName);
        return _seen.TryGetValue(target, out EntryKind seen) && seen is EntryKind.File or EntryKind.HardLink
            ? target.Value
            : throw new InvalidDataException($"{path} is a hard link to {target}, which is no file before it");
    }

    private void Note(RootPath path, EntryKind kind)
    {
        if (!_seen.TryAdd(path, kind) && !(kind == EntryKind.Directory && _seen[path] == kind))
        {
            throw new InvalidDataException($"{path} is in the package twice");
        }
    }
}
