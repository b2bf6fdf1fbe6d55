using System.Diagnostics;
using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Tests.Sandbox;

/// <summary>A sandbox that stays for several commands: what each sees, and what is left when it ends.</summary>
[Trait("Requires", "Root")]
public sealed class SandboxSessionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_command_has_its_own_environment_output_and_exit_code()
    {
        using TinyRoot root = new();
        await using ISandboxSession session = await root.Sandbox.OpenAsync(Cancellation);
        Assert.Equal(
            new SandboxResult(3, "one\n/\n"),
            await session.RunAsync(Shell("echo $WORD; pwd; exit 3", ("WORD", "one")), Cancellation));
        Assert.Equal(
            new SandboxResult(0, "two|\n"),
            await session.RunAsync(Shell("echo \"$OTHER|$WORD\" >&2", ("OTHER", "two")), Cancellation));
        Assert.Equal(new SandboxResult(0, ""), await session.RunAsync(Shell("cat"), Cancellation));
        Assert.Equal(
            ["A=1", "B=2", "PWD=/"],
            (await session.RunAsync(Shell("/bin/env", ("A", "1"), ("B", "2")), Cancellation)).Output
                .TrimEnd().Split('\n').Order(StringComparer.Ordinal));
        Assert.Equal(["one", "/", "two|"], root.Lines.Take(3));
    }

    [Fact]
    public async Task Any_text_is_an_argument_and_a_value_as_it_is()
    {
        using TinyRoot root = new();
        await using ISandboxSession session = await root.Sandbox.OpenAsync(Cancellation);
        string text = "  a 'b' \"c\" $HOME `id` $(id) \\n \\ * ? # ; & | < > ! ~ {x}\ttab\nline\n\nlast \r "
            + string.Concat(Enumerable.Range(0x80, 0x180).Select(code => (char)code));
        SandboxResult result = await session.RunAsync(
            new SandboxCommand
            {
                Arguments = ["/bin/sh", "-c", "printf '%s|' \"$@\" \"$VALUE\"", "-x", text, "", "-n"],
                Environment = new Dictionary<string, string> { ["VALUE"] = text },
            },
            Cancellation);
        Assert.Equal($"{text}||-n|{text}|", result.Output);
    }

    [Fact]
    public async Task Signals_and_missing_programs_are_results_and_the_session_goes_on()
    {
        using TinyRoot root = new();
        root.Write("script", "#!/bin/no-such-shell\n", 0x1ED);
        root.Write("text", "no program\n");
        await using ISandboxSession session = await root.Sandbox.OpenAsync(Cancellation);
        Assert.Equal(128 + 9, (await session.RunAsync(Shell("kill -KILL $$"), Cancellation)).ExitCode);
        Assert.Equal(127, (await session.RunAsync(Program("/bin/none"), Cancellation)).ExitCode);
        Assert.Equal(127, (await session.RunAsync(Program("/script"), Cancellation)).ExitCode);
        Assert.Equal(126, (await session.RunAsync(Program("/text"), Cancellation)).ExitCode);

        // Everything but the first process, so also whatever would tell the command's end from beside it.
        Assert.Equal(128 + 9, (await session.RunAsync(Shell("kill -KILL -1; kill -KILL $$"), Cancellation)).ExitCode);
        Assert.Equal(new SandboxResult(0, "on\n"), await session.RunAsync(Shell("echo on"), Cancellation));
    }

    [Fact]
    public async Task A_root_without_any_program_can_get_them_while_the_session_is_open()
    {
        using TinyRoot root = new();
        string bin = Path.Combine(root.Rootfs.HostPath, "bin");
        string later = Path.Combine(root.Rootfs.HostPath, "later");
        Directory.Move(bin, later);
        Directory.Delete(Path.Combine(root.Rootfs.HostPath, "sys"));
        await using ISandboxSession session = await root.Sandbox.OpenAsync(Cancellation);
        Assert.Equal(127, (await session.RunAsync(Shell("echo ran"), Cancellation)).ExitCode);
        Directory.Move(later, bin);
        root.Write("etc/new", "written between two commands\n");
        Assert.Equal(
            new SandboxResult(0, "written between two commands\n"),
            await session.RunAsync(Shell("cat /etc/new; echo by the command > /etc/new"), Cancellation));
        Assert.Equal("by the command\n", root.ReadText("etc/new"));
    }

    [Fact]
    public async Task Stand_ins_are_there_only_while_a_command_runs()
    {
        using TinyRoot root = new();
        await using ISandboxSession session = await root.Sandbox.OpenAsync(Cancellation);
        Assert.Null(root.ReadText("etc/hosts"));
        const string Look = "cat /etc/hosts; /usr/sbin/policy-rc.d; echo $?; "
            + "if [ -e /usr/sbin/start-stop-daemon ]; then /usr/sbin/start-stop-daemon; echo $?; fi";
        Assert.Equal(
            "127.0.0.1 localhost\n::1 localhost\n101\n", (await session.RunAsync(Shell(Look), Cancellation)).Output);
        Assert.Null(root.ReadText("etc/hosts"));
        Assert.Null(root.ReadText("usr/sbin/policy-rc.d"));

        root.Write("etc/hosts", "of a package\n");
        root.Write("usr/sbin/start-stop-daemon", "#!/bin/sh\nexit 9\n", 0x1ED);
        Assert.Equal("of a package\n101\n0\n", (await session.RunAsync(Shell(Look), Cancellation)).Output);
        Assert.Equal("of a package\n", root.ReadText("etc/hosts"));
        Assert.Equal("#!/bin/sh\nexit 9\n", root.ReadText("usr/sbin/start-stop-daemon"));

        root.Rootfs.Remove(RootPath.Parse("usr/sbin/start-stop-daemon"));
        Assert.Equal("of a package\n101\n", (await session.RunAsync(Shell(Look), Cancellation)).Output);
    }

    [Fact]
    public async Task What_a_command_leaves_running_is_gone_when_it_ends()
    {
        using TinyRoot root = new();
        await using ISandboxSession session = await root.Sandbox.OpenAsync(Cancellation);
        Stopwatch time = Stopwatch.StartNew();
        const string Daemon = "(trap '' HUP TERM INT; while :; do echo daemon; sleep 0.01; done) & sleep 1000 & echo main";
        SandboxResult result = await session.RunAsync(Shell(Daemon), Cancellation);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("main\n", result.Output, StringComparison.Ordinal);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(20));
        Assert.Empty(root.Processes);
        Assert.Equal(new SandboxResult(0, "next\n"), await session.RunAsync(Shell("sleep 0.1; echo next"), Cancellation));
    }

    [Fact]
    public async Task There_is_no_network_and_asking_for_one_is_refused()
    {
        using TinyRoot root = new();
        await using ISandboxSession session = await root.Sandbox.OpenAsync(Cancellation);
        string space = (await session.RunAsync(Shell("readlink /proc/self/ns/net"), Cancellation)).Output;
        Assert.Equal(space, (await session.RunAsync(Shell("readlink /proc/self/ns/net"), Cancellation)).Output);
        Assert.NotEqual(new FileInfo("/proc/self/ns/net").LinkTarget, space.TrimEnd());
        await Assert.ThrowsAsync<ArgumentException>(
            () => session.RunAsync(Shell("echo") with { HasNetwork = true }, Cancellation));
    }

    [Fact]
    public async Task Only_the_last_of_much_output_is_kept_and_none_is_lost_on_the_way()
    {
        using TinyRoot root = new();
        await using ISandboxSession session = await root.Sandbox.OpenAsync(Cancellation);
        SandboxResult result = await session.RunAsync(
            Shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; printf end"), Cancellation);
        Assert.EndsWith("line 19998\nline 19999\nend", result.Output, StringComparison.Ordinal);
        Assert.InRange(result.Output.Length, 60_000, 64 * 1024);
        Assert.Equal(20_001, root.Lines.Count);
        Assert.Equal("end", root.Lines[^1]);
    }

    [Fact]
    public async Task A_command_cannot_end_itself_by_what_it_prints()
    {
        using TinyRoot root = new();
        await using ISandboxSession session = await root.Sandbox.OpenAsync(Cancellation);

        // All that a command can see of the first process.
        const string Fake = "for file in cmdline environ; do cat /proc/1/$file; done; ls -l /proc/1/fd /proc/self/fd; "
            + "echo 0123456789abcdef0123456789abcdef 0; exit 5";
        Assert.Equal(5, (await session.RunAsync(Shell(Fake), Cancellation)).ExitCode);
        Assert.Equal(new SandboxResult(0, "next\n"), await session.RunAsync(Shell("echo next"), Cancellation));
    }

    [Fact]
    public async Task Ending_leaves_no_process_and_no_mount()
    {
        using TinyRoot root = new();
        string[] before = File.ReadAllLines("/proc/self/mountinfo");
        await using (ISandboxSession session = await root.Sandbox.OpenAsync(Cancellation))
        {
            await session.RunAsync(Shell("echo > /dev/shm/file"), Cancellation);
            Assert.NotEmpty(SandboxProcesses(root));
        }

        Assert.Empty(root.Processes);
        Assert.Equal(before, File.ReadAllLines("/proc/self/mountinfo"));
        await WaitForNoProcessAsync(root);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(root.Rootfs.HostPath, "dev")));
    }

    [Fact]
    public async Task Cancelling_a_command_ends_the_session_and_everything_in_it()
    {
        using TinyRoot root = new();
        await using ISandboxSession session = await root.Sandbox.OpenAsync(Cancellation);
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<SandboxResult> running = session.RunAsync(Shell("trap '' TERM; echo started; sleep 1000"), source.Token);
        while (root.Lines.Count == 0)
        {
            await Task.Delay(10, Cancellation);
        }

        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await WaitForNoProcessAsync(root);
        Assert.Null(root.ReadText("usr/sbin/policy-rc.d"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.RunAsync(Shell("echo"), Cancellation));
    }

    [Fact]
    public async Task A_sandbox_that_dies_under_a_command_is_an_error_that_names_the_command()
    {
        using TinyRoot root = new();
        await using ISandboxSession session = await root.Sandbox.OpenAsync(Cancellation);
        Task<SandboxResult> running = session.RunAsync(Shell("echo started; sleep 1000"), Cancellation);
        while (root.Lines.Count == 0)
        {
            await Task.Delay(10, Cancellation);
        }

        // The sandbox before the command: of a command that was killed alone it would still tell the exit code.
        foreach (int process in SandboxProcesses(root).AsEnumerable().Reverse())
        {
            try
            {
                using Process found = Process.GetProcessById(process);
                found.Kill();
            }
            catch (ArgumentException)
            {
                // One that was killed before took it along.
            }
        }

        SandboxException error = await Assert.ThrowsAsync<SandboxException>(() => running);
        Assert.StartsWith($"running /bin/sh in {root.Tree.Location.Path}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_in_an_open_session_costs_milliseconds()
    {
        using TinyRoot root = new();
        await using ISandboxSession session = await root.Sandbox.OpenAsync(Cancellation);
        Stopwatch time = Stopwatch.StartNew();
        for (int count = 0; count < 50; count++)
        {
            await session.RunAsync(Shell(":"), Cancellation);
        }

        // Generous for a busy machine; new namespaces for each would take several times as long on a quiet one.
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(5), $"{time.Elapsed.TotalMilliseconds / 50} ms each");
        TestContext.Current.TestOutputHelper?.WriteLine($"{time.Elapsed.TotalMilliseconds / 50} ms each");
    }

    private static SandboxCommand Shell(string script, params (string Name, string Value)[] environment) => new()
    {
        Arguments = ["/bin/sh", "-c", script],
        Environment = environment.ToDictionary(pair => pair.Name, pair => pair.Value),
    };

    private static SandboxCommand Program(string path) =>
        new() { Arguments = [path], Environment = new Dictionary<string, string>() };

    /// <summary>The shell that only watches this process sees a moment later that there is nothing more to watch.</summary>
    private static async Task WaitForNoProcessAsync(TinyRoot root)
    {
        Stopwatch time = Stopwatch.StartNew();
        while (SandboxProcesses(root).Count > 0 && time.Elapsed < TimeSpan.FromSeconds(2))
        {
            await Task.Delay(10, Cancellation);
        }

        Assert.Empty(SandboxProcesses(root));
    }

    /// <summary>The processes of the host that were started for this root: its path is among their arguments.</summary>
    private static List<int> SandboxProcesses(TinyRoot root)
    {
        List<int> processes = [.. root.Processes];
        foreach (string directory in Directory.GetDirectories("/proc").Where(path => char.IsAsciiDigit(path[^1])))
        {
            try
            {
                string arguments = Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(directory, "cmdline")));
                if (arguments.Split('\0').Contains(root.Tree.Location.Path))
                {
                    processes.Add(int.Parse(
                        Path.GetFileName(directory), System.Globalization.CultureInfo.InvariantCulture));
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It ended while we looked.
            }
        }

        return processes;
    }
}
