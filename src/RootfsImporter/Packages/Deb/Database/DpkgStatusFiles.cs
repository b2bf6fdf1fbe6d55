using RootfsImporter.Files;

namespace RootfsImporter.Packages.Deb.Database;

/// <summary>Finds the files of a tree that hold dpkg's database.</summary>
internal static class DpkgStatusFiles
{
    /// <summary>What to do about a database that cannot be read.</summary>
    public const string DamagedHint = "the package database of the base image is damaged; try another version of the image";

    /// <summary>How the files of hashes in <c>status.d</c> end, each beside the stanza of its package.</summary>
    public const string HashesSuffix = ".md5sums";

    private const int MaxStatusBytes = 128 << 20;

    private static readonly RootPath Status = RootPath.Parse("var/lib/dpkg/status");
    private static readonly RootPath StatusDirectory = RootPath.Parse("var/lib/dpkg/status.d");

    /// <summary>All stanzas of a tree; throws <see cref="PackageFormatException"/> for files that cannot be read.</summary>
    public static IEnumerable<DpkgStatusEntry> Read(RootTree tree) =>
    [
        .. ReadFile(tree, Status, isStatusOptional: false),
        .. InStatusDirectory(tree).Where(path => !path.Name.EndsWith(HashesSuffix, StringComparison.Ordinal))
            .SelectMany(path => ReadFile(tree, path, isStatusOptional: true)),
    ];

    /// <summary>The files in which images without dpkg tell of their packages, one a package.</summary>
    public static IEnumerable<RootPath> InStatusDirectory(RootTree tree)
    {
        if (tree.Follow(StatusDirectory) is not { Kind: EntryKind.Directory } directory)
        {
            return [];
        }

        return tree.Entries.Where(entry => entry.Path.Parent == directory.Path && !entry.Path.IsRoot
            && entry.Kind is EntryKind.File or EntryKind.HardLink).Select(entry => entry.Path);
    }

    private static IReadOnlyList<DpkgStatusEntry> ReadFile(RootTree tree, RootPath path, bool isStatusOptional)
    {
        try
        {
            return tree.TryReadFile(path, MaxStatusBytes) is byte[] text ? DpkgStatus.Parse(text, isStatusOptional) : [];
        }
        catch (InvalidDataException exception)
        {
            throw new PackageFormatException(
                $"reading the packages of the base, {path}: {exception.Message}", DamagedHint, exception);
        }
    }
}
