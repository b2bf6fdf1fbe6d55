using RootfsImporter.Elf;
using RootfsImporter.Files;

namespace RootfsImporter.Linking;

/// <summary>The headers of files, each read once.</summary>
internal sealed class ElfCatalog
{
    private readonly Dictionary<(ILinkRoot View, RootPath Path), ElfFile?> _known = [];

    /// <summary>
    /// The headers of a regular file at a path without links; null when it is no ELF file. Throws
    /// <see cref="PackageFormatException"/> for a damaged one.
    /// </summary>
    public ElfFile? TryRead(ILinkRoot view, RootPath path)
    {
        if (!_known.TryGetValue((view, path), out ElfFile? file))
        {
            _known.Add((view, path), file = Read(view, path));
        }

        return file;
    }

    private static ElfFile? Read(ILinkRoot view, RootPath path)
    {
        if (view.Find(path)?.Content is not { } content)
        {
            return null;
        }

        try
        {
            using Stream stream = content.Open();
            return ElfFile.TryRead(stream);
        }
        catch (InvalidDataException exception)
        {
            throw new PackageFormatException(
                $"reading the ELF headers of {path}: {exception.Message}", "the file is damaged or cut short; copy it again", exception);
        }
    }
}
