using System.Globalization;
using System.Text.RegularExpressions;

namespace RootfsImporter.Profiles;

/// <summary>
/// Single values of a profile, checked; each error stands at the value and says what is expected.
/// </summary>
internal static partial class ProfileValues
{
    private static readonly string[] PriorityNames =
        ["required", "important", "standard", "optional", "extra"];
    private static readonly string[] PhasedNames = ["include", "exclude", "exclude-halted"];
    private static readonly string[] ScriptNames = ["run", "none"];
    private static readonly string[] UsrMergeNames = ["none", "bootstrapped", "packaged"];

    /// <summary>Text on one line, not empty.</summary>
    public static string Line(YamlNode.Scalar value) =>
        value.Value.Trim().Length > 0 && !value.Value.Any(char.IsControl)
            ? value.Value
            : throw value.Mark.Error($"expected one line of text, found {value.Kind}");

    /// <summary>Text without a NUL, possibly empty or of several lines.</summary>
    public static string Text(YamlNode.Scalar value) => value.Value.Contains('\0', StringComparison.Ordinal)
        ? throw value.Mark.Error("a NUL character cannot be stored here")
        : value.Value;

    /// <summary>os-release(5) ID.</summary>
    public static string Distribution(YamlNode.Scalar value) => Match(
        value, DistributionPattern(), "a distribution's os-release ID such as 'ubuntu'");

    /// <summary>A release's version.</summary>
    public static string Version(YamlNode.Scalar value) =>
        Match(value, VersionPattern(), "a version such as '24.04'");

    /// <summary>A directory under <c>dists/</c>, or Alpine's of a repository.</summary>
    public static string Suite(YamlNode.Scalar value) =>
        Match(value, SuitePattern(), "a suite such as 'noble-updates'");

    /// <summary>A component of a suite.</summary>
    public static string Component(YamlNode.Scalar value) =>
        Match(value, SuitePattern(), "a component such as 'main'");

    /// <summary>One segment of an address.</summary>
    public static string Segment(YamlNode.Scalar value) => Match(
        value, SegmentPattern(), "one path segment such as 'debian-security'");

    /// <summary>An absolute path inside the image.</summary>
    public static string AbsolutePath(YamlNode.Scalar value) => Match(
        value, AbsolutePattern(), "an absolute path such as '/usr/share/doc/*'");

    /// <summary>Permission bits as chmod(1) takes them in octal.</summary>
    public static int Mode(YamlNode.Scalar value) => ModePattern().IsMatch(value.Value)
        ? Convert.ToInt32(value.Value, 8)
        : throw value.Mark.Error($"expected permissions in octal such as '0640', found {value.Kind}");

    /// <summary>An owner: a user and perhaps a group, each a name or a number.</summary>
    public static string Owner(YamlNode.Scalar value) =>
        Match(value, OwnerPattern(), "an owner such as 'redis:redis' or '0:0'");

    /// <summary>A command for the shell.</summary>
    public static string Command(YamlNode.Scalar value) =>
        Text(value).Trim().Length > 0 ? value.Value : throw value.Mark.Error("the command is empty");

    /// <summary>A package family.</summary>
    public static string Family(YamlNode.Scalar value) => Choice(value, ["apk", "deb"], "package family");

    /// <summary>A Debian priority.</summary>
    public static string Priority(YamlNode.Scalar value) => Choice(value, PriorityNames, "priority");

    /// <summary>
    /// An architecture by its Debian name; other spellings of it are refused, with the right one.
    /// </summary>
    public static Architecture ArchitectureName(YamlNode.Scalar value)
    {
        Architecture? exact = Architecture.All.FirstOrDefault(known => known.Deb == value.Value);
        if (exact is not null)
        {
            return exact;
        }

        string? hint = Architecture.TryParse(value.Value, out Architecture? other)
            ? $"profiles use Debian's names: '{other.Deb}'"
            : Suggestion.Hint(value.Value, [.. Architecture.All.Select(architecture => architecture.Deb)]);
        throw value.Mark.Error($"unknown architecture {value.Kind}", hint);
    }

    /// <summary>The phased-update policy.</summary>
    public static PhasedUpdates Phased(YamlNode.Scalar value) =>
        Choice(value, PhasedNames, "phased-update policy") switch
        {
            "include" => PhasedUpdates.Include,
            "exclude" => PhasedUpdates.Exclude,
            _ => PhasedUpdates.ExcludeHalted,
        };

    /// <summary>The policy's name in a profile; the inverse of <see cref="Phased"/>.</summary>
    public static string PhasedName(PhasedUpdates policy) => PhasedNames[policy switch
    {
        PhasedUpdates.Include => 0,
        PhasedUpdates.Exclude => 1,
        _ => 2,
    }];

    /// <summary>Who makes the links of a merged /usr.</summary>
    public static UsrMerge UsrMerge(YamlNode.Scalar value) => Choice(value, UsrMergeNames, "usrMerge") switch
    {
        "none" => Profiles.UsrMerge.None,
        "bootstrapped" => Profiles.UsrMerge.Bootstrapped,
        _ => Profiles.UsrMerge.Packaged,
    };

    /// <summary>Its name in a profile; the inverse of <see cref="UsrMerge"/>.</summary>
    public static string UsrMergeName(UsrMerge merge) => UsrMergeNames[(int)merge];

    /// <summary>A day, ISO 8601.</summary>
    public static DateOnly Date(YamlNode.Scalar value) => DateOnly.TryParseExact(
        value.Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)
        ? date
        : throw value.Mark.Error($"expected a date such as 2029-05-31, found {value.Kind}");

    /// <summary>
    /// A full fingerprint, spaces and case as people paste it, returned as <see cref="PinnedKey"/> has it.
    /// </summary>
    public static string Fingerprint(YamlNode.Scalar value, string family)
    {
        string text = value.Value.Replace(" ", "", StringComparison.Ordinal);
        bool isRsa = RsaPattern().IsMatch(text);
        string digits = text.ToUpperInvariant();
        bool isOpenPgp = digits.Length == 40 && digits.All(char.IsAsciiHexDigit);
        if (family == "apk")
        {
            return isRsa
                ? "SHA256:" + text["SHA256:".Length..].ToLowerInvariant()
                : throw value.Mark.Error(
                    $"expected 'SHA256:' and 64 hexadecimal digits, found {value.Kind}",
                    "it is the SHA-256 of the key in DER: openssl pkey -pubin -in FILE -outform DER | sha256sum");
        }

        bool isKeyId = digits.Length is 8 or 16 && digits.All(char.IsAsciiHexDigit);
        return isOpenPgp ? digits : throw value.Mark.Error(
            $"expected a full fingerprint of 40 hexadecimal digits, found {value.Kind}",
            isKeyId ? "this is a key ID, which can be forged; gpg --fingerprint shows the whole"
                : isRsa ? "this is how keys of the family apk are pinned" : null);
    }

    /// <summary>What becomes of scripts.</summary>
    public static PackageScripts Scripts(YamlNode.Scalar value) =>
        Choice(value, ScriptNames, "choice for scripts") == "run" ? PackageScripts.Run : PackageScripts.None;

    /// <summary>Its name in a profile; the inverse of <see cref="Scripts"/>.</summary>
    public static string ScriptsName(PackageScripts scripts) => ScriptNames[(int)scripts];

    /// <summary>A repository's tag, without the <c>@</c> that stands before it elsewhere.</summary>
    public static string Tag(YamlNode.Scalar value) => TagPattern().IsMatch(value.Value)
        ? value.Value
        : throw value.Mark.Error(
            $"expected a tag such as 'edge', found {value.Kind}",
            value.Value.StartsWith('@') ? "without the '@'" : null);

    /// <summary>An archive's root address, with a trailing slash.</summary>
    public static Uri Address(YamlNode.Scalar value)
    {
        if (!Uri.TryCreate(value.Value, UriKind.Absolute, out Uri? uri)
            || uri.Scheme is not ("http" or "https" or "file") || value.Value.Any(char.IsWhiteSpace))
        {
            throw value.Mark.Error($"expected an http, https or file address, found {value.Kind}");
        }

        if (uri.UserInfo.Length > 0)
        {
            // The value itself stays out of the message: it holds a secret.
            throw value.Mark.Error("an address with a password does not belong in a profile",
                "give it by --mirror");
        }

        if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw value.Mark.Error($"an archive's address has no '?' and no '#', found {value.Kind}");
        }

        return uri.AbsolutePath.EndsWith('/') ? uri : new Uri(uri.AbsoluteUri + "/");
    }

    /// <summary>An exposed port as OCI writes it: <c>80</c>, <c>80/tcp</c>, <c>53/udp</c>.</summary>
    public static string Port(YamlNode.Scalar value)
    {
        Match match = PortPattern().Match(value.Value);
        return match.Success
            && int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) is >= 1 and <= 65535
            ? value.Value
            : throw value.Mark.Error($"expected a port from 1 to 65535 such as '80/tcp', found {value.Kind}");
    }

    private static string Choice(YamlNode.Scalar value, string[] known, string what) =>
        known.Contains(value.Value) ? value.Value : throw value.Mark.Error(
            $"unknown {what} {value.Kind}", Suggestion.Hint(value.Value, known));

    private static string Match(YamlNode.Scalar value, Regex pattern, string expected) =>
        pattern.IsMatch(value.Value) ? value.Value
        : throw value.Mark.Error($"expected {expected}, found {value.Kind}");

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]*\z")]
    private static partial Regex DistributionPattern();

    // Versions and suites are short, because placeholders repeat them: a long one could fill the memory.
    [GeneratedRegex(@"^(?=.{1,64}\z)[A-Za-z0-9][A-Za-z0-9._~+-]*\z")]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"^(?=.{1,64}\z)[A-Za-z0-9][A-Za-z0-9._~+-]*(/[A-Za-z0-9][A-Za-z0-9._~+-]*)*\z")]
    private static partial Regex SuitePattern();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._~+-]*\z")]
    private static partial Regex SegmentPattern();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]*\z")]
    private static partial Regex TagPattern();

    [GeneratedRegex(@"^/[^\0\r\n]*\z")]
    private static partial Regex AbsolutePattern();

    [GeneratedRegex(@"^0?[0-7]{3,4}\z")]
    private static partial Regex ModePattern();

    // useradd(8): what it takes for a name; numbers are uids.
    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,31})?\z")]
    private static partial Regex OwnerPattern();

    [GeneratedRegex(@"^SHA256:[0-9A-Fa-f]{64}\z")]
    private static partial Regex RsaPattern();

    [GeneratedRegex(@"^([0-9]{1,5})(/(tcp|udp|sctp))?\z")]
    private static partial Regex PortPattern();
}
