namespace RootfsImporter.Files;

/// <summary>
/// A path inside a rootfs, relative to its root: components joined by <c>/</c>, without leading or trailing slash,
/// empty component, <c>.</c> or <c>..</c> or NUL. The root itself is the
/// empty path. It names a place; symbolic links on the way are a matter of <see cref="Rootfs"/>.
/// </summary>
public readonly record struct RootPath : IComparable<RootPath>
{
    private readonly string? _value;

    private RootPath(string value) => _value = value;

    /// <summary>The root directory.</summary>
    public static RootPath Root => default;

    /// <summary>The text form, such as <c>usr/bin/env</c>; empty for the root.</summary>
    public string Value => _value ?? "";

    /// <summary>Whether this is the root directory.</summary>
    public bool IsRoot => Value.Length == 0;

    /// <summary>The last component; empty for the root.</summary>
    public string Name => Value[(Value.LastIndexOf('/') + 1)..];

    /// <summary>The directory that holds it; the root is its own parent.</summary>
    public RootPath Parent => Value.LastIndexOf('/') is int slash and > 0 ? new RootPath(Value[..slash]) : Root;

    /// <summary>
    /// Reads a path as archives and lists spell it: <c>./usr/bin/env</c>, <c>/usr/bin/env</c> and <c>usr/bin/</c>
    /// are accepted, <c>..</c> anywhere and NUL are not.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out RootPath path)
    {
        path = default;
        if (IsNormal(text))
        {
            path = new RootPath(text.ToString());
            return true;
        }

        List<string> components = [];
        foreach (Range range in text.Split('/'))
        {
            ReadOnlySpan<char> component = text[range];
            if (component is "" or ".")
            {
                continue;
            }

            if (component is ".." || component.Contains('\0'))
            {
                return false;
            }

            components.Add(component.ToString());
        }

        path = new RootPath(string.Join('/', components));
        return true;
    }

    /// <summary>As <see cref="TryParse"/>, but throws <see cref="FormatException"/>.</summary>
    public static RootPath Parse(ReadOnlySpan<char> text) => TryParse(text, out RootPath path)
        ? path
        : throw new FormatException($"'{text}' is not a path inside the root");

    /// <summary>This path with more components, which must obey the same rules.</summary>
    public RootPath Append(ReadOnlySpan<char> relative) => Parse($"{Value}/{relative}");

    /// <summary>Whether this is <paramref name="ancestor"/> or lies below it.</summary>
    public bool IsAtOrBelow(RootPath ancestor) =>
        ancestor.IsRoot
        || Value.StartsWith(ancestor.Value, StringComparison.Ordinal)
            && (Value.Length == ancestor.Value.Length || Value[ancestor.Value.Length] == '/');

    /// <summary>
    /// Orders a directory before what it holds, and siblings by ordinal value: the order of entries in a layer.
    /// </summary>
    public int CompareTo(RootPath other)
    {
        ReadOnlySpan<char> a = Value;
        ReadOnlySpan<char> b = other.Value;
        int common = a.CommonPrefixLength(b);
        if (common == a.Length || common == b.Length)
        {
            return a.Length.CompareTo(b.Length);
        }

        // '/' sorts below every other character, so that a directory's content follows it without a gap.
        int x = a[common] == '/' ? -1 : a[common];
        int y = b[common] == '/' ? -1 : b[common];
        return x.CompareTo(y);
    }

    /// <inheritdoc/>
    public static bool operator <(RootPath left, RootPath right) => left.CompareTo(right) < 0;

    /// <inheritdoc/>
    public static bool operator >(RootPath left, RootPath right) => left.CompareTo(right) > 0;

    /// <inheritdoc/>
    public static bool operator <=(RootPath left, RootPath right) => left.CompareTo(right) <= 0;

    /// <inheritdoc/>
    public static bool operator >=(RootPath left, RootPath right) => left.CompareTo(right) >= 0;

    /// <summary>The path with a leading slash, as people write it.</summary>
    public override string ToString() => "/" + Value;

    private static bool IsNormal(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] == '/' || text[^1] == '/' || text.Contains('\0'))
        {
            return text.IsEmpty;
        }

        foreach (Range range in text.Split('/'))
        {
            if (text[range] is "" or "." or "..")
            {
                return false;
            }
        }

        return true;
    }
}
