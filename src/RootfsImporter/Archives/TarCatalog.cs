using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace RootfsImporter.Archives;

/// <summary>
/// Finds the members of an archive on disk in one pass over its headers, so that each can be read where it lies. Knows
/// ustar, pax and GNU headers; refuses what has no business in an archive of images: devices, sparse files, one name
/// given twice, names that lead out.
/// </summary>
internal sealed class TarCatalog
{
    private const int BlockBytes = TarHeader.BlockBytes;
    private const int MaxMembers = 100_000;
    private const int MaxExtensionBytes = 1024 * 1024;

    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly Dictionary<string, TarMember> _members = new(StringComparer.Ordinal);
    private Dictionary<string, string> _records = [];
    private string? _longName;
    private string? _longLink;

    private TarCatalog(SafeFileHandle file)
    {
        _file = file;
        _length = RandomAccess.GetLength(file);
    }

    /// <summary>
    /// The files and links by name. Throws <see cref="InvalidDataException"/>, with the offset, for what is no archive, is
    /// damaged or ends too early.
    /// </summary>
    public static async Task<IReadOnlyDictionary<string, TarMember>> ReadAsync(
        SafeFileHandle file, CancellationToken cancellationToken)
    {
        TarCatalog catalog = new(file);
        long offset = 0;
        byte[] block = new byte[BlockBytes];
        while (true)
        {
            try
            {
                await catalog.ReadAsync(offset, block, cancellationToken);
                if (!block.AsSpan().ContainsAnyExcept((byte)0))
                {
                    return catalog._members;
                }

                offset = await catalog.AddAsync(offset, block, cancellationToken);
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException($"the archive is damaged at byte {offset}: {e.Message}", e);
            }
        }
    }

    /// <summary>Takes one header into account; returns where the next is.</summary>
    private async Task<long> AddAsync(long offset, byte[] block, CancellationToken cancellationToken)
    {
        if (!TarFields.HasValidChecksum(block))
        {
            throw new InvalidDataException("there is no tar header");
        }

        byte type = block[156];
        long start = offset + BlockBytes;
        if (type is (byte)'x' or (byte)'L' or (byte)'K')
        {
            byte[] content = await ReadExtensionAsync(start, TarFields.Number(block.AsSpan(124, 12)), cancellationToken);
            Extend(type, content);
            return Next(start, content.Length);
        }

        long size = HasContent(type) ? SizeOf(block) : 0;
        if (size > _length - start)
        {
            throw new InvalidDataException($"a member of {size} bytes goes beyond the end of the file");
        }

        if (type != (byte)'g')
        {
            Add(type, block, start, size);
            (_records, _longName, _longLink) = ([], null, null);
        }

        return Next(start, size);
    }

    private void Extend(byte type, byte[] content)
    {
        switch (type)
        {
            case (byte)'L':
                _longName = TarFields.Text(content);
                break;
            case (byte)'K':
                _longLink = TarFields.Text(content);
                break;
            default:
                _records = TarFields.Records(content);
                break;
        }
    }

    private void Add(byte type, ReadOnlySpan<byte> block, long start, long size)
    {
        string raw = _records.GetValueOrDefault("path") ?? _longName ?? NameOf(block);
        string name = Normalise(raw, raw, mayClimb: false);
        if (type == (byte)'5')
        {
            return;
        }

        if (_records.Keys.Any(key => key.StartsWith("GNU.sparse.", StringComparison.Ordinal)))
        {
            throw new InvalidDataException($"'{raw}' is stored as a sparse file");
        }

        string? link = type switch
        {
            (byte)'0' or (byte)'7' or 0 => null,
            (byte)'1' => Normalise(LinkOf(block), raw, mayClimb: true),
            (byte)'2' => Normalise(Beside(name, LinkOf(block)), raw, mayClimb: true),
            _ => throw new InvalidDataException($"'{raw}' is of the type '{(char)type}', neither a file nor a link"),
        };
        if (_members.Count >= MaxMembers)
        {
            throw new InvalidDataException($"it has more than {MaxMembers} members");
        }

        if (name.Length == 0 || !_members.TryAdd(name, new TarMember(name, start, size, link)))
        {
            throw new InvalidDataException(name.Length == 0 ? "a file has no name" : $"'{raw}' is in it twice");
        }
    }

    private static bool HasContent(byte type) => type is not ((byte)'1' or (byte)'2' or (byte)'5');

    private static string NameOf(ReadOnlySpan<byte> block)
    {
        string name = TarFields.Text(block[..100]);
        // Only POSIX's own magic has a prefix: GNU's keeps other things there.
        string prefix = block[257..].StartsWith("ustar\0"u8) ? TarFields.Text(block.Slice(345, 155)) : "";
        return prefix.Length > 0 ? $"{prefix}/{name}" : name;
    }

    private string LinkOf(ReadOnlySpan<byte> block) =>
        _records.GetValueOrDefault("linkpath") ?? _longLink ?? TarFields.Text(block.Slice(157, 100));

    private long SizeOf(ReadOnlySpan<byte> block) => _records.GetValueOrDefault("size") is not { } text
        ? TarFields.Number(block.Slice(124, 12))
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            ? size
            : throw new InvalidDataException($"a size is '{text}'");

    private static string Beside(string name, string target) => target.StartsWith('/')
        ? target
        : name[..(name.LastIndexOf('/') + 1)] + target;

    /// <summary>
    /// A path without <c>.</c> and <c>..</c>, which only a link's target may have; throws when it leads out of the
    /// archive.
    /// </summary>
    private static string Normalise(string path, string member, bool mayClimb)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/'))
        {
            if (part == ".." && mayClimb && parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part == "..")
            {
                throw new InvalidDataException($"'{member}' leads out of the archive");
            }
            else if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        }

        return path.StartsWith('/')
            ? throw new InvalidDataException($"'{member}' leads out of the archive")
            : string.Join('/', parts);
    }

    private static long Next(long start, long size) => start + (size + BlockBytes - 1) / BlockBytes * BlockBytes;

    private async Task<byte[]> ReadExtensionAsync(long start, long size, CancellationToken cancellationToken)
    {
        if (size > MaxExtensionBytes)
        {
            throw new InvalidDataException($"a name or its attributes take {size} bytes, more than {MaxExtensionBytes}");
        }

        byte[] content = new byte[size];
        await ReadAsync(start, content, cancellationToken);
        return content;
    }

    private async Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (buffer.Length > 0)
        {
            int read = await RandomAccess.ReadAsync(_file, buffer, offset, cancellationToken);
            if (read == 0)
            {
                throw new InvalidDataException("the file ends before the archive does");
            }

            buffer = buffer[read..];
            offset += read;
        }
    }
}
