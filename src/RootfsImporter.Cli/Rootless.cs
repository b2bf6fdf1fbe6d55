using System.Globalization;
using Mono.Unix.Native;
using RootfsImporter.Doctor;
using RootfsImporter.Linux;

namespace RootfsImporter.Cli;

/// <summary>
/// Lets a plain user build: the whole program continues once as root of a user namespace in which every
/// subordinate id of the user is mapped, after which every stage simply is root. .NET processes have many
/// threads and cannot enter a user namespace themselves, so util-linux unshare(1) does it.
/// </summary>
/// <remarks>
/// The program is replaced, not wrapped: process id, terminal and standard streams stay, hence signals, job
/// control and the exit code need no forwarding. For that reason no pid namespace is made here (unshare would
/// have to fork, and blocks SIGINT and SIGTERM while it waits); each command in the sandbox has its own.
/// </remarks>
internal static class Rootless
{
    /// <summary>
    /// The environment variable that tells the continued program not to try again; its value is the user's id.
    /// </summary>
    public const string Marker = "ROOTFS_IMPORTER_USER_NAMESPACE";

    private const string SubordinateIds = "/etc/subuid";

    /// <summary>
    /// Continues as root. Returns when the process is root already; else throws, or does not return.
    /// </summary>
    public static async Task BecomeRootAsync(CommonOptions common, CancellationToken cancellationToken)
    {
        if (Environment.IsPrivilegedProcess)
        {
            return;
        }

        if (common.IsInsideUserNamespace)
        {
            throw new HostException(
                "the user namespace was entered, but this process is not its root",
                $"unset {Marker}; if that does not help, run `rootfs-importer doctor`");
        }

        Host host = new() { SearchPath = common.SearchPath };
        await HostDoctor.RequireNamespacesAsync(host, cancellationToken);
        IReadOnlyList<string> arguments = Arguments(
            Environment.ProcessPath ?? "/proc/self/exe", Environment.GetCommandLineArgs());
        ProcessImage.Replace(host.Find("unshare")!, arguments, WithMarker(common.Environment));
    }

    /// <summary>
    /// Whether a directory that somebody unpacked for himself is to be read as root of a user namespace, where his files are
    /// root's: its owner is this user, who is not root, or one of his subordinate ids. What real root unpacked has the right
    /// owners outside.
    /// </summary>
    public static bool OwnsRootOf(string directory)
    {
        uint user = Syscall.geteuid();
        return user != 0 && Syscall.stat(directory, out Stat status) == 0
            && (status.st_uid == user
                || (File.Exists(SubordinateIds) && IsSubordinate(
                    status.st_uid, user, Syscall.getpwuid(user)?.pw_name, File.ReadLines(SubordinateIds))));
    }

    /// <summary>Whether subuid(5) gives an id to a user, who stands there by name or number.</summary>
    internal static bool IsSubordinate(uint id, uint user, string? name, IEnumerable<string> lines) => lines.Any(line =>
        line.Split(':') is [var owner, var first, var count]
        && (owner == name || owner == user.ToString(CultureInfo.InvariantCulture))
        && uint.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out uint start)
        && uint.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
        && id >= start && id - start < number);

    /// <summary>The arguments of unshare that continue this program.</summary>
    /// <param name="processPath">The program that runs: the tool itself, or <c>dotnet</c>.</param>
    /// <param name="commandLine">
    /// The tool as it was started (an assembly or the program), and its arguments.
    /// </param>
    internal static IReadOnlyList<string> Arguments(string processPath, IReadOnlyList<string> commandLine)
    {
        bool isHosted = Path.GetFileNameWithoutExtension(processPath) == "dotnet";
        return
        [
            .. NamespaceChecks.EnterArguments,
            processPath,
            .. isHosted ? [Path.GetFullPath(commandLine[0])] : Array.Empty<string>(),
            .. commandLine.Skip(1),
        ];
    }

    private static Dictionary<string, string> WithMarker(IReadOnlyDictionary<string, string> environment) =>
        new(environment, StringComparer.Ordinal)
        {
            [Marker] = Syscall.geteuid().ToString(CultureInfo.InvariantCulture),
        };
}
