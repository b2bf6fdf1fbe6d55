namespace RootfsImporter.Net;

/// <summary>One entry of apt's sources (sources.list(5)) that names binary packages and is enabled.</summary>
internal sealed record AptSource
{
    /// <summary>Addresses with http, https or file; each ends with a slash. Other schemes are left out.</summary>
    public required IReadOnlyList<Uri> Mirrors { get; init; }

    public required IReadOnlyList<string> Suites { get; init; }

    public required IReadOnlyList<string> Components { get; init; }

    /// <summary>The architectures that the entry is limited to; empty when it is not.</summary>
    public required IReadOnlyList<string> Architectures { get; init; }

    /// <summary>
    /// Reads the one-line format: <c>deb [arch=amd64,i386 signed-by=FILE] URI SUITE COMPONENT...</c>; <c>#</c> begins
    /// a comment. Malformed lines are left out.
    /// </summary>
    public static IEnumerable<AptSource> ParseList(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            string[] words = Words(line.Split('#', 2)[0]);
            if (words is not ["deb", .. string[] rest])
            {
                continue;
            }

            string[] options = [];
            if (rest is [['[', ..], ..])
            {
                int end = Array.FindIndex(rest, word => word.EndsWith(']'));
                options = end < 0 ? [] : Words(string.Join(' ', rest[..(end + 1)]).Trim('[', ']'));
                rest = rest[(end + 1)..];
            }

            if (rest is [string uri, string suite, .. string[] components])
            {
                yield return Create([uri], [suite], components, OptionValues(options, "arch"));
            }
        }
    }

    /// <summary>
    /// Reads the deb822 format: paragraphs of <c>Types, URIs, Suites, Components, Architectures, Enabled</c>.
    /// </summary>
    public static IEnumerable<AptSource> ParseDeb822(string text)
    {
        foreach (Dictionary<string, string> paragraph in Paragraphs(text))
        {
            string[] Values(string name) => Words(paragraph.GetValueOrDefault(name, ""));
            bool isDisabled = paragraph.GetValueOrDefault("Enabled", "yes").Trim().ToLowerInvariant()
                is "no" or "false" or "without" or "off" or "disable";
            if (!isDisabled && Values("Types").Contains("deb"))
            {
                yield return Create(Values("URIs"), Values("Suites"), Values("Components"), Values("Architectures"));
            }
        }
    }

    private static AptSource Create(string[] uris, string[] suites, string[] components, string[] architectures)
    {
        return new AptSource
        {
            Mirrors = [.. uris.Select(TryAddress).OfType<Uri>()],
            Suites = suites,
            Components = components,
            Architectures = architectures,
        };
    }

    private static Uri? TryAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" or "file"
            ? MirrorAddress.WithSlash(uri!)
            : null;

    private static string[] OptionValues(string[] options, string name) =>
        [.. options.Where(option => option.StartsWith(name + "=", StringComparison.Ordinal))
            .SelectMany(option => option[(name.Length + 1)..].Split(','))];

    /// <summary>Enough of deb822(5) for these files: a comment line may stand between the lines of one value.</summary>
    private static IEnumerable<Dictionary<string, string>> Paragraphs(string text)
    {
        Dictionary<string, string> paragraph = new(StringComparer.OrdinalIgnoreCase);
        string? field = null;
        foreach (string line in text.Split('\n').Where(line => !line.StartsWith('#')).Append(""))
        {
            if (line.Trim().Length == 0)
            {
                yield return paragraph;
                paragraph = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                field = null;
            }
            else if (line[0] is ' ' or '\t')
            {
                paragraph[field ?? ""] = paragraph.GetValueOrDefault(field ?? "", "") + " " + line;
            }
            else if (line.Split(':', 2) is [string name, string value])
            {
                field = name.Trim();
                paragraph[field] = value;
            }
        }
    }

    private static string[] Words(string text) =>
        text.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
}
