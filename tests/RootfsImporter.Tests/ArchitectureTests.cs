using System.Text.RegularExpressions;

namespace RootfsImporter.Tests;

/// <summary>
/// A folder of the library may use only what stands before it in the list of docs/architecture.md. Read from the
/// sources' own using directives and qualified names, so that a wrong arrow fails here and not in a review.
/// </summary>
public sealed partial class ArchitectureTests
{
    /// <summary>Each row may use the rows above it; folders of one row do not know each other, nor do families.</summary>
    private static readonly string[][] Rows =
    [
        [""],
        ["Linux", "Oci"],
        ["Profiles"],
        ["Codecs", "Signing", "Elf"],
        ["Files"],
        ["Net"],
        ["Archives", "Sealing", "Registry"],
        ["Sandbox", "Targets", "Linking"],
        ["Targets.Layouts"],
        ["Targets.Docker", "Targets.Registries", "Targets.Stores"],
        ["Packages"],
        ["Packages.Deb.Control", "Packages.Apk.Control"],
        ["Packages.Apk.Archives"],
        ["Packages.Deb.Repositories", "Packages.Apk.Repositories"],
        ["Packages.Deb.Database", "Packages.Apk.Database"],
        ["Packages.Deb.Resolving", "Packages.Deb.Installing", "Packages.Apk.Resolving", "Packages.Apk.Installing"],
        ["Packages.Deb.Bootstrapping"],
        ["Packages.Deb", "Packages.Apk"],
        ["Stages"],
        ["Importing", "Scratch"],
        ["Doctor"],
    ];

    [Fact]
    public void Folders_use_only_what_stands_above_them()
    {
        string source = Path.Combine(Checkout.Root, "src", "RootfsImporter");
        List<string> wrong = [];
        foreach (string file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories))
        {
            string from = Path.GetRelativePath(source, Path.GetDirectoryName(file)!).Replace('/', '.');
            from = from == "." ? "" : from;
            if (from.Length == 0)
            {
                // The root holds the shared words and the Pipeline, which knows everything.
                continue;
            }

            foreach (Match match in Used().Matches(File.ReadAllText(file)))
            {
                string to = match.Groups[1].Value;
                if (!IsAllowed(from, to))
                {
                    wrong.Add($"{Path.GetRelativePath(source, file)} uses {to}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Distinct()));
    }

    [Fact]
    public void The_library_writes_to_no_console_and_reads_no_environment()
    {
        string source = Path.Combine(Checkout.Root, "src", "RootfsImporter");
        Assert.All(
            Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories),
            file => Assert.DoesNotMatch(ConsoleOrEnvironment(), File.ReadAllText(file)));
    }

    private static bool IsAllowed(string from, string to) =>
        from == to || (Row(to) < Row(from) && (Family(to) is null || Family(from) == Family(to)));

    /// <summary>The package family that a folder belongs to: only itself, and the root, knows one.</summary>
    private static string? Family(string folder) =>
        folder.StartsWith("Packages.", StringComparison.Ordinal) ? folder.Split('.')[1] : null;

    private static int Row(string folder)
    {
        int row = Array.FindIndex(Rows, names => names.Contains(folder));
        Assert.True(row >= 0, $"the folder {folder} has no place in the list of rows");
        return row;
    }

    [GeneratedRegex(@"^using (?:static )?RootfsImporter\.([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Used();

    [GeneratedRegex(@"\bConsole\.|GetEnvironmentVariable")]
    private static partial Regex ConsoleOrEnvironment();
}
