using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Sealing;

namespace RootfsImporter.Linking;

/// <summary>
/// <c>/etc/ld.so.conf</c>: the directories that ldconfig would read, for a root that it has not run in (ldconfig(8)).
/// </summary>
internal static class LdSoConf
{
    private const int MaxFiles = 1000;
    private const int MaxBytes = 1 << 20;

    /// <summary>
    /// The directories of the file and of those that it includes, in order, each once. A file that is absent has none.
    /// Throws <see cref="InvalidDataException"/> for settings that include themselves, or have no end.
    /// </summary>
    public static IReadOnlyList<string> Read(ILinkRoot root)
    {
        List<string> directories = [];
        int files = 0;
        Stack<string> ahead = new(["/etc/ld.so.conf"]);
        while (ahead.TryPop(out string? item))
        {
            // A directory that stands between two include lines waits its turn among the files.
            if (item.StartsWith('='))
            {
                directories.Add(item[1..]);
            }
            else if (++files > MaxFiles)
            {
                throw new InvalidDataException("/etc/ld.so.conf includes more files than any system has, or itself");
            }
            else
            {
                foreach (string found in ReadFile(root, item).AsEnumerable().Reverse())
                {
                    ahead.Push(found);
                }
            }
        }

        return [.. directories.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>What a file says, in order: directories after an equals sign, and the files that it includes.</summary>
    private static List<string> ReadFile(ILinkRoot root, string path)
    {
        List<string> items = [];
        foreach (string line in SmallFile.ReadText(root, path, MaxBytes).Split('\n'))
        {
            string text = line.Split('#', 2)[0].Trim();
            string[] words = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case []:
                case ["hwcap", ..]:
                    break;
                case ["include", .. string[] patterns]:
                    items.AddRange(patterns.SelectMany(pattern => Match(root, path, pattern)));
                    break;
                default:
                    // "DIRECTORY=TYPE" is what libc5 needed.
                    items.Add("=" + text.Split('=', 2)[0].TrimEnd().TrimEnd('/'));
                    break;
            }
        }

        return items;
    }

    /// <summary>The files that a pattern means; wildcards stand in its last component.</summary>
    private static string[] Match(ILinkRoot root, string from, string pattern)
    {
        string absolute = pattern.StartsWith('/') ? pattern : $"{from[..from.LastIndexOf('/')]}/{pattern}";
        int slash = absolute.LastIndexOf('/');
        string name = absolute[(slash + 1)..];
        if (!SealGlob.HasWildcard(name))
        {
            return [absolute];
        }

        return LinkTrail.Follow(root, absolute[..slash])?.End is { Kind: EntryKind.Directory } directory
            ? [.. root.NamesIn(directory.Path)
                .Where(found => !found.StartsWith('.') && SealGlob.IsMatch(name, found))
                .Select(found => $"{absolute[..slash]}/{found}")]
            : [];
    }
}

/// <summary>Reads small files of a root.</summary>
internal static class SmallFile
{
    /// <summary>
    /// The bytes of the regular file that a path leads to; null when there is none. Throws
    /// <see cref="InvalidDataException"/> for one of more than <paramref name="maxBytes"/>.
    /// </summary>
    public static byte[]? TryRead(ILinkRoot root, string path, int maxBytes)
    {
        if (LinkTrail.Follow(root, path)?.End.Content is not { } content)
        {
            return null;
        }

        if (content.Length > maxBytes)
        {
            throw new InvalidDataException($"{path} has {content.Length} bytes, more than the {maxBytes} allowed");
        }

        byte[] bytes = new byte[content.Length];
        using Stream stream = content.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>As the other, as text; empty when there is no file.</summary>
    public static string ReadText(ILinkRoot root, string path, int maxBytes) =>
        TryRead(root, path, maxBytes) is { } bytes ? Encoding.UTF8.GetString(bytes) : "";
}
