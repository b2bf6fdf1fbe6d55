using RootfsImporter.Doctor;

namespace RootfsImporter.Cli.Output;

/// <summary>A doctor's report as <c>--format json</c> prints it.</summary>
/// <param name="Ready">Whether images can be built here.</param>
/// <param name="Checks">Every check.</param>
internal sealed record DoctorDocument(bool Ready, IReadOnlyList<HostCheck> Checks);

/// <summary>A doctor's report for people.</summary>
internal static class DoctorTable
{
    /// <summary>Prints it.</summary>
    public static void Write(TextWriter output, DoctorReport report, Styles styles)
    {
        int width = report.Checks.Max(check => check.Name.Length);
        foreach (IGrouping<string, HostCheck> area in report.Checks.GroupBy(check => check.Area))
        {
            output.WriteLine(styles.Bold(area.Key));
            foreach (HostCheck check in area)
            {
                string sign = check.Status switch
                {
                    CheckStatus.Ok => styles.Good("ok     "),
                    CheckStatus.Missing => styles.Error("MISSING"),
                    _ => styles.Dim("absent "),
                };
                output.WriteLine($"  {sign}  {check.Name.PadRight(width)}  {check.Found}");
                if (check is { Status: not CheckStatus.Ok, Remedy: string remedy })
                {
                    output.WriteLine($"{new string(' ', 2 + 7 + 2 + width + 2)}{styles.Hint("mend:")} {remedy}");
                }
            }

            output.WriteLine();
        }

        output.WriteLine(report.IsReady
            ? styles.Good("This host can build images.")
            : styles.Error("This host cannot build images: mend what is MISSING above."));
    }
}
