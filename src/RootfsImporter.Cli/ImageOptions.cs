using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;

namespace RootfsImporter.Cli;

/// <summary>
/// The options that say how containers of an image are run, of every command that makes an image without a profile.
/// </summary>
internal sealed partial class ImageOptions
{
    private const int MaxPort = 65_535;

    private readonly Option<IReadOnlyList<string>?> _cmd = CommandOption(
        "--cmd", "Default command, as a JSON array or as words quoted as for a shell, which does not run them");

    private readonly Option<IReadOnlyList<string>?> _entrypoint =
        CommandOption("--entrypoint", "Entry point, likewise; without --cmd it takes away an inherited command");

    private readonly Option<string[]> _env = ListOption(
        "--env", "NAME=VALUE", "Environment variable", Pair);

    private readonly Option<string[]> _labels = ListOption(
        "--label", "KEY=VALUE", "Label", Pair);

    private readonly Option<string?> _user = TextOption(
        "--user", "USER[:GROUP]", "User that commands run as, by name or number",
        text => text.Length == 0 || UserName().IsMatch(text) ? text : null);

    private readonly Option<string?> _workingDirectory = TextOption(
        "--workdir", "DIR", "Working directory, an absolute path in the image",
        text => text.Length == 0 ? text : Absolute(text));

    private readonly Option<string[]> _volumes = ListOption(
        "--volume", "DIR", "Directory for a volume, an absolute path in the image", Absolute);

    private readonly Option<string[]> _ports = ListOption(
        "--expose", "PORT[/PROTOCOL]", "Port that containers listen on, of tcp, udp or sctp", Port);

    /// <summary>The options in the order of the help text.</summary>
    public IEnumerable<Option> All => [_cmd, _entrypoint, _env, _labels, _user, _workingDirectory, _volumes, _ports];

    /// <summary>What the options say.</summary>
    public ImageChanges Changes(ParseResult parse) => new()
    {
        Cmd = parse.GetValue(_cmd),
        Entrypoint = parse.GetValue(_entrypoint),
        Env = parse.GetValue(_env) ?? [],
        Labels = (parse.GetValue(_labels) ?? [])
            .Select(label => label.Split('=', 2))
            .GroupBy(pair => pair[0], pair => pair[1], StringComparer.Ordinal)
            .ToDictionary(label => label.Key, label => label.Last(), StringComparer.Ordinal),
        User = parse.GetValue(_user),
        WorkingDir = parse.GetValue(_workingDirectory),
        Volumes = parse.GetValue(_volumes) ?? [],
        ExposedPorts = parse.GetValue(_ports) ?? [],
    };

    private static Option<IReadOnlyList<string>?> CommandOption(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "COMMAND",
        CustomParser = result =>
        {
            if (!CommandWords.TryParse(result.Tokens[^1].Value, out IReadOnlyList<string>? words, out string? problem))
            {
                result.AddError($"'{result.Tokens[^1].Value}' is no command for {name}: {problem}");
            }

            return words;
        },
    };

    private static Option<string?> TextOption(
        string name, string form, string description, Func<string, string?> read) => new(name)
        {
            Description = description,
            HelpName = form,
            CustomParser = result => Read(result, result.Tokens[^1].Value, name, form, read),
        };

    private static Option<string[]> ListOption(
        string name, string form, string description, Func<string, string?> read) => new(name)
        {
            Description = description + "; may be given several times",
            HelpName = form,
            CustomParser = result => [.. result.Tokens.Select(token => Read(result, token.Value, name, form, read) ?? "")],
        };

    private static string? Read(
        ArgumentResult result, string text, string name, string form, Func<string, string?> read)
    {
        string? value = text.Contains('\0', StringComparison.Ordinal) ? null : read(text);
        if (value is null)
        {
            result.AddError($"'{text}' is not what {name} takes: {form}");
        }

        return value;
    }

    private static string? Pair(string text) => text.IndexOf('=', StringComparison.Ordinal) > 0 ? text : null;

    private static string? Absolute(string path) => path.StartsWith('/') ? path : null;

    private static string? Port(string text)
    {
        string[] parts = text.Split('/');
        string protocol = parts.Length > 1 ? parts[1] : "tcp";
        return parts.Length <= 2 && protocol is "tcp" or "udp" or "sctp"
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port is > 0 and <= MaxPort
                ? string.Create(CultureInfo.InvariantCulture, $"{port}/{protocol}")
                : null;
    }

    /// <summary>config.md, "User": user, uid, user:group and so on; nothing that passwd(5) could not hold.</summary>
    [GeneratedRegex(@"\A[^:\s/]+(:[^:\s/]+)?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex UserName();
}
