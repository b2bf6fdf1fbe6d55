using System.Globalization;
using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Stages;

/// <summary>Runs the commands of a profile inside a root.</summary>
internal static class CommandRunner
{
    private const int MaxLinesShown = 20;

    // What strerror(ENOSPC) says; a command of the image is not asked to speak another language.
    private const string DiskIsFull = "No space left on device";

    private static readonly RootPath Shell = RootPath.Parse("bin/sh");

    /// <summary>
    /// Runs them in order and says how many there were, as root in <c>/</c>, each in a shell that ends at the first failure. Throws
    /// <see cref="SandboxException"/> for one that fails, with the end of what it printed, and for a root without a shell.
    /// </summary>
    /// <param name="commands">The commands.</param>
    /// <param name="environment">The image's own environment, NAME=value, which comes over the usual one.</param>
    /// <param name="rootfs">The root.</param>
    /// <param name="sandbox">A sandbox of that root.</param>
    /// <param name="sourceDateEpoch">The build's, for programs that ask for it.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    public static async Task<int> RunAsync(
        IReadOnlyList<RunCommand> commands, IReadOnlyList<string> environment, Rootfs rootfs, ISandbox sandbox,
        long sourceDateEpoch, CancellationToken cancellationToken)
    {
        if (commands.Count > 0 && rootfs.TryFollow(Shell) is null)
        {
            throw new SandboxException(
                "the image has no /bin/sh, and so cannot run commands", "add a package with a shell, perhaps to buildOnly");
        }

        foreach (RunCommand command in commands)
        {
            SandboxResult result = await sandbox.RunAsync(
                new SandboxCommand
                {
                    Arguments = ["/bin/sh", "-e", "-c", command.Command],
                    Environment = Environment(environment, sourceDateEpoch),
                    HasNetwork = command.HasNetwork,
                },
                cancellationToken);
            if (result.ExitCode != 0)
            {
                throw Failed(command, result);
            }
        }

        return commands.Count;
    }

    private static Dictionary<string, string> Environment(IReadOnlyList<string> own, long sourceDateEpoch)
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal)
        {
            ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ["HOME"] = "/root",
            ["DEBIAN_FRONTEND"] = "noninteractive",
            ["SOURCE_DATE_EPOCH"] = sourceDateEpoch.ToString(CultureInfo.InvariantCulture),
        };
        foreach (string variable in own)
        {
            string[] parts = variable.Split('=', 2);
            environment[parts[0]] = parts.Length > 1 ? parts[1] : "";
        }

        return environment;
    }

    private static SandboxException Failed(RunCommand command, SandboxResult result)
    {
        string first = command.Command.Split('\n', 2)[0];
        IEnumerable<string> lines = result.Output.TrimEnd().Split('\n').TakeLast(MaxLinesShown);
        return new SandboxException(
            $"the command '{first}' ended with exit code {result.ExitCode}:\n  {string.Join("\n  ", lines)}",
            HintFor(command, result));
    }

    private static string HintFor(RunCommand command, SandboxResult result) =>
        result.Output.Contains(DiskIsFull, StringComparison.Ordinal) ? "free some space, or choose another --work-dir"
        : command.HasNetwork ? "the lines above are its own"
        : "the lines above are its own; it had no network: '{command: ..., network: true}' grants that";
}
