using RootfsImporter.Linux;

namespace RootfsImporter.Net;

/// <summary>
/// Asks the host's debootstrap for a suite's default mirror. Its scripts are shell code that calls
/// <c>default_mirror URL</c>, depending on the architecture and the suite; those that do not call it mean
/// <c>DEF_MIRROR</c> of the debootstrap program. Distributions keep both up to date, so no copy can be out of date.
/// </summary>
internal static class DebootstrapDefaults
{
    private const int MaxScriptBytes = 1 << 20;

    // Sourced with every function that a script may call at its top level stubbed out.
    private const string Harness = """
        mirror_style() { :; }; download_style() { :; }; finddebs_style() { :; }; variants() { :; }
        keyring() { :; }; doing_variant() { return 1; }; info() { :; }; warning() { :; }; error() { exit 1; }
        default_mirror() { printf 'default_mirror %s\n' "$1"; exit 0; }
        . "$1"
        """;

    /// <summary>The default, or null when there is no debootstrap, no such script, or it declares none.</summary>
    public static async Task<Uri?> FindAsync(
        string hostRoot, string script, string suite, Architecture architecture, CancellationToken cancellationToken)
    {
        string directory = Path.Combine(hostRoot, "usr/share/debootstrap");
        string path = Path.Combine(directory, "scripts", script);
        if (script.Contains('/', StringComparison.Ordinal) || !File.Exists(path))
        {
            return null;
        }

        ChildProcess shell = new()
        {
            FileName = "sh",
            Arguments = ["-c", Harness, "sh", path],
            WorkingDirectory = "/",
            Environment = new Dictionary<string, string>
            {
                ["PATH"] = ChildProcess.SystemPath,
                ["LC_ALL"] = "C",
                ["DEBOOTSTRAP_DIR"] = directory,
                ["ARCH"] = architecture.Deb,
                ["HOST_ARCH"] = Architecture.Host.Deb,
                ["SUITE"] = suite,
                ["CODENAME"] = suite,
                ["MIRRORS"] = "",
            },
        };
        ChildResult result = await shell.RunAsync(cancellationToken);
        string? declared = result.Output.Split('\n')
            .FirstOrDefault(line => line.StartsWith("default_mirror ", StringComparison.Ordinal))
            ?["default_mirror ".Length..]
            ?? (result.ExitCode == 0 ? ReadProgramDefault(Path.Combine(hostRoot, "usr/sbin/debootstrap")) : null);
        return Uri.TryCreate(declared, UriKind.Absolute, out Uri? mirror) ? mirror : null;
    }

    private static string? ReadProgramDefault(string program)
    {
        const string Assignment = "DEF_MIRROR=\"";
        if (!File.Exists(program) || new FileInfo(program).Length > MaxScriptBytes)
        {
            return null;
        }

        string? line = File.ReadLines(program).FirstOrDefault(l => l.StartsWith(Assignment, StringComparison.Ordinal));
        return line?[Assignment.Length..].TrimEnd().TrimEnd('"');
    }
}
