using System.Diagnostics.CodeAnalysis;

namespace RootfsImporter.Packages.Apk.Control;

/// <summary>
/// A version as apk orders it (apk-package(5)): <c>number{.number}{letter}{_suffix{number}}{~hash}{-rNumber}</c>. What
/// apk 2 accepts beyond that grammar is read as well, since Alpine's own indexes hold some: numbers after the letter
/// (<c>6.8.0p2-r4</c>), empty numbers (<c>v2.4</c>) and an empty suffix at the end (<c>5.3.0_</c>). Equality is that of
/// the text: <c>1</c> and <c>01</c> compare as 0 without being equal.
/// </summary>
internal sealed class ApkVersion : IComparable<ApkVersion>, IEquatable<ApkVersion>
{
    private readonly string _text;

    private ApkVersion(string text) => _text = text;

    /// <summary>Whether one version is older than another.</summary>
    public static bool operator <(ApkVersion left, ApkVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether one version is newer than another.</summary>
    public static bool operator >(ApkVersion left, ApkVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether one version is not newer than another.</summary>
    public static bool operator <=(ApkVersion left, ApkVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one version is not older than another.</summary>
    public static bool operator >=(ApkVersion left, ApkVersion right) => left.CompareTo(right) >= 0;

    /// <summary>Reads a version, or says what is wrong with it.</summary>
    public static bool TryParse(
        ReadOnlySpan<char> text,
        [NotNullWhen(true)] out ApkVersion? version,
        [NotNullWhen(false)] out string? problem)
    {
        version = null;
        ApkVersionParts parts = new(text);
        while (parts.MoveNext())
        {
        }

        problem = text.IsEmpty ? "an empty version"
            : parts.IsValid ? null
            : $"version '{text}': at character {parts.Position} is nothing that a version has there";
        if (problem is not null)
        {
            return false;
        }

        version = new ApkVersion(text.ToString());
        return true;
    }

    /// <summary>As <see cref="TryParse"/>, but throws <see cref="FormatException"/>.</summary>
    public static ApkVersion Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out ApkVersion? version, out string? problem) ? version : throw new FormatException(problem);

    /// <inheritdoc/>
    public int CompareTo(ApkVersion? other) => other is null ? 1 : Compare(other, isPrefixEnough: false);

    /// <summary>
    /// As <see cref="CompareTo"/>, for the operators with <c>~</c>: 0 also when this is the other one and something after
    /// it, as <c>1.2.7-r3</c> is of <c>1.2</c>.
    /// </summary>
    public int CompareFuzzy(ApkVersion prefix) => Compare(prefix, isPrefixEnough: true);

    /// <inheritdoc/>
    public bool Equals(ApkVersion? other) => other is not null && _text == other._text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ApkVersion);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The version as written.</summary>
    public override string ToString() => _text;

    // Part by part. Where the kinds of parts differ, the version that goes on is the newer one, unless it goes on with
    // a pre-release; and where both go on, that whose part comes first in the grammar.
    private int Compare(ApkVersion other, bool isPrefixEnough)
    {
        ApkVersionParts left = new(_text);
        ApkVersionParts right = new(other._text);
        while (left.MoveNext() & right.MoveNext() && left.Kind == right.Kind)
        {
            int order = left.CompareTo(right);
            if (order != 0)
            {
                return order;
            }
        }

        return left.Kind == right.Kind ? 0
            : isPrefixEnough && right.Kind == ApkVersionPart.End ? 0
            : left.IsPreRelease ? -1
            : right.IsPreRelease ? 1
            : right.Kind - left.Kind;
    }
}
