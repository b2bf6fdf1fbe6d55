using System.Diagnostics;
using RootfsImporter.Files;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Tests.Sandbox;

/// <summary>A sandbox of real namespaces: what a command sees inside, and what is left outside.</summary>
[Trait("Requires", "Root")]
public sealed class NamespaceSandboxTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reports_output_line_by_line_and_the_exit_code()
    {
        using TinyRoot root = new();
        SandboxResult result = await root.RunAsync(
            "echo one; echo two; echo three >&2; exit 7", Cancellation);
        Assert.Equal(7, result.ExitCode);
        Assert.Equal("one\ntwo\nthree\n", result.Output);
        Assert.Equal(["one", "two"], root.Lines.Where(line => line != "three"));
        Assert.Contains("three", root.Lines);
    }

    [Fact]
    public async Task A_signal_is_128_and_its_number()
    {
        using TinyRoot root = new();
        Assert.Equal(128 + 15, (await root.RunAsync("sh -c 'kill -TERM $$'", Cancellation)).ExitCode);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_a_result()
    {
        using TinyRoot root = new();
        SandboxResult result = await root.Sandbox.RunAsync(
            new SandboxCommand { Arguments = ["/bin/none"], Environment = new Dictionary<string, string>() }, Cancellation);
        Assert.Equal(127, result.ExitCode);
        Assert.Contains("/bin/none", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_is_the_commands_own()
    {
        using TinyRoot root = new();
        SandboxResult result = await root.RunAsync(
            "env", Cancellation, environment: [("PATH", "/usr/bin:/bin"), ("GREETING", "hello  there")]);
        Assert.Equal(
            ["GREETING=hello  there", "PATH=/usr/bin:/bin", "PWD=/"],
            result.Output.TrimEnd().Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Standard_input_is_empty()
    {
        using TinyRoot root = new();
        Assert.Equal(new SandboxResult(0, ""), await root.RunAsync("cat", Cancellation));
    }

    [Fact]
    public async Task There_is_no_network_but_an_own_loopback()
    {
        using TinyRoot root = new();
        string interfaces = (await root.RunAsync("cat /proc/net/dev", Cancellation)).Output;
        Assert.Equal(["lo"], interfaces.Split('\n').Where(line => line.Contains(':')).Select(line => line.Split(':')[0].Trim()));
        string space = (await root.RunAsync("readlink /proc/self/ns/net", Cancellation)).Output.TrimEnd();
        Assert.StartsWith("net:[", space, StringComparison.Ordinal);
        Assert.NotEqual(new FileInfo("/proc/self/ns/net").LinkTarget, space);
    }

    [Fact]
    public async Task The_network_is_the_hosts_when_asked_for()
    {
        using TinyRoot root = new();
        root.Write("etc/resolv.conf", "of the root\n");
        SandboxResult result = await root.RunAsync(
            "readlink /proc/self/ns/net; cat /etc/resolv.conf", Cancellation, hasNetwork: true);
        string resolvers = File.Exists("/etc/resolv.conf") ? File.ReadAllText("/etc/resolv.conf") : "";
        Assert.Equal($"{new FileInfo("/proc/self/ns/net").LinkTarget}\n{resolvers}", result.Output);
        Assert.Equal("of the root\n", root.ReadText("etc/resolv.conf"));
    }

    [Fact]
    public async Task A_script_can_tell_that_it_is_in_a_chroot()
    {
        using TinyRoot root = new();
        SandboxResult result = await root.RunAsync(
            "ls -di / /proc/1/root/ | { read a x; read b y; if [ $a = $b ]; then echo same; else echo other; fi; }",
            Cancellation);
        Assert.Equal("other\n", result.Output);
    }

    [Fact]
    public async Task Host_name_processes_and_ipc_are_apart_from_the_hosts()
    {
        using TinyRoot root = new();
        string name = Environment.MachineName;
        SandboxResult result = await root.RunAsync(
            "cat /proc/sys/kernel/hostname; echo $$; cd /proc; ls -d [0-9]* | sh -c 'while read x; do echo p$x; done'; "
                + "readlink /proc/self/ns/ipc",
            Cancellation);
        string[] lines = result.Output.TrimEnd().Split('\n');
        Assert.Equal("localhost", lines[0]);
        Assert.InRange(int.Parse(lines[1], System.Globalization.CultureInfo.InvariantCulture), 2, 99);
        Assert.InRange(lines.Count(line => line.StartsWith('p')), 1, 5);
        Assert.NotEqual(new FileInfo("/proc/self/ns/ipc").LinkTarget, lines[^1]);
        Assert.Equal(name, File.ReadAllText("/proc/sys/kernel/hostname").Trim());
    }

    [Fact]
    public async Task The_devices_are_the_harmless_ones()
    {
        using TinyRoot root = new();
        SandboxResult result = await root.RunAsync(
            "ls /dev; echo x > /dev/null && cat /dev/null && echo works > /dev/stdout", Cancellation);
        Assert.Equal(
            ["fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom", "works", "zero"],
            result.Output.TrimEnd().Split('\n').Order(StringComparer.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(root.Rootfs.HostPath, "dev")));
    }

    [Fact]
    public async Task Nothing_stays_mounted_and_no_process_alive()
    {
        using TinyRoot root = new();
        string[] before = File.ReadAllLines("/proc/self/mountinfo");
        await root.RunAsync("echo > /dev/shm/file; exit 1", Cancellation);
        Assert.Equal(before, File.ReadAllLines("/proc/self/mountinfo"));
        Assert.Empty(root.Processes);
    }

    [Fact]
    public async Task A_daemon_that_a_script_leaves_behind_dies_with_it()
    {
        using TinyRoot root = new();
        Stopwatch time = Stopwatch.StartNew();
        SandboxResult result = await root.RunAsync("sleep 1000 & (sleep 1000 &); exit 3", Cancellation);
        Assert.Equal(3, result.ExitCode);
        Assert.Empty(root.Processes);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Cancelling_kills_everything_inside_within_two_seconds()
    {
        using TinyRoot root = new();
        string[] before = File.ReadAllLines("/proc/self/mountinfo");
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<SandboxResult> running = root.RunAsync(
            "trap '' TERM INT HUP; (trap '' TERM INT HUP; sleep 1000) & echo started; sleep 1000", source.Token);
        while (root.Lines.Count == 0)
        {
            await Task.Delay(10, Cancellation);
        }

        Assert.NotEmpty(root.Processes);
        Stopwatch time = Stopwatch.StartNew();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        while (root.Processes.Count > 0 && time.Elapsed < TimeSpan.FromSeconds(2))
        {
            await Task.Delay(10, Cancellation);
        }

        Assert.Empty(root.Processes);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(2));
        Assert.Equal(before, File.ReadAllLines("/proc/self/mountinfo"));
        Assert.Null(root.Rootfs.TryGetKind(RootPath.Parse("usr/sbin/policy-rc.d")));
    }

    [Fact]
    public async Task No_service_starts()
    {
        using TinyRoot root = new();
        const string Daemon = "#!/bin/sh\necho the daemon ran\nexit 9\n";
        root.Write("usr/sbin/start-stop-daemon", Daemon, 0x1ED);
        SandboxResult result = await root.RunAsync(
            "/usr/sbin/policy-rc.d ssh start; echo $?; /usr/sbin/start-stop-daemon --start; echo $?", Cancellation);
        Assert.Equal("101\n0\n", result.Output);
        Assert.Null(root.ReadText("usr/sbin/policy-rc.d"));
        Assert.Equal(Daemon, root.ReadText("usr/sbin/start-stop-daemon"));
    }

    [Fact]
    public async Task A_policy_of_the_roots_own_is_left_alone()
    {
        using TinyRoot root = new();
        root.Write("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 42\n", 0x1ED);
        Assert.Equal("42\n", (await root.RunAsync("/usr/sbin/policy-rc.d; echo $?", Cancellation)).Output);
        Assert.Equal("#!/bin/sh\nexit 42\n", root.ReadText("usr/sbin/policy-rc.d"));
    }

    [Fact]
    public async Task A_root_that_no_sandbox_can_be_made_in_is_an_error_with_the_reason()
    {
        using TinyRoot root = new();
        Directory.Delete(Path.Combine(root.Rootfs.HostPath, "proc"));
        File.WriteAllText(Path.Combine(root.Rootfs.HostPath, "proc"), "");
        SandboxException error = await Assert.ThrowsAsync<SandboxException>(
            () => root.RunAsync("echo ran", Cancellation));
        Assert.StartsWith(
            $"making a sandbox in {root.Tree.Location.Path}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("/proc", error.Message, StringComparison.Ordinal);
        Assert.Contains("doctor", error.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("ran", root.Lines);
    }

    [Fact]
    public async Task What_a_root_lacks_to_mount_on_is_there_while_commands_run()
    {
        using TinyRoot root = new();
        Directory.Delete(Path.Combine(root.Rootfs.HostPath, "proc"));
        Directory.Delete(Path.Combine(root.Rootfs.HostPath, "dev"));
        SandboxResult result = await root.RunAsync("echo x > /dev/null; read -r state < /proc/self/stat", Cancellation);
        Assert.Equal(0, result.ExitCode);
        Assert.False(Path.Exists(Path.Combine(root.Rootfs.HostPath, "proc")));
        Assert.False(Path.Exists(Path.Combine(root.Rootfs.HostPath, "dev")));
    }

    [Theory]
    [InlineData("/etc")]
    [InlineData("../../../../../../../../etc")]
    public async Task Links_in_the_root_change_nothing_on_the_host(string target)
    {
        using TinyRoot root = new();
        string etc = string.Join('\n', Directory.GetFileSystemEntries("/etc").Order(StringComparer.Ordinal));
        string[] before = File.ReadAllLines("/proc/self/mountinfo");
        foreach (string name in (string[])["dev", "sys"])
        {
            Directory.Delete(Path.Combine(root.Rootfs.HostPath, name));
            File.CreateSymbolicLink(Path.Combine(root.Rootfs.HostPath, name), target);
        }

        try
        {
            await root.RunAsync("echo > /dev/null", Cancellation);
        }
        catch (SandboxException)
        {
            // A refusal is as good.
        }

        Assert.Equal(
            etc, string.Join('\n', Directory.GetFileSystemEntries("/etc").Order(StringComparer.Ordinal)));
        Assert.Equal(before, File.ReadAllLines("/proc/self/mountinfo"));
    }
}
