using System.Globalization;
using System.Text.RegularExpressions;
using RootfsImporter.Files;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>Runs a command around dpkg inside a root, and says which package failed when it does.</summary>
internal static partial class DpkgRun
{
    private const int MaxLinesShown = 20;

    /// <summary>Where the root holds, for the time of a run, what the run needs.</summary>
    public static RootPath Stage { get; } = RootPath.Parse("var/lib/dpkg/rootfs-importer");

    /// <summary>
    /// Runs the command. Throws <see cref="SandboxException"/> that names the package and script that failed and holds the end
    /// of the output.
    /// </summary>
    public static async Task RunAsync(
        string doing, IReadOnlyList<string> arguments, Lockfile lockfile, ISandbox sandbox,
        CancellationToken cancellationToken)
    {
        SandboxResult result = await sandbox.RunAsync(
            new SandboxCommand { Arguments = arguments, Environment = Environment(lockfile) }, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new SandboxException(
                $"{doing}: {Diagnose(result)}\n{LastLines(result.Output)}",
                IsNeeded().IsMatch(result.Output)
                    ? "remove what needs the package as well, or leave it where it is"
                    : "the lines above are the script's own; exclude or pin the package, or look at its script");
        }
    }

    /// <summary>Writes the control files of a package into a directory of the stage, for its preinst to be run there.</summary>
    public static void WriteControl(Rootfs rootfs, UnpackedDeb package, string directory)
    {
        foreach (DebControlMember member in package.Control.Members)
        {
            rootfs.WriteFile(Stage.Append($"{directory}/{member.Name}"), member.Content.Span, member.Mode);
        }
    }

    private static Dictionary<string, string> Environment(Lockfile lockfile) => new()
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["HOME"] = "/root",
        ["LC_ALL"] = "C.UTF-8",
        ["DEBIAN_FRONTEND"] = "noninteractive",
        ["DEBCONF_NONINTERACTIVE_SEEN"] = "true",

        // passwd's tools date their changes in /etc/shadow by it.
        ["SOURCE_DATE_EPOCH"] = lockfile.SourceDateEpoch.ToString(CultureInfo.InvariantCulture),
    };

    private static string LastLines(string output) =>
        string.Join('\n', output.TrimEnd().Split('\n').TakeLast(MaxLinesShown).Select(line => $"  {line}"));

    private static string Diagnose(SandboxResult result)
    {
        Match preinst = FailedPreinst().Match(result.Output);
        if (preinst.Success)
        {
            return $"the preinst script of {preinst.Groups[1].Value} failed with exit code {preinst.Groups[2].Value}";
        }

        Match needed = IsNeeded().Match(result.Output);
        if (needed.Success)
        {
            return $"{needed.Groups[1].Value} cannot be removed: {string.Join(", ", needed.Groups[2].Value
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.TrimEnd('.')))}";
        }

        Match package = FailedPackage().Match(result.Output);
        return package.Success
            ? $"{package.Groups[1].Value}: {package.Groups[2].Value.Trim()}"
            : $"the command ended with exit code {result.ExitCode}";
    }

    [GeneratedRegex(@"^rootfs-importer: preinst of (\S+) failed with exit code (\d+)", RegexOptions.Multiline)]
    private static partial Regex FailedPreinst();

    // An archive is named after its package and nothing else.
    [GeneratedRegex(
        @"^dpkg: error processing (?:package|archive) (?:\S*/)?(\S+?)(?:\.deb)? \(--(?:configure|unpack|purge|remove)\):\n(.+)$",
        RegexOptions.Multiline)]
    private static partial Regex FailedPackage();

    [GeneratedRegex(
        @"^dpkg: dependency problems prevent removal of (\S+):\n((?:  ?\S.*\n)+)", RegexOptions.Multiline)]
    private static partial Regex IsNeeded();
}
