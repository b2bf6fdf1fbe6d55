using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Packages.Deb.Database;

/// <summary>
/// Diversions (dpkg-divert(1)): paths at which every package but one finds its file under another name. The file has three
/// lines for each: the path, the other name, and the package that keeps the path, or <c>:</c> for none.
/// </summary>
internal static class DpkgDiversions
{
    private const string NoPackage = ":";

    /// <summary>
    /// Each diverted path, as packages spell it, with its other name and the package that is not diverted (null for none).
    /// Throws <see cref="InvalidDataException"/> for a text that is no such list.
    /// </summary>
    public static IReadOnlyDictionary<RootPath, (RootPath To, string? Except)> Parse(ReadOnlySpan<byte> text)
    {
        string[] lines = Encoding.UTF8.GetString(text).Split('\n');
        Dictionary<RootPath, (RootPath, string?)> diversions = [];
        for (int i = 0; i < lines.Length - 1; i += 3)
        {
            if (i + 3 >= lines.Length
                || !lines[i].StartsWith('/') || !RootPath.TryParse(lines[i], out RootPath from)
                || !lines[i + 1].StartsWith('/') || !RootPath.TryParse(lines[i + 1], out RootPath to))
            {
                throw new InvalidDataException($"line {i + 1} begins no diversion of two paths and a package");
            }

            diversions[from] = (to, lines[i + 2] == NoPackage ? null : lines[i + 2]);
        }

        return lines[^1].Length == 0
            ? diversions
            : throw new InvalidDataException("the list of diversions does not end with a whole line");
    }
}
