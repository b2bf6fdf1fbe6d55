using System.Globalization;
using RootfsImporter.Packages.Deb.Control;

namespace RootfsImporter.Packages.Deb.Repositories;

/// <summary>
/// A parsed Release file (Debian repository format, "Release files"): what one suite of an archive consists of. Parse
/// only text whose signature was verified.
/// </summary>
internal sealed record ReleaseFile
{
    /// <summary>The largest Release file that is read, bytes; Ubuntu's have about 270 kB.</summary>
    public const int MaxBytes = 16 << 20;

    private const int MaxFiles = 100_000;

    private static readonly Deb822Options Options = new() { MaxParagraphBytes = MaxBytes };

    /// <summary>Who publishes it: <c>Debian</c>.</summary>
    public string? Origin { get; init; }

    /// <summary>What it is called: <c>Debian-Security</c>.</summary>
    public string? Label { get; init; }

    /// <summary>The suite's name: <c>stable</c>, <c>noble-updates</c>.</summary>
    public string? Suite { get; init; }

    /// <summary>The release's code name: <c>trixie</c>.</summary>
    public string? Codename { get; init; }

    /// <summary>When it was published.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>From when on it must not be used any more, or null.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>
    /// The architectures that the suite has packages for; <c>all</c> among them when it has indexes of its own.
    /// </summary>
    public required IReadOnlyList<string> Architectures { get; init; }

    /// <summary>The components, without the prefix that some archives give them (<c>updates/main</c>).</summary>
    public required IReadOnlyList<string> Components { get; init; }

    /// <summary>
    /// Whether each file can also be fetched by its hash, which no update of the archive takes away at once.
    /// </summary>
    public bool IsAcquiredByHash { get; init; }

    /// <summary>Whether the indexes of an architecture list the packages of architecture <c>all</c>, too.</summary>
    public bool HasAllInEachIndex { get; init; }

    /// <summary>The files of the suite, by their path below it.</summary>
    public required IReadOnlyDictionary<string, ReleaseEntry> Files { get; init; }

    /// <summary>
    /// Parses the text. Throws <see cref="InvalidDataException"/> for one that is malformed, lacks its date or has no
    /// SHA-256 list: weaker hashes are not believed.
    /// </summary>
    public static ReleaseFile Parse(byte[] text)
    {
        Deb822Paragraph paragraph = Deb822.ParseSingle(text, Options);
        string architectures = paragraph["Architectures"] ?? throw new InvalidDataException("it has no Architectures");
        string components = paragraph["Components"] ?? throw new InvalidDataException("it has no Components");
        return new ReleaseFile
        {
            Origin = paragraph["Origin"],
            Label = paragraph["Label"],
            Suite = paragraph["Suite"],
            Codename = paragraph["Codename"],
            Date = ParseDate(paragraph, "Date") ?? throw new InvalidDataException("it has no Date"),
            ValidUntil = ParseDate(paragraph, "Valid-Until"),
            Architectures = Words(architectures),
            Components = [.. Words(components).Select(name => name[(name.LastIndexOf('/') + 1)..])],
            IsAcquiredByHash = string.Equals(paragraph["Acquire-By-Hash"], "yes", StringComparison.OrdinalIgnoreCase),
            HasAllInEachIndex = !Words(architectures).Contains("all")
                || Words(paragraph["No-Support-for-Architecture-all"] ?? "").Contains("Packages"),
            Files = ParseFiles(paragraph),
        };
    }

    private static Dictionary<string, ReleaseEntry> ParseFiles(Deb822Paragraph paragraph)
    {
        IReadOnlyList<string> lines = paragraph.Lines("SHA256");
        if (lines.Count is 0 or > MaxFiles)
        {
            throw new InvalidDataException(lines.Count == 0
                ? "it has no SHA256 list, and weaker hashes are not believed"
                : $"its SHA256 list has more than {MaxFiles} files");
        }

        Dictionary<string, ReleaseEntry> files = new(lines.Count, StringComparer.Ordinal);
        foreach (string line in lines)
        {
            if (Words(line) is not [string hex, string size, string path]
                || !Digest.TryParse(hex, out Digest digest)
                || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
                || (!files.TryAdd(path, new ReleaseEntry(digest, bytes))
                    && files[path] != new ReleaseEntry(digest, bytes)))
            {
                throw new InvalidDataException($"its SHA256 list has the line '{line}'");
            }
        }

        return files;
    }

    // RFC 5322 without a zone offset; all archives write UTC or GMT.
    private static DateTimeOffset? ParseDate(Deb822Paragraph paragraph, string field)
    {
        if (paragraph[field] is not string text)
        {
            return null;
        }

        string time = text.EndsWith(" UTC", StringComparison.Ordinal) || text.EndsWith(" GMT", StringComparison.Ordinal)
            ? text[..^4]
            : text;
        string[] formats = ["ddd, d MMM yyyy H:mm:ss", "d MMM yyyy H:mm:ss", "ddd, d MMM yyyy H:mm:ss zzz"];
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowInnerWhite;
        return DateTimeOffset.TryParseExact(time, formats, CultureInfo.InvariantCulture, Utc, out DateTimeOffset date)
            ? date
            : throw new InvalidDataException($"its {field} is '{text}', which is no date");
    }

    private static string[] Words(string text) =>
        text.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>One file of a suite, as the Release file describes it.</summary>
internal readonly record struct ReleaseEntry(Digest Digest, long Size);
