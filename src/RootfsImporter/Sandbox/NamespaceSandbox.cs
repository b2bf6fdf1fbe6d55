using RootfsImporter.Files;
using RootfsImporter.Linux;

namespace RootfsImporter.Sandbox;

/// <summary>
/// A sandbox of Linux namespaces, made by util-linux <c>unshare</c>: a .NET process has several threads, and so cannot
/// enter new user or process namespaces itself. Needs to be root, or root of a user namespace.
/// </summary>
internal sealed class NamespaceSandbox(Rootfs rootfs, RootLocation location, IProgress<BuildEvent> events) : ISandbox
{
    private const int PolicyMode = 0x1ED;
    private const int FileMode = 0x1A4;
    private const string HostResolver = "/etc/resolv.conf";
    private const string Ready = "rootfs-importer: the sandbox is ready";
    private static readonly RootPath PolicyFile = RootPath.Parse("usr/sbin/policy-rc.d");
    private static readonly RootPath ResolverFile = RootPath.Parse("etc/resolv.conf");
    private static readonly RootPath HostsFile = RootPath.Parse("etc/hosts");

    /// <summary>
    /// Runs as the first process of the new namespaces. Everything that it mounts vanishes with them. /dev is a tmpfs
    /// with the host's harmless nodes bound in, because a user namespace may not make nodes. start-stop-daemon is
    /// covered by a program that does nothing, so that no service starts (policy-rc.d does the same for those that ask
    /// first). The host name is fixed so that none of the host's gets into a file. What fails before it says that it is
    /// ready is the sandbox's failure, not the command's. The caller's umask must not show in modes. The first process
    /// itself stays outside the root: ischroot(1) looks at that, and where it finds no chroot, libc6's script waits a
    /// second for an init to restart itself.
    /// </summary>
    private const string SetUp = """
        set -e
        umask 022
        root=$1
        network=$2
        shift 2
        mount --make-rprivate /
        mount -t tmpfs -o mode=0755,size=4m tmpfs "$root/dev"
        for node in null zero full random urandom tty; do
            : > "$root/dev/$node"
            mount --bind "/dev/$node" "$root/dev/$node"
        done
        ln -s /proc/self/fd "$root/dev/fd"
        ln -s fd/0 "$root/dev/stdin"
        ln -s fd/1 "$root/dev/stdout"
        ln -s fd/2 "$root/dev/stderr"
        mkdir "$root/dev/pts" "$root/dev/shm"
        chmod 1777 "$root/dev/shm"
        if mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts" 2>/dev/null; then
            ln -s pts/ptmx "$root/dev/ptmx"
        fi
        mount -t proc proc "$root/proc"
        mount -t sysfs -o ro sysfs "$root/sys" 2>/dev/null || mount --rbind /sys "$root/sys"
        printf '#!/bin/sh\nexit 0\n' > "$root/dev/.nothing"
        chmod 755 "$root/dev/.nothing"
        for program in "$root/sbin/start-stop-daemon" "$root/usr/sbin/start-stop-daemon"; do
            if [ -f "$program" ] && [ ! -L "$program" ] && [ ! -L "$root/sbin" -o "$program" = "$root/usr/sbin/start-stop-daemon" ]; then
                mount --bind "$root/dev/.nothing" "$program"
            fi
        done
        if [ "$network" = yes ]; then
            : > "$root/dev/.resolv.conf"
            cat /etc/resolv.conf > "$root/dev/.resolv.conf" 2>/dev/null || true
            if [ -f "$root/etc/resolv.conf" ] && [ ! -L "$root/etc/resolv.conf" ]; then
                mount --bind "$root/dev/.resolv.conf" "$root/etc/resolv.conf"
            fi
        fi
        ip link set lo up 2>/dev/null || true
        echo localhost > /proc/sys/kernel/hostname 2>/dev/null || hostname localhost 2>/dev/null || true
        cd "$root"
        echo "rootfs-importer: the sandbox is ready" >&2
        code=0
        chroot "$root" "$@" 2>&1 || code=$?
        exit "$code"
        """;

    /// <summary>
    /// Runs outside of the namespaces and becomes the program that makes them. When this process is killed, the end of
    /// standard input is all that anybody notices: the child that waits for it then kills the program (whose other child,
    /// the first process inside, is set to die with it). It makes sure that the process id is still that of its parent.
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

    private static readonly Dictionary<string, string> HostEnvironment = new()
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["LC_ALL"] = "C",
    };

    /// <inheritdoc/>
    public async Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellationToken)
    {
        bool isReady = false;
        IReadOnlyDictionary<RootPath, byte[]> standIns = WriteStandIns(command);
        try
        {
            ChildProcess process = new()
            {
                FileName = "/bin/sh",
                Arguments = ["-c", Guard, "guard", .. Arguments(command)],
                Environment = HostEnvironment,
                HoldsInput = true,
                OutputLine = line =>
                {
                    if (!isReady && line == Ready)
                    {
                        isReady = true;
                    }
                    else
                    {
                        events.Report(new BuildEvent.CommandOutput(line));
                    }
                },
            };
            ChildResult result = await process.RunAsync(cancellationToken);
            return isReady
                ? new SandboxResult(
                    result.ExitCode,
                    result.Output + result.ErrorOutput.Replace(Ready + "\n", "", StringComparison.Ordinal))
                : throw new SandboxException(
                    $"making a sandbox in {location.Path}: {(result.Output + result.ErrorOutput).Trim()}",
                    "see what 'rootfs-importer doctor' says of this host");
        }
        finally
        {
            RemoveStandIns(standIns);
        }
    }

    /// <inheritdoc/>
    public Task<ISandboxSession> OpenAsync(CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    private List<string> Arguments(SandboxCommand command)
    {
        List<string> arguments = location.MountNamespace is null ? [] : ["nsenter", $"--mount={location.MountNamespace}"];
        arguments.AddRange(
            ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--propagation", "private"]);
        if (!command.HasNetwork)
        {
            arguments.Add("--net");
        }

        arguments.AddRange(
            ["--", "/bin/sh", "-c", SetUp, "sandbox", location.Path, command.HasNetwork ? "yes" : "no"]);
        arguments.AddRange(["/usr/bin/env", "-i"]);
        arguments.AddRange(command.Environment.Select(pair => $"{pair.Key}={pair.Value}"));
        arguments.AddRange(command.Arguments);
        return arguments;
    }

    /// <summary>
    /// Files that the command is to find, where the root has none of its own: a policy that no service starts, the
    /// name of this host, and with a network the host's resolvers.
    /// </summary>
    private Dictionary<RootPath, byte[]> WriteStandIns(SandboxCommand command)
    {
        Dictionary<RootPath, byte[]> written = [];
        WriteStandIn(PolicyFile, "#!/bin/sh\nexit 101\n"u8.ToArray(), PolicyMode, written);
        WriteStandIn(HostsFile, "127.0.0.1 localhost\n::1 localhost\n"u8.ToArray(), FileMode, written);
        if (command.HasNetwork && File.Exists(HostResolver))
        {
            WriteStandIn(ResolverFile, File.ReadAllBytes(HostResolver), FileMode, written);
        }

        return written;
    }

    private void WriteStandIn(RootPath path, byte[] content, int mode, Dictionary<RootPath, byte[]> written)
    {
        if (rootfs.TryGetKind(path) is null && rootfs.IsDirectory(path.Parent))
        {
            rootfs.WriteFile(path, content, mode);
            written.Add(path, content);
        }
    }

    /// <summary>What the command put in the place of a stand-in is the root's own, and stays.</summary>
    private void RemoveStandIns(IReadOnlyDictionary<RootPath, byte[]> standIns)
    {
        foreach ((RootPath path, byte[] content) in standIns)
        {
            if (rootfs.TryReadFile(path, 1 << 20) is byte[] found && found.AsSpan().SequenceEqual(content))
            {
                rootfs.Remove(path);
            }
        }
    }
}
