using System.Text.RegularExpressions;

namespace RootfsImporter.Profiles;

/// <summary>How packages are named in a profile, which is each family's own way.</summary>
internal static partial class PackageGrammar
{
    private const string Apk = "apk";
    private const string ApkExample = "a package such as 'redis', 'redis=7.2.4-r0', 'redis>7' or 'redis@edge'";
    private const string DebExample = "a package such as 'apt', 'curl=8.5.0-2' or 'hello (>= 2)'";

    /// <summary>A package with what is asked of its version: <c>hello (&gt;= 2)</c>, <c>redis&gt;7</c>.</summary>
    public static string Term(YamlNode.Scalar value, string family) =>
        TryTerm(value.Value, family, out string? expected, out string? hint)
            ? value.Value
            : throw value.Mark.Error($"expected {expected}, found {value.Kind}", hint);

    /// <summary>A package's name and nothing else.</summary>
    public static string Name(YamlNode.Scalar value, string family) => IsName(value.Value, family)
        ? value.Value
        : throw value.Mark.Error($"expected a package name without a version, found {value.Kind}");

    /// <summary>An exact version.</summary>
    public static string Version(YamlNode.Scalar value, string family)
    {
        (Regex pattern, string example) = family == Apk
            ? (ApkVersionPattern(), "1.36.1-r29")
            : (DebVersionPattern(), "2.7.14build2");
        return pattern.IsMatch(value.Value)
            ? value.Value
            : throw value.Mark.Error($"expected an exact version such as '{example}', found {value.Kind}");
    }

    /// <summary>Whether it is a term; if not, what was expected and perhaps what to do.</summary>
    public static bool TryTerm(string term, string family, out string? expected, out string? hint)
    {
        expected = family == Apk ? ApkExample : DebExample;
        hint = family == Apk && term.StartsWith('!') && IsName(term[1..], Apk)
            ? $"'!' keeps a package out: put '{term[1..]}' among the excluded"
            : null;
        return (family == Apk ? ApkTermPattern() : DebTermPattern()).IsMatch(term);
    }

    /// <summary>Whether it is a name without a version.</summary>
    public static bool IsName(string name, string family) =>
        (family == Apk ? ApkNamePattern() : DebNamePattern()).IsMatch(name);

    /// <summary>The name in a term.</summary>
    public static string NameOf(string term, string family) =>
        family == Apk ? term.Split('@', '=', '<', '>', '~')[0] : term.Split(' ', '=', ':')[0];

    // A name, or what a package provides: so:libc.musl-x86_64.so.1, cmd:[, pc:zlib, /bin/sh.
    private const string ApkName = @"[A-Za-z0-9/_][A-Za-z0-9/_+.:,\[-]*";

    // apk-package(5); whether the version is one is the resolver's to say.
    private const string ApkVersion = @"[0-9][A-Za-z0-9._~-]*";

    // deb-control(5); the part after the colon is an architecture.
    private const string DebName = @"[A-Za-z0-9][A-Za-z0-9+._-]*(:[a-z0-9-]+)?";
    private const string DebVersion = @"[A-Za-z0-9][A-Za-z0-9.+~:_-]*";

    [GeneratedRegex($@"^{ApkName}\z")]
    private static partial Regex ApkNamePattern();

    [GeneratedRegex($@"^{ApkVersion}\z")]
    private static partial Regex ApkVersionPattern();

    // apk-world(5): name[@tag], then an operator and a version, or >< and the identity of one build.
    [GeneratedRegex(
        $@"^{ApkName}(@[A-Za-z0-9_][A-Za-z0-9._-]*)?((=|<=?|>=?|~|=~|~=|<~|>~){ApkVersion}|><Q[12][A-Za-z0-9+/]+=*)?\z")]
    private static partial Regex ApkTermPattern();

    [GeneratedRegex($@"^{DebName}\z")]
    private static partial Regex DebNamePattern();

    [GeneratedRegex($@"^{DebVersion}\z")]
    private static partial Regex DebVersionPattern();

    [GeneratedRegex($@"^{DebName}(={DebVersion}| \((<<|<=|=|>=|>>) {DebVersion}\))?\z")]
    private static partial Regex DebTermPattern();
}
