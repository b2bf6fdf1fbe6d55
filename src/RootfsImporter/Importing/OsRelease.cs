using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Importing;

/// <summary>What a tree says of its distribution (os-release(5)): variables by name, without control characters.</summary>
internal sealed class OsRelease
{
    private const int MaxBytes = 64 * 1024;

    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);

    private OsRelease()
    {
    }

    /// <summary>The distribution, lower case: <c>ubuntu</c>; <c>linux</c> when it is not said.</summary>
    public string Id => Find("ID") ?? "linux";

    /// <summary>The release: <c>24.04</c>, <c>3.20.3</c>; null for one that has none, as Debian's testing.</summary>
    public string? VersionId => Find("VERSION_ID");

    /// <summary>The distribution and its release for people.</summary>
    public string Title => Find("PRETTY_NAME") ?? Find("NAME") ?? Id;

    /// <summary>
    /// Reads /etc/os-release, or else /usr/lib/os-release; null when there is neither. Throws
    /// <see cref="InvalidDataException"/> for one that is absurdly large.
    /// </summary>
    public static OsRelease? TryRead(RootTree tree)
    {
        byte[]? bytes = tree.TryReadFile(RootPath.Parse("etc/os-release"), MaxBytes)
            ?? tree.TryReadFile(RootPath.Parse("usr/lib/os-release"), MaxBytes);
        return bytes is null ? null : Parse(Encoding.UTF8.GetString(bytes));
    }

    /// <summary>
    /// Reads assignments as a shell would, one a line. Lines that are none are passed over, as the manual page asks.
    /// </summary>
    public static OsRelease Parse(string text)
    {
        OsRelease release = new();
        foreach (string line in text.Split('\n'))
        {
            string trimmed = line.Trim();
            int equals = trimmed.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && trimmed[0] != '#')
            {
                release._variables[trimmed[..equals]] = Unquote(trimmed[(equals + 1)..]);
            }
        }

        return release;
    }

    /// <summary>A variable that is not empty, or null.</summary>
    public string? Find(string name) => _variables.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    /// <summary>
    /// Whether this can be a release of a distribution: nothing contradicts it. A derivative is one that says so in ID_LIKE,
    /// while its code name, if it has one, is the suite. <c>3.20.3</c> is a version of <c>3.20</c>; a version without digits,
    /// as <c>edge</c>, is not compared.
    /// </summary>
    public bool Fits(string distribution, string version, string suite) =>
        Find("ID") is not string id
        || (id == distribution
            ? VersionId is not string found || !char.IsAsciiDigit(version[0])
                || found == version || found.StartsWith($"{version}.", StringComparison.Ordinal)
            : Find("ID_LIKE")?.Split(' ').Contains(distribution) == true
                && (Find("VERSION_CODENAME") is not string codename || codename == suite));

    private static string Unquote(string value)
    {
        StringBuilder text = new(value.Length);
        char quote = '\0';
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            if (c == quote || (quote == '\0' && c is '"' or '\''))
            {
                quote = quote == '\0' ? c : '\0';
            }
            else if (c == '\\' && quote != '\'' && i + 1 < value.Length)
            {
                text.Append(value[++i]);
            }
            else if (!char.IsControl(c))
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }
}
