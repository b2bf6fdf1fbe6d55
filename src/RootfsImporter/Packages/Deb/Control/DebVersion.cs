using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace RootfsImporter.Packages.Deb.Control;

/// <summary>
/// A Debian package version, <c>[epoch:]upstream[-revision]</c>, ordered exactly as dpkg orders it
/// (deb-version(7)). Equality is that of the text: <c>1.0</c> and <c>1.0-0</c> compare as 0 without being equal.
/// </summary>
internal readonly record struct DebVersion : IComparable<DebVersion>
{
    private readonly string? _text;
    private readonly int _upstreamStart;
    private readonly int _revisionStart;

    private DebVersion(string text, int epoch, int upstreamStart, int revisionStart)
    {
        _text = text;
        Epoch = epoch;
        _upstreamStart = upstreamStart;
        _revisionStart = revisionStart;
    }

    /// <summary>The version as it was written, without surrounding white space.</summary>
    public string Text => _text ?? throw new InvalidOperationException("an empty DebVersion was used");

    /// <summary>The epoch, 0 when none is written.</summary>
    public int Epoch { get; }

    /// <summary>The upstream version.</summary>
    public ReadOnlySpan<char> Upstream =>
        Text.AsSpan()[_upstreamStart..(_revisionStart < 0 ? Text.Length : _revisionStart - 1)];

    /// <summary>The Debian revision, empty when none is written.</summary>
    public ReadOnlySpan<char> Revision => _revisionStart < 0 ? [] : Text.AsSpan(_revisionStart);

    /// <summary>Whether one version is older than another.</summary>
    public static bool operator <(DebVersion left, DebVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether one version is newer than another.</summary>
    public static bool operator >(DebVersion left, DebVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether one version is not newer than another.</summary>
    public static bool operator <=(DebVersion left, DebVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one version is not older than another.</summary>
    public static bool operator >=(DebVersion left, DebVersion right) => left.CompareTo(right) >= 0;

    /// <summary>Reads a version, or says what is wrong with it.</summary>
    public static bool TryParse(
        string text, out DebVersion version, [NotNullWhen(false)] out string? problem)
    {
        text = text.Trim(' ', '\t', '\r', '\n');
        version = default;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        int epoch = 0;
        if (colon >= 0
            && (!int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out epoch)))
        {
            problem = $"version '{text}': the epoch is no number from 0 to {int.MaxValue}";
            return false;
        }

        int revision = text.LastIndexOf('-') + 1;
        int upstreamEnd = revision == 0 ? text.Length : revision - 1;
        problem = upstreamEnd <= colon + 1 ? $"version '{text}': the upstream part is empty"
            : revision == text.Length && revision > 0 ? $"version '{text}': the revision is empty"
            : HasIllegal(text.AsSpan(colon + 1, upstreamEnd - colon - 1), ".+-~:")
                || HasIllegal(text.AsSpan(upstreamEnd), ".+-~")
                ? $"version '{text}': a character that no version has"
            : null;
        if (problem is not null)
        {
            return false;
        }

        version = new DebVersion(text, epoch, colon + 1, revision == 0 ? -1 : revision);
        return true;
    }

    /// <summary>As <see cref="TryParse"/>, but throws <see cref="FormatException"/>.</summary>
    public static DebVersion Parse(string text) =>
        TryParse(text, out DebVersion version, out string? problem) ? version : throw new FormatException(problem);

    /// <inheritdoc/>
    public int CompareTo(DebVersion other)
    {
        if (Epoch != other.Epoch)
        {
            return Epoch.CompareTo(other.Epoch);
        }

        int upstream = ComparePart(Upstream, other.Upstream);
        return upstream != 0 ? upstream : ComparePart(Revision, other.Revision);
    }

    /// <summary>The version as it was written.</summary>
    public override string ToString() => Text;

    // Runs of non-digits and of digits in turn. Digit runs have any length, so they are compared as text: leading
    // zeros off, then the longer one is the greater.
    private static int ComparePart(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        int i = 0;
        int j = 0;
        while (i < left.Length || j < right.Length)
        {
            while ((i < left.Length && !char.IsAsciiDigit(left[i]))
                || (j < right.Length && !char.IsAsciiDigit(right[j])))
            {
                int order = Weight(left, i) - Weight(right, j);
                if (order != 0)
                {
                    return order;
                }

                i++;
                j++;
            }

            int digits = CompareDigits(Digits(left, ref i), Digits(right, ref j));
            if (digits != 0)
            {
                return digits;
            }
        }

        return 0;
    }

    // "~" before the end, the end (and a digit, which ends the run) before letters, letters before all else.
    private static int Weight(ReadOnlySpan<char> part, int index)
    {
        if (index >= part.Length || char.IsAsciiDigit(part[index]))
        {
            return 0;
        }

        char c = part[index];
        return c == '~' ? -1 : char.IsAsciiLetter(c) ? c : c + 256;
    }

    private static ReadOnlySpan<char> Digits(ReadOnlySpan<char> part, ref int index)
    {
        int start = Math.Min(index, part.Length);
        while (index < part.Length && char.IsAsciiDigit(part[index]))
        {
            index++;
        }

        return index > start ? part[start..index].TrimStart('0') : [];
    }

    private static int CompareDigits(ReadOnlySpan<char> left, ReadOnlySpan<char> right) =>
        left.Length != right.Length ? left.Length - right.Length : left.SequenceCompareTo(right);

    private static bool HasIllegal(ReadOnlySpan<char> part, ReadOnlySpan<char> punctuation)
    {
        foreach (char c in part)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !punctuation.Contains(c))
            {
                return true;
            }
        }

        return false;
    }
}
