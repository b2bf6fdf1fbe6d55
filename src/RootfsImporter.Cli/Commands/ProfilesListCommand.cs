using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RootfsImporter.Cli.Output;

namespace RootfsImporter.Cli.Commands;

/// <summary><c>profiles list</c>: every profile and the end of its support.</summary>
internal sealed class ProfilesListCommand : Command
{
    private readonly CommonOptions _common;
    private readonly Wiring _wiring;

    public ProfilesListCommand(CommonOptions common, Wiring wiring)
        : base("list", "List every profile with the end of its free, standard support")
    {
        _common = common;
        _wiring = wiring;
        SetAction(Run);
    }

    /// <summary>Prints the list.</summary>
    public int Run(ParseResult parse)
    {
        DateOnly today = DateOnly.FromDateTime(_wiring.Clock.GetUtcNow().UtcDateTime);
        ProfileLine[] lines = [.. _wiring.ListProfiles(_common.ProfileDirectories())
            .Select(profile => ProfileLine.Of(profile, today))];
        TextWriter output = parse.InvocationConfiguration.Output;
        if (parse.GetValue(_common.Format) == OutputFormat.Json)
        {
            output.WriteLine(JsonSerializer.Serialize(lines, CliJson.Writer.IReadOnlyListProfileLine));
            return 0;
        }

        Styles styles = new(_common.UsesOutputColor(parse.GetValue(_common.Color)));
        output.WriteLine(styles.Bold($"{"PROFILE",-14} {"SUPPORT ENDS",-20} {"TITLE",-40} ARCHITECTURES"));
        foreach (ProfileLine line in lines)
        {
            string end = line.EndOfLife?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "not announced";
            string text = $"{line.Name,-14} {end + (line.IsEnded ? " (ended)" : ""),-20} {line.Title,-40} "
                + string.Join(' ', line.Architectures);
            output.WriteLine(line.IsEnded ? styles.Dim(text) : text);
        }

        return 0;
    }
}
