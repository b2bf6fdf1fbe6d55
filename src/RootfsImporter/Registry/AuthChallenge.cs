using System.Buffers;

namespace RootfsImporter.Registry;

/// <summary>One way of authentication that a server offers (RFC 9110, section 11.6.1).</summary>
/// <param name="Scheme">The scheme as it was written: <c>Bearer</c>, <c>Basic</c>.</param>
/// <param name="Parameters">Its parameters, names in lower case; of one given twice the first.</param>
internal sealed record AuthChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    private const int MaxHeaderCharacters = 8192;

    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public bool IsBearer => Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase);

    public bool IsBasic => Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase);

    /// <summary>A parameter, or null.</summary>
    public string? this[string name] => Parameters.GetValueOrDefault(name);

    // challenge = scheme [ 1*SP ( token68 / auth-param *( "," auth-param ) ) ], several parted by commas as well: what
    // follows a comma is a parameter when a "=" follows its name, and a scheme when not.

    /// <summary>Reads the value of a WWW-Authenticate header, as far as it can be understood.</summary>
    public static IReadOnlyList<AuthChallenge> Parse(string header)
    {
        List<AuthChallenge> challenges = [];
        ReadOnlySpan<char> rest = header.Length <= MaxHeaderCharacters ? header : "";
        Dictionary<string, string>? parameters = null;
        while ((rest = rest.TrimStart(" \t,")).Length > 0)
        {
            ReadOnlySpan<char> token = TakeToken(ref rest);
            ReadOnlySpan<char> after = rest.TrimStart(" \t");
            if (token.IsEmpty)
            {
                // token68 or garbage: to the next comma.
                int comma = rest.IndexOf(',');
                rest = comma < 0 ? [] : rest[comma..];
            }
            else if (after.StartsWith('=') && parameters is not null)
            {
                rest = after[1..].TrimStart(" \t");
                parameters.TryAdd(token.ToString().ToLowerInvariant(), TakeValue(ref rest));
            }
            else
            {
                parameters = new(StringComparer.Ordinal);
                challenges.Add(new AuthChallenge(token.ToString(), parameters));
            }
        }

        return challenges;
    }

    private static ReadOnlySpan<char> TakeToken(ref ReadOnlySpan<char> rest)
    {
        int end = rest.IndexOfAnyExcept(TokenCharacters);
        ReadOnlySpan<char> token = end < 0 ? rest : rest[..end];
        rest = rest[token.Length..];
        return token;
    }

    private static string TakeValue(ref ReadOnlySpan<char> rest)
    {
        if (!rest.StartsWith('"'))
        {
            return TakeToken(ref rest).ToString();
        }

        System.Text.StringBuilder value = new();
        int i = 1;
        for (; i < rest.Length && rest[i] != '"'; i++)
        {
            // quoted-pair: a backslash stands for nothing but the character after it.
            i += rest[i] == '\\' && i + 1 < rest.Length ? 1 : 0;
            value.Append(rest[i]);
        }

        rest = rest[Math.Min(i + 1, rest.Length)..];
        return value.ToString();
    }
}
