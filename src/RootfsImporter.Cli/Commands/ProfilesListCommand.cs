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

        Print(lines, output, new Styles(_common.UsesOutputColor(parse.GetValue(_common.Color))));
        return 0;
    }

    /// <summary>A table as wide as its cells; what all profiles lack has no column.</summary>
    private static void Print(ProfileLine[] lines, TextWriter output, Styles styles)
    {
        string[] titles = ["PROFILE", "BASE", "VARIANTS", "SUPPORT ENDS", "TITLE", "ARCHITECTURES"];
        string[][] rows = [.. lines.Select(Cells)];
        int[] widths =
        [
            .. titles.Select((title, column) =>
                rows.Select(row => row[column].Length).DefaultIfEmpty().Max() is > 0 and int widest
                    ? Math.Max(title.Length, widest)
                    : 0),
        ];
        output.WriteLine(styles.Bold(Row(titles, widths)));
        for (int index = 0; index < lines.Length; index++)
        {
            string text = Row(rows[index], widths);
            output.WriteLine(lines[index].IsEnded ? styles.Dim(text) : text);
        }
    }

    private static string[] Cells(ProfileLine line)
    {
        string end = line.EndOfLife?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "not announced";
        return
        [
            line.Name, line.Base ?? "", string.Join(' ', line.Variants), end + (line.IsEnded ? " (ended)" : ""), line.Title,
            string.Join(' ', line.Architectures),
        ];
    }

    private static string Row(string[] cells, int[] widths) => string.Join(' ', cells
        .Zip(widths, (cell, width) => cell.PadRight(width)).Where((_, column) => widths[column] > 0)).TrimEnd();
}
