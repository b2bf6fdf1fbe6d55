using RootfsImporter.Archives;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>
/// Reads one section of an .apk or an APKINDEX.tar.gz: of the three sections that make up the tar of a package only the last
/// has an end-of-archive mark. Stands on <see cref="TarEntryReader"/>, and refuses what apk has no use for. The stream
/// stays the caller's.
/// </summary>
internal sealed class ApkTarReader(Stream tar)
{
    private readonly TarEntryReader _reader = new(tar);

    /// <summary>
    /// The next entry, or null at the end, when everything has been read. Throws <see cref="InvalidDataException"/>.
    /// </summary>
    public ApkTarEntry? ReadNext()
    {
        if (_reader.ReadNext() is TarEntryHeader header)
        {
            return Check(header);
        }

        _reader.ReadTrailer();
        return null;
    }

    /// <summary>The content of the entry that was read last, what was not read yet; until the next is asked for.</summary>
    public Stream OpenContent() => _reader.OpenContent();

    private static ApkTarEntry Check(TarEntryHeader header)
    {
        string name = TarFields.Text(header.Name);
        if (!header.IsUstar)
        {
            throw new InvalidDataException($"{name}: the header is not that of a ustar archive");
        }

        if (header.Uid is < 0 or > uint.MaxValue || header.Gid is < 0 or > uint.MaxValue)
        {
            throw new InvalidDataException($"{name}: owner {header.Uid} or group {header.Gid} is out of range");
        }

        // A hard link may repeat its file's size without having the content (pax, "size"); other kinds have none.
        if (header.TypeFlag is not ('0' or '7' or '1') && header.StatedSize > 0)
        {
            throw new InvalidDataException(
                $"an entry of type {header.TypeFlag} has {header.StatedSize} bytes of content");
        }

        return new ApkTarEntry
        {
            Name = name,
            Type = header.TypeFlag,
            Mode = header.Mode,
            Uid = (uint)header.Uid,
            Gid = (uint)header.Gid,
            UserName = TarFields.Text(header.UserName),
            GroupName = TarFields.Text(header.GroupName),
            ModifiedTime = header.ModifiedTime,
            LinkName = TarFields.Text(header.LinkName),
            Size = header.Size,
            Records = header.Records,
        };
    }
}
