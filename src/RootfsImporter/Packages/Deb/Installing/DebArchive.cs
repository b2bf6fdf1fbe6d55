using System.Formats.Tar;
using RootfsImporter.Archives;
using RootfsImporter.Codecs;
using RootfsImporter.Files;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>One entry of a data archive; its content can be read until the next entry is asked for.</summary>
internal readonly record struct DebEntry(TreeEntry Tree, Stream Content);

/// <summary>
/// Reads a .deb (deb(5)) front to back: an ar archive of <c>debian-binary</c>, <c>control.tar</c> and <c>data.tar</c>,
/// the latter two plain or compressed. Malformed input is an <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class DebArchive : IDisposable
{
    private const int MaxControlMembers = 256;
    private const long MaxControlBytes = 64 << 20;
    private const long MaxDataBytes = 16L << 30;

    private readonly FileStream _file;
    private readonly ArReader _reader;

    private DebArchive(FileStream file)
    {
        _file = file;
        _reader = new ArReader(file);
    }

    /// <summary>Opens a file and checks the format version.</summary>
    public static DebArchive Open(string path)
    {
        DebArchive archive = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024));
        try
        {
            archive.CheckFormat();
            return archive;
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <summary>Reads the control archive; to be called once, first.</summary>
    public DebControl ReadControl()
    {
        using Stream tar = new BoundedStream(OpenTar("control.tar", mayBeLzma: false), MaxControlBytes);
        using TarReader reader = new(tar);
        List<DebControlMember> members = [];
        while (ReadEntry(reader, "control.tar") is TarEntry entry)
        {
            RootPath path = ParsePath(entry.Name);
            if (path.IsRoot || entry.EntryType is TarEntryType.Directory)
            {
                continue;
            }

            if (!IsRegular(entry) || !path.Parent.IsRoot || members.Count == MaxControlMembers)
            {
                throw new InvalidDataException($"control archive: unexpected entry '{entry.Name}' ({entry.EntryType})");
            }

            using MemoryStream content = new();
            entry.DataStream?.CopyTo(content);
            members.Add(new DebControlMember(
                path.Name, (int)entry.Mode & 0xFFF, entry.ModificationTime.ToUnixTimeSeconds(), content.ToArray()));
        }

        Drain(tar);
        return new DebControl(members);
    }

    /// <summary>Reads the data archive's entries in order; to be called once, after the control archive.</summary>
    public IEnumerable<DebEntry> ReadData()
    {
        using Stream tar = new BoundedStream(OpenTar("data.tar", mayBeLzma: true), MaxDataBytes);
        using TarReader reader = new(tar);
        while (ReadEntry(reader, "data.tar") is TarEntry entry)
        {
            yield return new DebEntry(ToTreeEntry(entry), entry.DataStream ?? Stream.Null);
        }

        Drain(tar);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _file.Dispose();
    }

    private static TreeEntry ToTreeEntry(TarEntry entry)
    {
        RootPath path = ParsePath(entry.Name);
        EntryKind kind = entry.EntryType switch
        {
            TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile => EntryKind.File,
            TarEntryType.Directory => EntryKind.Directory,
            TarEntryType.SymbolicLink => EntryKind.Symlink,
            TarEntryType.HardLink => EntryKind.HardLink,
            TarEntryType.Fifo => EntryKind.Fifo,
            TarEntryType.CharacterDevice or TarEntryType.BlockDevice => throw new InvalidDataException(
                $"{path} is a device node, which a base image must not hold"),
            TarEntryType other => throw new InvalidDataException($"{path}: unknown archive entry type {other}"),
        };
        if (path.Value.Contains('\n'))
        {
            // dpkg refuses it too: its list of files has one path a line.
            throw new InvalidDataException($"the name '{path}' holds a line break");
        }

        if (path.IsRoot && kind != EntryKind.Directory)
        {
            throw new InvalidDataException($"the root directory is a {kind}");
        }

        return new TreeEntry
        {
            Path = path,
            Kind = kind,
            Mode = (int)entry.Mode & 0xFFF,
            Uid = (uint)entry.Uid,
            Gid = (uint)entry.Gid,
            ModifiedTime = entry.ModificationTime.ToUnixTimeSeconds(),
            LinkTarget = kind switch
            {
                EntryKind.Symlink => entry.LinkName,
                EntryKind.HardLink => ParsePath(entry.LinkName).Value,
                _ => null,
            },
        };
    }

    private static RootPath ParsePath(string name) => RootPath.TryParse(name, out RootPath path)
        ? path
        : throw new InvalidDataException($"the entry '{name}' would leave the root");

    private static bool IsRegular(TarEntry entry) =>
        entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile;

    /// <summary>
    /// Reads what follows the end of the tar: checksums of the compression are there, and a file may be cut there.
    /// </summary>
    private static void Drain(Stream tar) => tar.CopyTo(Stream.Null);

    private static TarEntry? ReadEntry(TarReader reader, string name)
    {
        try
        {
            return reader.GetNextEntry();
        }
        catch (Exception exception) when (exception
            is InvalidDataException or FormatException or EndOfStreamException or ArgumentException)
        {
            throw new InvalidDataException($"{name} is damaged: {exception.Message}", exception);
        }
    }

    private void CheckFormat()
    {
        ArMember member = _reader.ReadNext() ?? throw new InvalidDataException("the file is empty");
        byte[] start = new byte[2];
        if (member.Name != "debian-binary" || member.Content.ReadAtLeast(start, 2, false) < 2
            || start[0] != '2' || start[1] != '.')
        {
            throw new InvalidDataException($"this is not a .deb of format 2: it starts with '{member.Name}'");
        }
    }

    private Stream OpenTar(string name, bool mayBeLzma)
    {
        ArMember? member = _reader.ReadNext();
        while (member is not null && member.Name.StartsWith('_'))
        {
            member = _reader.ReadNext();
        }

        if (member is null || !member.Name.StartsWith(name, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{name} was expected, found '{member?.Name ?? "the end"}'");
        }

        Compression compression = member.Name[name.Length..] switch
        {
            "" => Compression.None,
            ".gz" => Compression.Gzip,
            ".xz" => Compression.Xz,
            ".zst" => Compression.Zstd,
            ".bz2" when mayBeLzma => Compression.Bzip2,
            ".lzma" when mayBeLzma => Compression.Lzma,
            string other => throw new InvalidDataException($"{name} is compressed as '{other}', which deb(5) does not allow"),
        };
        return Decompressor.Open(member.Content, compression);
    }
}
