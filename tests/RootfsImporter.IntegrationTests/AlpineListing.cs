using System.Text;
using System.Text.RegularExpressions;

namespace RootfsImporter.IntegrationTests;

/// <summary>Compares listings of trees, and the files of apk's database in which packages' checksums are.</summary>
internal static partial class AlpineListing
{
    /// <summary>apk's database: equal but for checksum and size of packages, which cannot be those of Alpine's own.</summary>
    public static string[] Database { get; } =
        ["/lib/apk/db/installed", "/lib/apk/db/scripts.tar", "/lib/apk/db/triggers"];

    /// <summary>What differs between two listings, a line each, but for some paths. Layers have no entry for the root.</summary>
    public static IReadOnlyList<string> Differences(string ours, string theirs, IEnumerable<string> except)
    {
        Dictionary<string, string> mine = Parse(ours);
        Dictionary<string, string> other = Parse(theirs);
        return
        [
            .. mine.Keys.Union(other.Keys).Except(except).Where(path => path != "/").Order(StringComparer.Ordinal)
                .Where(path => mine.GetValueOrDefault(path) != other.GetValueOrDefault(path))
                .Select(path => $"{path}\n    ours:   {mine.GetValueOrDefault(path, "absent")}\n"
                    + $"    theirs: {other.GetValueOrDefault(path, "absent")}"),
        ];
    }

    /// <summary>The paths of a listing.</summary>
    public static IReadOnlyCollection<string> Paths(string listing) => Parse(listing).Keys;

    /// <summary>lib/apk/db/installed without the lines of checksums and sizes of packages.</summary>
    public static string WithoutSums(byte[] installed) => string.Join('\n', Encoding.UTF8.GetString(installed).Split('\n')
        .Where(line => line is not ['C' or 'S', ':', ..]));

    /// <summary>Any text in which checksums stand, without them; of tar headers also without the header's own sum.</summary>
    public static string WithoutSumsInNames(byte[] content)
    {
        const int BlockBytes = 512;
        StringBuilder text = new(Encoding.Latin1.GetString(content));
        foreach (Match match in Checksum().Matches(text.ToString()))
        {
            int block = match.Index / BlockBytes * BlockBytes;
            text.Remove(match.Index, match.Length).Insert(match.Index, new string('Q', match.Length));
            if (block + 156 <= text.Length && text.ToString(block + 257, 5) == "ustar")
            {
                text.Remove(block + 148, 8).Insert(block + 148, "checksum");
            }
        }

        return text.ToString();
    }

    private static Dictionary<string, string> Parse(string listing) => listing.Split('\n')
        .Where(line => line.StartsWith('/'))
        .Select(line => line.Split('\t', 2))
        .ToDictionary(fields => fields[0], fields => fields[1]);

    [GeneratedRegex("Q1[A-Za-z0-9+/]{27}=")]
    private static partial Regex Checksum();
}
