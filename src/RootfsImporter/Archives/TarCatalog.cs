using Microsoft.Win32.SafeHandles;
using RootfsImporter.Files;

namespace RootfsImporter.Archives;

/// <summary>
/// Finds the members of an archive on disk in one pass over its headers, so that each can be read where it lies. Stands
/// on <see cref="TarEntryReader"/>; refuses what has no business in an archive of images: devices, sparse files, one name
/// given twice, names that lead out.
/// </summary>
internal sealed class TarCatalog
{
    private const int MaxMembers = 100_000;

    private readonly Dictionary<string, TarMember> _members = new(StringComparer.Ordinal);

    private TarCatalog()
    {
    }

    /// <summary>
    /// The files and links by name. Throws <see cref="InvalidDataException"/>, with the offset, for what is no archive, is
    /// damaged or ends too early.
    /// </summary>
    public static Task<IReadOnlyDictionary<string, TarMember>> ReadAsync(
        SafeFileHandle file, CancellationToken cancellationToken) =>
        Task.Run<IReadOnlyDictionary<string, TarMember>>(() => Read(file, cancellationToken), cancellationToken);

    private static Dictionary<string, TarMember> Read(SafeFileHandle file, CancellationToken cancellationToken)
    {
        using FilePartStream stream = FilePartStream.Whole(file);
        TarEntryReader reader = new(stream);
        TarCatalog catalog = new();
        try
        {
            while (reader.ReadNext() is TarEntryHeader entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (entry.Size > stream.Length - reader.ContentOffset)
                {
                    throw new InvalidDataException($"a member of {entry.Size} bytes goes beyond the end of the file");
                }

                catalog.Add(entry, reader.ContentOffset);
            }

            return reader.HasEndMark
                ? catalog._members
                : throw new InvalidDataException("the file ends before the archive does");
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"the archive is damaged at byte {reader.HeaderOffset}: {e.Message}", e);
        }
    }

    private void Add(TarEntryHeader entry, long offset)
    {
        string raw = TextOf(entry.Name);
        string name = Normalise(raw, raw, mayClimb: false);
        if (entry.Kind == EntryKind.Directory)
        {
            return;
        }

        string? link = entry.Kind switch
        {
            EntryKind.File when entry.IsSparse => throw new InvalidDataException($"'{raw}' is stored as a sparse file"),
            EntryKind.File => null,
            EntryKind.HardLink => Normalise(TextOf(entry.LinkName), raw, mayClimb: true),
            EntryKind.Symlink => Normalise(Beside(name, TextOf(entry.LinkName)), raw, mayClimb: true),
            _ => throw new InvalidDataException($"'{raw}' is of the type '{entry.TypeFlag}', neither a file nor a link"),
        };
        if (_members.Count >= MaxMembers)
        {
            throw new InvalidDataException($"it has more than {MaxMembers} members");
        }

        if (name.Length == 0 || !_members.TryAdd(name, new TarMember(name, offset, entry.Size, link)))
        {
            throw new InvalidDataException(name.Length == 0 ? "a file has no name" : $"'{raw}' is in it twice");
        }
    }

    private static string TextOf(ReadOnlySpan<byte> name) => name.Contains((byte)0)
        ? throw new InvalidDataException("a name has a NUL in it")
        : TarFields.Text(name);

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
}
