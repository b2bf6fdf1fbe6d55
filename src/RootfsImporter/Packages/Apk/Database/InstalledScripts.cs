using RootfsImporter.Codecs;
using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Archives;

namespace RootfsImporter.Packages.Apk.Database;

/// <summary>
/// Reads the scripts of installed packages: <c>scripts.tar</c>, or <c>scripts.tar.gz</c> as apk 3 has it. A member is named
/// <c>NAME-VERSION.CHECKSUM.KIND</c>; apk looks at the checksum only, and ignores what it does not know.
/// </summary>
internal static class InstalledScripts
{
    private const int MaxArchiveBytes = 64 << 20;
    private const int MaxMembers = 1_000_000;

    private static readonly string[] Kinds =
    [
        "pre-install", "post-install", "pre-deinstall", "post-deinstall", "pre-upgrade", "post-upgrade", "trigger",
    ];

    /// <summary>The scripts by the checksum of their package, normalised, in the archive's order.</summary>
    /// <param name="directory">The directory of the database.</param>
    /// <param name="read">Reads a file of the root of at most so many bytes; null when there is none.</param>
    /// <param name="isCompressed">Whether the archive is compressed.</param>
    public static ILookup<string, InstalledScript> Read(
        RootPath directory, Func<RootPath, int, byte[]?> read, out bool isCompressed)
    {
        RootPath plain = directory.Append("scripts.tar");
        RootPath compressed = directory.Append("scripts.tar.gz");
        isCompressed = false;
        RootPath file = plain;
        try
        {
            byte[]? archive = read(plain, MaxArchiveBytes);
            if (archive is null)
            {
                (archive, file) = (read(compressed, MaxArchiveBytes), compressed);
                isCompressed = archive is not null;
            }

            return archive is null ? Read(Stream.Null)
                : isCompressed ? Read(new BoundedStream(
                    Decompressor.Open(new MemoryStream(archive), Compression.Gzip), MaxArchiveBytes))
                : Read(new MemoryStream(archive));
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw ApkDatabaseReader.Damaged(file, exception.Message, exception);
        }
    }

    private static ILookup<string, InstalledScript> Read(Stream tar)
    {
        using Stream archive = tar;
        ApkTarReader reader = new(archive);
        List<(string Sum, InstalledScript Script)> scripts = [];
        for (int members = 0; reader.ReadNext() is ApkTarEntry entry; members++)
        {
            if (members == MaxMembers)
            {
                throw new InvalidDataException($"there are more than {MaxMembers} scripts");
            }

            if (entry.Type is '0' or '7' && TryParse(entry.Name, out string sum, out string kind))
            {
                using MemoryStream content = new();
                reader.OpenContent().CopyTo(content);
                scripts.Add((sum, new InstalledScript(entry.Name, kind, entry.ModifiedTime, content.ToArray())));
            }
        }

        return scripts.ToLookup(script => script.Sum, script => script.Script, StringComparer.Ordinal);
    }

    private static bool TryParse(string name, out string sum, out string kind)
    {
        int kindDot = name.LastIndexOf('.');
        int sumDot = kindDot > 0 ? name.LastIndexOf('.', kindDot - 1) : -1;
        kind = name[(kindDot + 1)..];
        sum = sumDot > 0 ? ApkDigestText.Normalize(name[(sumDot + 1)..kindDot]) : "";
        return sumDot > 0 && Kinds.Contains(kind);
    }
}
