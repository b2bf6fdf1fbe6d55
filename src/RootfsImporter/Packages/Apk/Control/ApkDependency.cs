using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace RootfsImporter.Packages.Apk.Control;

/// <summary>How a dependency compares versions: all that a run of <c>&lt; = &gt; ~</c> may mean.</summary>
internal enum ApkOperator
{
    /// <summary>Any version, or none.</summary>
    Any,

    /// <summary><c>&lt;</c></summary>
    Less,

    /// <summary><c>&lt;=</c></summary>
    LessOrEqual,

    /// <summary><c>&lt;~</c>: older, or the version and what begins with it.</summary>
    LessOrFuzzy,

    /// <summary><c>=</c></summary>
    Equal,

    /// <summary><c>~</c>: the version and what begins with it.</summary>
    Fuzzy,

    /// <summary><c>&gt;=</c></summary>
    GreaterOrEqual,

    /// <summary><c>&gt;~</c>: newer, or the version and what begins with it.</summary>
    GreaterOrFuzzy,

    /// <summary><c>&gt;</c></summary>
    Greater,

    /// <summary><c>&gt;&lt;</c>: this one package, known by its checksum.</summary>
    Checksum,
}

/// <summary>
/// One term of a dependency, provides or world list (apk-world(5)): <c>[!]name[@tag][operator version]</c>.
/// </summary>
internal sealed record ApkDependency
{
    /// <summary>The name: <c>busybox</c>, <c>so:libc.musl-x86_64.so.1</c>, <c>cmd:ls</c>, <c>/bin/sh</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it must not be there: <c>!name</c>.</summary>
    public bool IsConflict { get; init; }

    /// <summary>The tag of the repositories that it may be taken from, without <c>@</c>; only in a world. Or null.</summary>
    public string? Tag { get; init; }

    /// <summary>How versions are compared.</summary>
    public ApkOperator Operator { get; init; }

    /// <summary>What they are compared with; null for <see cref="ApkOperator.Any"/> and <see cref="ApkOperator.Checksum"/>.</summary>
    public ApkVersion? Version { get; init; }

    /// <summary>The checksum, as an index writes it, for <see cref="ApkOperator.Checksum"/>; else null.</summary>
    public string? Checksum { get; init; }

    /// <summary>Reads a list, terms between spaces. Throws <see cref="InvalidDataException"/> that names the term.</summary>
    public static IReadOnlyList<ApkDependency> ParseList(ReadOnlySpan<char> text)
    {
        IReadOnlyList<ApkDependency> list = ParseList(text, out string? problem);
        return problem is null ? list : throw new InvalidDataException(problem);
    }

    /// <summary>Reads a list as far as that can be: the terms that are none are left out, and the first is named.</summary>
    public static IReadOnlyList<ApkDependency> ParseList(ReadOnlySpan<char> text, out string? problem)
    {
        problem = null;
        List<ApkDependency> list = [];
        foreach (Range range in text.SplitAny(' ', '\n'))
        {
            if (text[range].IsEmpty)
            {
                continue;
            }

            if (TryParse(text[range], out ApkDependency? dependency, out string? fault))
            {
                list.Add(dependency);
            }
            else
            {
                problem ??= fault;
            }
        }

        return list;
    }

    /// <summary>As <see cref="TryParse"/>, but throws <see cref="FormatException"/>.</summary>
    public static ApkDependency Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out ApkDependency? dependency, out string? problem)
            ? dependency
            : throw new FormatException(problem);

    /// <summary>Reads one term, or says what is wrong with it.</summary>
    public static bool TryParse(
        ReadOnlySpan<char> text,
        [NotNullWhen(true)] out ApkDependency? dependency,
        [NotNullWhen(false)] out string? problem)
    {
        dependency = null;
        bool isConflict = text.StartsWith('!');
        ReadOnlySpan<char> term = isConflict ? text[1..] : text;
        int comparison = term.IndexOfAny("<=>~");
        ReadOnlySpan<char> name = comparison < 0 ? term : term[..comparison];
        int at = name.IndexOf('@');
        ReadOnlySpan<char> tag = at < 0 ? [] : name[(at + 1)..];
        ReadOnlySpan<char> bound = comparison < 0 ? [] : term[comparison..].TrimStart("<=>~");
        ApkOperator? read = comparison < 0 ? ApkOperator.Any : ReadOperator(term[comparison..^bound.Length]);
        ApkVersion? version = null;
        problem = name.IsEmpty || at == 0 ? $"'{text}' names nothing"
            : text.ContainsAny(" \t\r\n") ? $"'{text}' has a space in it"
            : at >= 0 && tag.IsEmpty ? $"'{text}' has an empty tag"
            : read is null ? $"'{text}' compares with '{term[comparison..^bound.Length]}', which is no operator"
            : read == ApkOperator.Checksum && bound.IsEmpty ? $"'{text}' has an empty checksum"
            : read is ApkOperator.Any or ApkOperator.Checksum || ApkVersion.TryParse(bound, out version, out string? fault)
                ? null
            : $"'{text}': {fault}";
        if (problem is null)
        {
            dependency = new ApkDependency
            {
                Name = (at < 0 ? name : name[..at]).ToString(),
                IsConflict = isConflict,
                Tag = at < 0 ? null : tag.ToString(),
                Operator = read ?? throw new UnreachableException(),
                Version = version,
                Checksum = read == ApkOperator.Checksum ? bound.ToString() : null,
            };
        }

        return problem is null;
    }

    /// <summary>
    /// Whether this names a package that has the name in a version (null: it provides the name without one, which no
    /// comparison accepts). Says nothing of <see cref="IsConflict"/>.
    /// </summary>
    /// <param name="version">The version of the name: the package's, or that of its provides.</param>
    /// <param name="checksum">The package's checksum as in the index.</param>
    public bool Names(ApkVersion? version, string checksum) => Operator switch
    {
        ApkOperator.Any => true,
        ApkOperator.Checksum => checksum == Checksum,
        _ => version is not null && Compares(version, Version ?? throw new UnreachableException()),
    };

    /// <summary>
    /// Whether a package that has the name in a version (null: without one) leaves this satisfied: it is what is wanted,
    /// or not what is unwanted.
    /// </summary>
    /// <param name="version">The version of the name: the package's, or that of its provides.</param>
    /// <param name="checksum">The package's checksum as in the index.</param>
    public bool IsSatisfiedBy(ApkVersion? version, string checksum) => Names(version, checksum) != IsConflict;

    /// <summary>The term as apk writes it.</summary>
    public override string ToString() =>
        $"{(IsConflict ? "!" : "")}{Name}{(Tag is null ? "" : "@" + Tag)}{Symbol(Operator)}{Version}{Checksum}";

    private bool Compares(ApkVersion version, ApkVersion bound) => Operator switch
    {
        ApkOperator.Less => version < bound,
        ApkOperator.LessOrEqual => version <= bound,
        ApkOperator.LessOrFuzzy => version.CompareFuzzy(bound) <= 0,
        ApkOperator.Equal => version.CompareTo(bound) == 0,
        ApkOperator.Fuzzy => version.CompareFuzzy(bound) == 0,
        ApkOperator.GreaterOrFuzzy => version.CompareFuzzy(bound) >= 0,
        ApkOperator.GreaterOrEqual => version >= bound,
        ApkOperator.Greater => version > bound,
        _ => throw new UnreachableException(),
    };

    // apk takes the characters as a set, in any order: "=~", "~=" and "~" are the same. What would accept everything
    // ("<=>") is nowhere written and most likely a mistake.
    private static ApkOperator? ReadOperator(ReadOnlySpan<char> text)
    {
        bool isFuzzy = text.Contains('~');
        return (text.Contains('<'), isFuzzy || text.Contains('='), text.Contains('>')) switch
        {
            (true, false, false) => ApkOperator.Less,
            (true, true, false) => isFuzzy ? ApkOperator.LessOrFuzzy : ApkOperator.LessOrEqual,
            (false, true, false) => isFuzzy ? ApkOperator.Fuzzy : ApkOperator.Equal,
            (false, true, true) => isFuzzy ? ApkOperator.GreaterOrFuzzy : ApkOperator.GreaterOrEqual,
            (false, false, true) => ApkOperator.Greater,
            (true, false, true) => ApkOperator.Checksum,
            _ => null,
        };
    }

    private static string Symbol(ApkOperator comparison) => comparison switch
    {
        ApkOperator.Any => "",
        ApkOperator.Less => "<",
        ApkOperator.LessOrEqual => "<=",
        ApkOperator.LessOrFuzzy => "<~",
        ApkOperator.Equal => "=",
        ApkOperator.Fuzzy => "~",
        ApkOperator.GreaterOrEqual => ">=",
        ApkOperator.GreaterOrFuzzy => ">~",
        ApkOperator.Greater => ">",
        ApkOperator.Checksum => "><",
        _ => throw new UnreachableException(),
    };
}
