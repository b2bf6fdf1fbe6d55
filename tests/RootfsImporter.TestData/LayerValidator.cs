using System.Formats.Tar;
using System.IO.Compression;
using RootfsImporter.Files;
using RootfsImporter.Oci;

namespace RootfsImporter.TestData;

/// <summary>Checks the bytes of one layer: its DiffId, and what the image-spec (layer.md) demands of its entries.</summary>
public static class LayerValidator
{
    private const string WhiteoutPrefix = ".wh.";

    /// <summary>What is wrong, a line each.</summary>
    public static IReadOnlyList<string> Validate(Descriptor descriptor, byte[] blob, Digest diffId, bool isBase)
    {
        List<string> violations = [];
        byte[]? tar = descriptor.MediaType switch
        {
            MediaTypes.LayerTar => blob,
            MediaTypes.LayerTarGzip => Gunzip(blob),
            _ => null,
        };
        if (tar is null)
        {
            violations.Add($"media type {descriptor.MediaType} cannot be checked");
            return violations;
        }

        Digest actual = Digest.Of(tar);
        if (actual != diffId)
        {
            violations.Add($"its tar is {actual}, the config says {diffId}");
        }

        CheckEntries(tar, isBase, violations);
        return violations;
    }

    private static void CheckEntries(byte[] tar, bool isBase, List<string> violations)
    {
        HashSet<RootPath> seen = [];
        HashSet<RootPath> directories = [RootPath.Root];
        RootPath? previous = null;
        using TarReader reader = new(new MemoryStream(tar));
        while (reader.GetNextEntry() is { } entry)
        {
            if (!RootPath.TryParse(entry.Name, out RootPath path))
            {
                violations.Add($"'{entry.Name}' leaves the root");
                continue;
            }

            if (!seen.Add(path))
            {
                violations.Add($"{path} is there twice");
            }
            else if (previous is { } before && path < before)
            {
                violations.Add($"{path} comes after {before}");
            }

            previous = path;
            if (isBase && path.Name.StartsWith(WhiteoutPrefix, StringComparison.Ordinal))
            {
                violations.Add($"{path} is a whiteout in a base layer");
            }

            if (!directories.Contains(path.Parent))
            {
                violations.Add($"{path} comes without its directory");
            }

            if (entry.EntryType == TarEntryType.Directory)
            {
                directories.Add(path);
            }

            CheckMetadata(entry, path, seen, violations);
        }
    }

    private static void CheckMetadata(TarEntry entry, RootPath path, HashSet<RootPath> seen, List<string> violations)
    {
        if (entry.EntryType is TarEntryType.BlockDevice or TarEntryType.CharacterDevice)
        {
            violations.Add($"{path} is a device");
        }

        if (entry.EntryType == TarEntryType.HardLink
            && !(RootPath.TryParse(entry.LinkName, out RootPath target) && seen.Contains(target)))
        {
            violations.Add($"{path} is a hard link to {entry.LinkName}, which does not come before it");
        }

        if (entry is PosixTarEntry { UserName.Length: > 0 } or PosixTarEntry { GroupName.Length: > 0 })
        {
            violations.Add($"{path} names its owner, which is a matter of the host");
        }
    }

    private static byte[] Gunzip(byte[] blob)
    {
        using GZipStream gzip = new(new MemoryStream(blob), CompressionMode.Decompress);
        using MemoryStream tar = new();
        gzip.CopyTo(tar);
        return tar.ToArray();
    }
}
