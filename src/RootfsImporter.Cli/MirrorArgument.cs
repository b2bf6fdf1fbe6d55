using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using RootfsImporter.Profiles;

namespace RootfsImporter.Cli;

/// <summary>A mirror as the user names it: <c>[ARCHIVE=]URL</c>.</summary>
/// <param name="Archive">The archive's name in the profile.</param>
/// <param name="Address">The archive's root address there.</param>
internal sealed record MirrorArgument(string Archive, Uri Address)
{
    /// <summary>The archive that is meant when none is named.</summary>
    public const string DefaultArchive = "main";

    /// <summary>What a mirror looks like, for messages.</summary>
    public const string Expected =
        "a mirror is [ARCHIVE=]URL, and its URL begins with http://, https:// or file:///";

    /// <summary>Reads the text form.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out MirrorArgument? mirror)
    {
        // An address may hold '=' as well; an archive's name has no ':' or '/'.
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        bool isNamed = equals > 0 && !text.AsSpan(0, equals).ContainsAny(':', '/');
        string address = isNamed ? text[(equals + 1)..] : text;
        mirror = Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri?.Scheme is "http" or "https" or "file"
            && address.Contains("://", StringComparison.Ordinal)
            ? new MirrorArgument(isNamed ? text[..equals] : DefaultArchive, uri)
            : null;
        return mirror is not null;
    }

    /// <summary>Throws <see cref="ProfileException"/> for the first whose archive the profile does not have.</summary>
    public static void Check(IEnumerable<MirrorArgument> mirrors, Profile profile)
    {
        if (mirrors.FirstOrDefault(mirror => !profile.Archives.ContainsKey(mirror.Archive)) is { } unknown)
        {
            throw new ProfileException(
                $"--mirror {unknown.Archive}={unknown.Address}: {profile.Name} has no archive '{unknown.Archive}'",
                Suggestion.Hint(unknown.Archive, [.. profile.Archives.Keys.Order(StringComparer.Ordinal)]));
        }
    }

    /// <summary>Reads every token of an option.</summary>
    public static MirrorArgument[] ParseAll(ArgumentResult result)
    {
        List<MirrorArgument> mirrors = [];
        foreach (Token token in result.Tokens)
        {
            if (TryParse(token.Value, out MirrorArgument? mirror))
            {
                mirrors.Add(mirror);
            }
            else
            {
                result.AddError($"'{token.Value}' is not a mirror; {Expected}");
            }
        }

        return [.. mirrors];
    }
}
