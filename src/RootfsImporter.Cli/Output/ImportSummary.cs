using RootfsImporter.Importing;
using RootfsImporter.Oci;

namespace RootfsImporter.Cli.Output;

/// <summary>The result of an import for people.</summary>
internal static class ImportSummary
{
    private const int MaxListed = 5;

    /// <summary>Prints it; <paramref name="elapsed"/> is the whole import.</summary>
    public static void Write(TextWriter output, ImportResult result, TimeSpan elapsed, Styles styles)
    {
        Image image = result.Images.Images[0];
        Recognition found = result.Recognition;
        output.WriteLine(styles.Bold($"{result.Source} {image.Platform}"));
        Line("found", (found.Title ?? "no distribution")
            + (found.Packages is int packages ? $", {Humanize.Count(packages, "package")}" : "")
            + (found.Profile is string profile ? $", described by the profile {profile}" : ""));
        Line("image", image.Descriptor.Digest.ToString());
        Line("config", Digest.Of(image.Config.Span).ToString());
        Line("size", $"{BuildSummary.Sizes(image)}, {result.Report.Entries} entries");
        Line("dated", BuildSummary.Date(found.SourceDateEpoch));
        WriteReport();
        Line("time", Humanize.Duration(elapsed));
        SummaryLines.Deliveries(output, result.Deliveries, result.Images.Root.Digest, styles);

        void WriteReport()
        {
            WriteList(
                "owners", "besides root", [.. result.Report.Owners.Select(owner => $"{owner.Owner} ({owner.Entries})")]);
            WriteList("kept", "with capabilities", result.Report.Capabilities);
            WriteList("left out", "devices and sockets", result.Report.Dropped);
        }

        void WriteList(string name, string what, IReadOnlyList<string> items)
        {
            if (items.Count > 0)
            {
                string rest = items.Count > MaxListed ? $" and {items.Count - MaxListed} more" : "";
                Line(name, $"{what}: {TerminalText.Clean(string.Join(", ", items.Take(MaxListed)))}{rest}");
            }
        }

        void Line(string name, string value) => SummaryLines.Line(output, name, value);
    }
}
