using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages.Deb.Database;

/// <summary>
/// The path filters that a system sets for its dpkg (dpkg(1), <c>--path-exclude</c>): slim images have them, so that what is
/// installed on top leaves out manuals and the like as well.
/// </summary>
internal static class DpkgPathFilters
{
    private const int MaxFileBytes = 1 << 20;

    private static readonly RootPath Directory = RootPath.Parse("etc/dpkg/dpkg.cfg.d");
    private static readonly RootPath Main = RootPath.Parse("etc/dpkg/dpkg.cfg");

    /// <summary>
    /// The filters in the order in which dpkg reads them: the directory's files by name, then the main file. Throws
    /// <see cref="InvalidDataException"/> for a file of more than a MiB.
    /// </summary>
    public static IReadOnlyList<PathFilter> Read(RootTree tree)
    {
        RootPath? directory = tree.Follow(Directory)?.Path;
        IEnumerable<RootPath> files = tree.Entries
            .Where(entry => !entry.Path.IsRoot && entry.Path.Parent == directory && entry.Path.Name.All(IsOfFileName))
            .Select(entry => entry.Path);
        return
        [
            .. files.Append(Main).Select(path => tree.TryReadFile(path, MaxFileBytes)).OfType<byte[]>()
                .SelectMany(text => Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.TrimEntries))
                .Select(Parse).OfType<PathFilter>(),
        ];
    }

    /// <summary>dpkg reads no other files of the directory, such as backups.</summary>
    private static bool IsOfFileName(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    private static PathFilter? Parse(string line)
    {
        int end = line.IndexOfAny(['=', ' ', '\t']);
        return (end < 0 ? "" : line[..end]) switch
        {
            "path-exclude" => new PathFilter(Value(), IsInclude: false),
            "path-include" => new PathFilter(Value(), IsInclude: true),
            _ => null,
        };

        string Value()
        {
            string value = line[end..].TrimStart(' ', '\t');
            value = value.StartsWith('=') ? value[1..].TrimStart(' ', '\t') : value;
            return value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[1..^1] : value;
        }
    }
}
