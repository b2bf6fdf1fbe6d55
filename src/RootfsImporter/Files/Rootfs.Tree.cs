using Mono.Unix.Native;
using RootfsImporter.Linux;

namespace RootfsImporter.Files;

/// <content>Reading the finished tree.</content>
public sealed partial class Rootfs
{
    /// <summary>
    /// Lists the whole tree in <see cref="RootPath"/> order, the root first, not crossing mount points. The second
    /// and later names of a regular file with several links are <see cref="EntryKind.HardLink"/> to the first.
    /// </summary>
    public IReadOnlyList<TreeEntry> ReadTree()
    {
        List<TreeEntry> entries = [];
        Stat root = Posix.Stat(HostPath);
        Dictionary<ulong, RootPath> firstNames = [];
        Read(RootPath.Root, root, root.st_dev, entries, firstNames);
        return entries;
    }

    private void Read(
        RootPath path, Stat status, ulong device, List<TreeEntry> entries, Dictionary<ulong, RootPath> firstNames)
    {
        string hostPath = path.IsRoot ? HostPath : $"{HostPath}/{path.Value}";
        TreeEntry entry = ToEntry(path, hostPath, status, firstNames);
        entries.Add(entry);
        if (entry.Kind != EntryKind.Directory || status.st_dev != device)
        {
            return;
        }

        string[] names = [.. Directory.EnumerateFileSystemEntries(hostPath).Select(Path.GetFileName)!];
        Array.Sort(names, StringComparer.Ordinal);
        foreach (string name in names)
        {
            RootPath child = path.IsRoot ? RootPath.Parse(name) : path.Append(name);
            Read(child, Posix.Stat($"{hostPath}/{name}"), device, entries, firstNames);
        }
    }

    private static TreeEntry ToEntry(
        RootPath path, string hostPath, Stat status, Dictionary<ulong, RootPath> firstNames)
    {
        EntryKind kind = KindOf(status)!.Value;
        TreeEntry entry = new()
        {
            Path = path,
            Kind = kind,
            Mode = (int)status.st_mode & 0xFFF,
            Uid = status.st_uid,
            Gid = status.st_gid,
            ModifiedTime = status.st_mtime,
        };
        if (kind == EntryKind.File && status.st_nlink > 1 && !firstNames.TryAdd(status.st_ino, path))
        {
            return entry with { Kind = EntryKind.HardLink, LinkTarget = firstNames[status.st_ino].Value };
        }

        return entry with
        {
            LinkTarget = kind == EntryKind.Symlink ? Posix.ReadLink(hostPath) : null,
            Content = kind == EntryKind.File ? new DiskContent(hostPath, status.st_size) : null,
            ExtendedAttributes = ReadAttributes(hostPath),
        };
    }

    private static IReadOnlyList<ExtendedAttribute> ReadAttributes(string hostPath)
    {
        IReadOnlyList<(string Name, byte[] Value)> attributes = Posix.ReadExtendedAttributes(hostPath);
        return attributes.Count == 0
            ? []
            : [.. attributes
                .Select(a => new ExtendedAttribute(a.Name, a.Value))
                .OrderBy(a => a.Name, StringComparer.Ordinal)];
    }
}

/// <summary>The content of a file on disk.</summary>
internal sealed record DiskContent(string HostPath, long Size) : FileContent
{
    /// <inheritdoc/>
    public override long Length => Size;

    /// <inheritdoc/>
    public override Stream Open() => new FileStream(
        HostPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
