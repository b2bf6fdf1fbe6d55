using System.Globalization;
using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Archives;

/// <summary>
/// Writes the tar of a layer: POSIX ustar, with pax extended headers only for what ustar cannot say. The
/// bytes are a function of the entries alone. Does not own the output.
/// </summary>
/// <remarks>
/// As in the images that distributions publish, names have no leading <c>./</c>, directories end in a slash,
/// the root itself has no entry, and there are no user or group names.
/// </remarks>
internal sealed class LayerTarWriter(Stream output)
{
    private const int CopyBytes = 128 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _header = new byte[TarHeader.BlockBytes];
    private readonly byte[] _copy = new byte[CopyBytes];

    /// <summary>
    /// Writes one entry. What a layer must not hold (devices, sockets) and what is not sound in itself is an
    /// <see cref="ArgumentException"/>; content that is shorter or longer than it says is an
    /// <see cref="InvalidDataException"/>, after which the output is of no use.
    /// </summary>
    public void WriteEntry(TreeEntry entry, CancellationToken cancellationToken)
    {
        TarHeader header = CreateHeader(entry);
        byte[] records = CreatePaxRecords(header, entry.ExtendedAttributes);
        if (records.Length > 0)
        {
            WriteHeader(TarHeader.ForPaxRecords(records.Length));
            output.Write(records);
            WritePadding(records.Length);
        }

        WriteHeader(header);
        if (entry.Content is not null)
        {
            CopyContent(entry.Path, entry.Content, cancellationToken);
            WritePadding(header.Size);
        }
    }

    /// <summary>Writes the end of the archive: two blocks of zeros. To be called once, last.</summary>
    public void Finish()
    {
        _header.AsSpan().Clear();
        output.Write(_header);
        output.Write(_header);
    }

    private static TarHeader CreateHeader(TreeEntry entry)
    {
        if (entry.Path.IsRoot || entry.Mode is < 0 or > 0xFFF)
        {
            throw new ArgumentException(
                $"{entry.Path} with mode {Convert.ToString(entry.Mode, 8)} cannot be an entry of a layer",
                nameof(entry));
        }

        bool isLink = entry.Kind is EntryKind.Symlink or EntryKind.HardLink;
        bool isFile = entry.Kind is EntryKind.File;
        if (isLink != !string.IsNullOrEmpty(entry.LinkTarget) || isFile != entry.Content is not null
            || entry.LinkTarget?.Contains('\0') == true)
        {
            throw new ArgumentException(
                $"{entry.Path} is a {entry.Kind} with the wrong parts", nameof(entry));
        }

        string name = entry.Kind == EntryKind.Directory ? entry.Path.Value + "/" : entry.Path.Value;
        return new TarHeader
        {
            Name = StrictUtf8.GetBytes(name),
            LinkTarget = StrictUtf8.GetBytes(entry.LinkTarget ?? ""),
            TypeFlag = GetTypeFlag(entry),
            Mode = entry.Mode,
            Uid = entry.Uid,
            Gid = entry.Gid,
            ModifiedTime = entry.ModifiedTime,
            Size = entry.Content?.Length ?? 0,
        };
    }

    private static byte GetTypeFlag(TreeEntry entry) => entry.Kind switch
    {
        EntryKind.File => (byte)'0',
        EntryKind.HardLink => (byte)'1',
        EntryKind.Symlink => (byte)'2',
        EntryKind.Directory => (byte)'5',
        EntryKind.Fifo => (byte)'6',
        _ => throw new ArgumentException(
            $"{entry.Path} is a {entry.Kind}, which a layer does not hold", nameof(entry)),
    };

    private static byte[] CreatePaxRecords(TarHeader header, IReadOnlyList<ExtendedAttribute> attributes)
    {
        PaxRecords records = new();
        if (!header.NameFits)
        {
            records.Add("path", header.Name);
        }

        if (!header.LinkTargetFits)
        {
            records.Add("linkpath", header.LinkTarget);
        }

        AddUnlessFits(records, "size", header.Size, TarHeader.MaxSize);
        AddUnlessFits(records, "uid", header.Uid, TarHeader.MaxId);
        AddUnlessFits(records, "gid", header.Gid, TarHeader.MaxId);
        AddUnlessFits(records, "mtime", header.ModifiedTime, TarHeader.MaxTime);
        foreach (ExtendedAttribute attribute in attributes.OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            records.Add("SCHILY.xattr." + attribute.Name, attribute.Value.Span);
        }

        return records.ToArray();
    }

    private static void AddUnlessFits(PaxRecords records, string key, long value, long max)
    {
        if (value < 0 || value > max)
        {
            records.Add(key, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private void WriteHeader(TarHeader header)
    {
        header.Encode(_header);
        output.Write(_header);
    }

    private void CopyContent(RootPath path, FileContent content, CancellationToken cancellationToken)
    {
        using Stream stream = content.Open();
        long left = content.Length;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // One byte more than is due is asked for, so that the end is seen in the same read.
            int wanted = (int)Math.Min(_copy.Length, left + 1);
            int read = stream.Read(_copy, 0, wanted);
            left -= read;
            if (left < 0 || read == 0 && left > 0)
            {
                string difference = left < 0 ? "more" : "fewer";
                throw new InvalidDataException(
                    $"{path} has {difference} than the {content.Length} bytes that it was listed with");
            }

            if (read == 0)
            {
                return;
            }

            output.Write(_copy, 0, read);
        }
    }

    private void WritePadding(long size)
    {
        int padding = (int)(-size & (TarHeader.BlockBytes - 1));
        output.Write(Zeros[..padding]);
    }

    private static ReadOnlySpan<byte> Zeros => new byte[TarHeader.BlockBytes];
}
