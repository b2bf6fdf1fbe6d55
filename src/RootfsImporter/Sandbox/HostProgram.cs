using RootfsImporter.Files;
using RootfsImporter.Linux;

namespace RootfsImporter.Sandbox;

/// <summary>
/// Runs a program of the host that works on a root from outside: in mount, process, IPC and host-name namespaces of its own,
/// with the host's files and network, and with the root in sight also when that is in memory. All that it mounts and starts
/// is gone when it ends, is cancelled, or this process dies.
/// </summary>
internal static class HostProgram
{
    /// <summary>
    /// Becomes the program that makes the namespaces. When this process is killed, the end of standard input is all that
    /// anybody notices: the child that waits for it kills that program, and what is inside is set to die with it.
    /// </summary>
    private const string Guard = """
        exec 3<&0 </dev/null
        {
            read -r _ <&3
            read -r _ _ _ parent _ < /proc/self/stat
            if [ "$parent" = $$ ]; then
                kill -KILL $$
            fi
        } >/dev/null 2>&1 &
        exec 3<&-
        exec "$@"
        """;

    /// <summary>
    /// The first process inside. It stays there, since the end of the first process ends all others; the empty last command
    /// keeps a shell from becoming the program.
    /// </summary>
    private const string Inside = """
        umask 022
        [ $$ = 1 ] || exit 125
        mount --make-rprivate / && mount -t proc proc /proc || exit 125
        echo localhost > /proc/sys/kernel/hostname 2>/dev/null || true
        cd /
        "$@" </dev/null
        exit
        """;

    /// <summary>
    /// Runs it to its end and hands out its lines. A program that fails is a result; exit status 125 without output means
    /// that the namespaces could not be made. Throws <see cref="HostException"/> when it cannot be started.
    /// </summary>
    /// <param name="program">Absolute path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Its complete environment.</param>
    /// <param name="location">The root.</param>
    /// <param name="line">Receives each line that it prints, one at a time.</param>
    /// <param name="cancellationToken">Ends it, and all that it started.</param>
    public static Task<ChildResult> RunAsync(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment,
        RootLocation location, Action<string> line, CancellationToken cancellationToken)
    {
        string[] enter = location.MountNamespace is null ? [] : ["nsenter", $"--mount={location.MountNamespace}"];
        return new ChildProcess
        {
            FileName = "/bin/sh",
            Arguments =
            [
                "-c", Guard, "guard", .. enter,
                "unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--propagation", "private", "--",
                "/bin/sh", "-c", Inside, "program", program, .. arguments,
            ],
            Environment = environment,
            HoldsInput = true,
            OutputLine = line,
        }.RunAsync(cancellationToken);
    }
}
