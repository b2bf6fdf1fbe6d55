using System.Diagnostics;
using System.Globalization;
using System.Text;
using RootfsImporter.Linux;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Linux;

public sealed class ChildProcessTests
{
    private static readonly Dictionary<string, string> OnlyPath = new() { ["PATH"] = "/usr/bin:/bin" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ChildProcess Shell(string script) =>
        new() { FileName = "sh", Arguments = ["-c", script], Environment = OnlyPath };

    [Fact]
    public async Task Keeps_output_error_output_and_exit_code_apart() =>
        Assert.Equal(
            new ChildResult(3, "out\n", "err\n"), await Shell("echo out; echo err >&2; exit 3").RunAsync(Cancel));

    [Fact]
    public async Task Passes_arguments_as_they_are()
    {
        ChildProcess printf = new()
        {
            FileName = "printf",
            Arguments = ["[%s]", "a b", "$HOME", "'\"\\", ""],
            Environment = OnlyPath,
        };
        Assert.Equal("[a b][$HOME]['\"\\][]", (await printf.RunAsync(Cancel)).Output);
    }

    [Fact]
    public async Task Gives_only_the_environment_that_was_named()
    {
        ChildProcess env = new()
        {
            FileName = "/usr/bin/env",
            Environment = new Dictionary<string, string> { ["ONE"] = "1" },
        };
        Assert.Equal("ONE=1\n", (await env.RunAsync(Cancel)).Output);
    }

    [Fact]
    public async Task Feeds_input_larger_than_a_pipe()
    {
        byte[] input = Encoding.ASCII.GetBytes(new string('x', 300_000));
        ChildResult result = await (Shell("wc -c") with { Input = input }).RunAsync(Cancel);
        Assert.Equal("300000", result.Output.Trim());
    }

    [Fact]
    public async Task Survives_a_program_that_does_not_read_its_input() =>
        Assert.Equal(0, (await (Shell("exit 0") with { Input = new byte[1_000_000] }).RunAsync(Cancel)).ExitCode);

    [Fact]
    public async Task Without_input_the_program_reads_end_of_file() =>
        Assert.Equal("end\n", (await Shell("cat; echo end").RunAsync(Cancel)).Output);

    [Fact]
    public async Task Held_input_ends_with_the_program_and_not_before()
    {
        using TempDirectory directory = new();
        const string Script = "exec 3<&0; (cat; touch ended) <&3 >/dev/null 2>&1 & sleep 0.3; test ! -e ended";
        ChildProcess child = Shell(Script) with
        {
            HoldsInput = true,
            Input = "some"u8.ToArray(),
            WorkingDirectory = directory.FullPath,
        };
        Assert.Equal(0, (await child.RunAsync(Cancel)).ExitCode);
        for (int i = 0; i < 500 && !File.Exists(directory["ended"]); i++)
        {
            await Task.Delay(20, Cancel);
        }

        Assert.True(File.Exists(directory["ended"]));
    }

    [Fact]
    public async Task Keeps_the_end_of_long_output_from_a_line_start()
    {
        ChildResult result = await (Shell("seq 1 100000") with { MaxOutputBytes = 1000 }).RunAsync(Cancel);
        Assert.InRange(result.Output.Length, 900, 1000);
        Assert.EndsWith("\n99999\n100000\n", result.Output, StringComparison.Ordinal);
        Assert.Equal(6, result.Output.IndexOf('\n', StringComparison.Ordinal) + 1);
    }

    [Fact]
    public async Task Reports_lines_of_both_outputs_and_an_unfinished_last_one()
    {
        List<string> lines = [];
        await (Shell("echo a; echo b >&2; printf c") with { OutputLine = lines.Add }).RunAsync(Cancel);
        Assert.Equal(["a", "b", "c"], lines.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_signal_is_128_and_its_number() =>
        Assert.Equal(128 + 9, (await Shell("kill -KILL $$").RunAsync(Cancel)).ExitCode);

    [Fact]
    public async Task Cancelling_kills_the_whole_tree()
    {
        using TempDirectory directory = new();
        using CancellationTokenSource cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        ChildProcess child = Shell("sh -c 'echo $$; sleep 600' & wait") with
        {
            OutputLine = pid =>
            {
                File.WriteAllText(directory["pid"], pid);
                cancellation.Cancel();
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.RunAsync(cancellation.Token));
        int grandchild = int.Parse(File.ReadAllText(directory["pid"]), CultureInfo.InvariantCulture);
        for (int i = 0; i < 100 && IsAlive(grandchild); i++)
        {
            await Task.Delay(20, Cancel);
        }

        Assert.False(IsAlive(grandchild));
    }

    [Fact]
    public async Task Does_not_wait_for_a_daemon_that_holds_the_output()
    {
        long start = Stopwatch.GetTimestamp();
        ChildResult result = await Shell("sleep 20 & echo $!").RunAsync(Cancel);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        using Process daemon = Process.GetProcessById(int.Parse(result.Output, CultureInfo.InvariantCulture));
        daemon.Kill();
    }

    [Fact]
    public async Task A_missing_program_says_where_it_was_looked_for()
    {
        ChildProcess missing = new() { FileName = "no-such-program", Environment = OnlyPath };
        HostException e = await Assert.ThrowsAsync<HostException>(() => missing.RunAsync(Cancel));
        Assert.Equal("the program 'no-such-program' was not found", e.Message);
        Assert.Equal("install it, so that it is in one of /usr/bin:/bin", e.Hint);
    }

    [Fact]
    public async Task A_program_that_cannot_start_says_why()
    {
        using TempDirectory directory = new();
        string path = directory.Write("program", "\u007fELF not really");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        ChildProcess broken = new() { FileName = path, Environment = OnlyPath };
        HostException e = await Assert.ThrowsAsync<HostException>(() => broken.RunAsync(Cancel));
        Assert.StartsWith($"the program '{path}' could not be started: ", e.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Hint);
    }

    private static bool IsAlive(int pid)
    {
        string stat = $"/proc/{pid}/stat";
        try
        {
            // A zombie that its reaper has not collected yet is dead for our purpose.
            return File.Exists(stat) && !File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
