using System.Text;

namespace RootfsImporter.Packages.Apk.Control;

/// <summary>
/// A package's <c>.PKGINFO</c> (apk-tools, doc/apk-v2.5.scd): lines <c>key = value</c>, in which a key may come again, and
/// comments that begin with <c>#</c>.
/// </summary>
internal sealed class PkgInfo
{
    private PkgInfo(IReadOnlyList<(string Name, string Value)> fields) => Fields = fields;

    /// <summary>All fields in order.</summary>
    public IReadOnlyList<(string Name, string Value)> Fields { get; }

    /// <summary><c>pkgname</c></summary>
    public string Name => Required("pkgname");

    /// <summary><c>pkgver</c></summary>
    public string Version => Required("pkgver");

    /// <summary><c>arch</c></summary>
    public string Architecture => Required("arch");

    /// <summary>The first field of a name, or null.</summary>
    public string? this[string name] => All(name).FirstOrDefault();

    /// <summary>
    /// Reads the text. What is not UTF-8 is replaced, as it may be in a description; throws
    /// <see cref="InvalidDataException"/> when name, version or architecture is missing or comes twice.
    /// </summary>
    public static PkgInfo Parse(ReadOnlySpan<byte> text)
    {
        List<(string, string)> fields = [];
        foreach (string line in Encoding.UTF8.GetString(text).Split('\n'))
        {
            int separator = line.IndexOf(" = ", StringComparison.Ordinal);
            if (!line.StartsWith('#') && separator > 0)
            {
                fields.Add((line[..separator], line[(separator + 3)..]));
            }
        }

        PkgInfo info = new(fields);
        foreach (string name in (string[])["pkgname", "pkgver", "arch"])
        {
            info.Required(name);
        }

        return info;
    }

    /// <summary>The values of all fields of a name: <c>depend</c>, <c>provides</c>, <c>triggers</c>.</summary>
    public IEnumerable<string> All(string name) =>
        Fields.Where(field => field.Name == name).Select(field => field.Value);

    /// <summary>The value of a field that must be there once; throws <see cref="InvalidDataException"/>.</summary>
    public string Required(string name) => All(name).Take(2).ToArray() switch
    {
        [{ Length: > 0 } value] => value,
        [_, _] => throw new InvalidDataException($".PKGINFO has two of {name}"),
        _ => throw new InvalidDataException($".PKGINFO has no {name}"),
    };
}
