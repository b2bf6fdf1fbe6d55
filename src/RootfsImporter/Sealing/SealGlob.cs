namespace RootfsImporter.Sealing;

/// <summary>
/// Shell wildcards as POSIX fnmatch(3) has them with no flags, which is what dpkg uses: <c>*</c> and <c>?</c> match a
/// slash and a leading dot too, <c>[...]</c> knows ranges, <c>!</c> and <c>[:class:]</c>, a backslash quotes.
/// </summary>
internal static class SealGlob
{
    private const string Special = "*?[\\";

    /// <summary>Whether the pattern holds anything but literal characters.</summary>
    public static bool HasWildcard(ReadOnlySpan<char> pattern) => pattern.IndexOfAny(Special) >= 0;

    /// <summary>The literal start of the pattern, up to its first special character.</summary>
    public static ReadOnlySpan<char> LiteralPrefix(ReadOnlySpan<char> pattern) =>
        pattern.IndexOfAny(Special) is int end and >= 0 ? pattern[..end] : pattern;

    /// <summary>Whether the whole text matches.</summary>
    public static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        // Most texts part from most patterns here, at the speed of a memory comparison.
        ReadOnlySpan<char> prefix = LiteralPrefix(pattern);
        if (!text.StartsWith(prefix, StringComparison.Ordinal))
        {
            return false;
        }

        int p = prefix.Length;
        int t = prefix.Length;

        // Where to resume when what follows the latest '*' fails: that '*' takes one character more. Earlier stars
        // never need a second chance, so that the time is bounded by the product of the lengths.
        int starPattern = -1;
        int starText = 0;
        while (true)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                starPattern = ++p;
                starText = t;
            }
            else if (t < text.Length && p < pattern.Length && MatchOne(pattern, ref p, text[t]))
            {
                t++;
            }
            else if (t == text.Length && p == pattern.Length)
            {
                return true;
            }
            else if (starPattern >= 0 && starText < text.Length)
            {
                p = starPattern;
                t = ++starText;
            }
            else
            {
                return false;
            }
        }
    }

    /// <summary>Matches one character against the pattern element at <paramref name="p"/>, and moves past it.</summary>
    private static bool MatchOne(ReadOnlySpan<char> pattern, ref int p, char c)
    {
        switch (pattern[p])
        {
            case '?':
                p++;
                return true;
            case '[' when TryMatchBracket(pattern[p..], c, out int length, out bool isMatch):
                p += length;
                return isMatch;
            case '\\':
                // A backslash at the very end quotes nothing and matches nothing.
                if (p + 1 == pattern.Length || pattern[p + 1] != c)
                {
                    return false;
                }

                p += 2;
                return true;
            default:
                // A '[' without its ']' comes here too: it stands for itself.
                return pattern[p++] == c;
        }
    }

    /// <summary>Reads <c>[...]</c>; false when the bracket is never closed.</summary>
    private static bool TryMatchBracket(ReadOnlySpan<char> pattern, char c, out int length, out bool isMatch)
    {
        int i = 1;
        bool isNegated = i < pattern.Length && pattern[i] is '!' or '^';
        if (isNegated)
        {
            i++;
        }

        bool isFound = false;
        for (int first = i; i < pattern.Length; i++)
        {
            // As the first member ']' is literal.
            if (pattern[i] == ']' && i > first)
            {
                length = i + 1;
                isMatch = isFound != isNegated;
                return true;
            }

            isFound |= MatchMember(pattern, ref i, c);
        }

        length = 0;
        isMatch = false;
        return false;
    }

    /// <summary>Matches one member of a bracket; leaves <paramref name="i"/> at the member's last character.</summary>
    private static bool MatchMember(ReadOnlySpan<char> pattern, ref int i, char c)
    {
        if (pattern[i..].StartsWith("[:", StringComparison.Ordinal)
            && pattern[(i + 2)..].IndexOf(":]", StringComparison.Ordinal) is int end and >= 0)
        {
            bool isMember = IsInClass(pattern.Slice(i + 2, end), c);
            i += end + 3;
            return isMember;
        }

        char low = Literal(pattern, ref i);
        if (i + 2 >= pattern.Length || pattern[i + 1] != '-' || pattern[i + 2] == ']')
        {
            return c == low;
        }

        i += 2;
        char high = Literal(pattern, ref i);
        return c >= low && c <= high;
    }

    private static char Literal(ReadOnlySpan<char> pattern, ref int i) =>
        pattern[i] == '\\' && i + 1 < pattern.Length ? pattern[++i] : pattern[i];

    private static bool IsInClass(ReadOnlySpan<char> name, char c) => name switch
    {
        "alnum" => char.IsAsciiLetterOrDigit(c),
        "alpha" => char.IsAsciiLetter(c),
        "blank" => c is ' ' or '\t',
        "cntrl" => char.IsControl(c),
        "digit" => char.IsAsciiDigit(c),
        "graph" => c is > ' ' and < '\x7f',
        "lower" => char.IsAsciiLetterLower(c),
        "print" => c is >= ' ' and < '\x7f',
        "punct" => c is > ' ' and < '\x7f' && !char.IsAsciiLetterOrDigit(c),
        "space" => c is ' ' or (>= '\t' and <= '\r'),
        "upper" => char.IsAsciiLetterUpper(c),
        "xdigit" => char.IsAsciiHexDigit(c),
        _ => false,
    };
}
