using System.Text.Json;
using RootfsImporter.Cli;

namespace RootfsImporter.Tests.Cli;

public sealed class ErrorTests
{
    [Theory]
    [InlineData("buidl", "did you mean 'build'?", "buidl")]
    [InlineData("'--comprssion'", "did you mean '--compression'?", "build", "debian-12", "--comprssion", "zstd")]
    [InlineData("'zst' is not a value of --compression; expected gzip, zstd, none", "see `rootfs-importer build --help`",
        "build", "debian-12", "--compression", "zst")]
    [InlineData("--jobs is a whole number of at least 1, not '0'", "see `rootfs-importer build --help`",
        "build", "debian-12", "--jobs", "0")]
    [InlineData("--jobs is a whole number of at least 1, not 'x'", "see `rootfs-importer build --help`",
        "build", "debian-12", "--jobs", "x")]
    [InlineData("--source-date-epoch is whole seconds since 1970-01-01 UTC, up to 253402300799 (the year 9999), not 'abc'",
        "see `rootfs-importer build --help`", "build", "debian-12", "--source-date-epoch", "abc")]
    [InlineData("--source-date-epoch is whole seconds", "see `rootfs-importer build --help`",
        "build", "debian-12", "--source-date-epoch", "253402300800")]
    [InlineData("--source-date-epoch is whole seconds", "see `rootfs-importer build --help`",
        "build", "debian-12", "--source-date-epoch", "-1")]
    [InlineData("'x8600' is not an architecture", "see `rootfs-importer build --help`", "build", "debian-12", "--arch", "x8600")]
    [InlineData("'ftp://a/b' is not a mirror", "see `rootfs-importer build --help`",
        "build", "debian-12", "--mirror", "ftp://a/b")]
    [InlineData("--quiet and --verbose exclude each other", "see `rootfs-importer build --help`",
        "build", "debian-12", "-q", "-v")]
    [InlineData("'--variant=' has nothing behind the sign of equality", "give a value, or leave the option out",
        "build", "debian-12", "--variant=", "-q")]
    [InlineData("Required argument missing", "see `rootfs-importer profiles show --help`", "profiles", "show")]
    public async Task A_wrong_command_line_is_said_with_a_hint(string message, string hint, params string[] args)
    {
        CliRun run = await CliRun.RunAsync(args);

        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.EndsWith($"\nhint: {hint}\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_misspelt_command_is_not_also_called_missing()
    {
        CliRun run = await CliRun.RunAsync(["buidl"]);

        Assert.Equal("error: Unrecognized command or argument 'buidl'\nhint: did you mean 'build'?\n", run.Error);
    }

    public static TheoryData<int> KnownExitCodes => [2, 3, 4, 5, 6, 7, 8, 9];

    [Theory]
    [MemberData(nameof(KnownExitCodes))]
    public async Task Each_class_of_error_has_its_exit_code(int exitCode)
    {
        CliRun run = await CliRun.RunAsync(["build", "debian-12"], Failing(ErrorOf(exitCode)));

        Assert.Equal(exitCode, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Equal("error: what was done\nhint: what to do\n", run.Error);
    }

    [Fact]
    public async Task An_error_is_a_document_with_format_json()
    {
        CliRun run = await CliRun.RunAsync(["build", "debian-12", "--format", "json"], Failing(ErrorOf(4)));

        JsonElement error = JsonDocument.Parse(run.Output).RootElement.GetProperty("error");
        Assert.Equal("what was done", error.GetProperty("message").GetString());
        Assert.Equal("what to do", error.GetProperty("hint").GetString());
        Assert.Equal(4, error.GetProperty("exitCode").GetInt32());
        Assert.StartsWith("error: what was done", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_command_line_is_a_document_with_format_json()
    {
        CliRun run = await CliRun.RunAsync(["build", "--format", "json"]);

        Assert.Equal(
            2, JsonDocument.Parse(run.Output).RootElement.GetProperty("error").GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task An_unexpected_exception_is_shown_whole()
    {
        CliRun run = await CliRun.RunAsync(
            ["build", "debian-12"], Failing(new InvalidOperationException("nobody thought of it")));

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(
            "error: unexpected InvalidOperationException: nobody thought of it\nhint: this is a defect", run.Error,
            StringComparison.Ordinal);
        Assert.Contains("   at RootfsImporter.Cli.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_is_exit_code_130()
    {
        using CancellationTokenSource cancellation = new();
        Wiring wiring = CliRun.Fake with
        {
            BuildAsync = async (_, _, token) =>
            {
                await cancellation.CancelAsync();
                token.ThrowIfCancellationRequested();
                throw new InvalidOperationException("the build was not cancelled");
            },
        };

        CliRun run = await CliRun.RunAsync(["build", "debian-12"], wiring, cancellationToken: cancellation.Token);

        Assert.Equal(130, run.ExitCode);
        Assert.Equal("error: cancelled\n", run.Error);
    }

    [Fact]
    public async Task Errors_are_coloured_only_when_wanted()
    {
        string[] args = ["build", "debian-12"];
        Dictionary<string, string> terminal = new() { ["TERM"] = "xterm" };
        Dictionary<string, string> noColor = new() { ["TERM"] = "xterm", ["NO_COLOR"] = "1" };

        Assert.Contains("\u001b[1;31merror:", (await RunAsync(args, terminal, true)).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[1;31m", (await RunAsync(args, noColor, true)).Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', (await RunAsync(args, terminal, false)).Error);
        Assert.Contains(
            "\u001b[1;31merror:", (await RunAsync([.. args, "--color", "always"], noColor, false)).Error,
            StringComparison.Ordinal);
        Assert.DoesNotContain(
            "\u001b[1;31m", (await RunAsync([.. args, "--color", "never"], terminal, true)).Error,
            StringComparison.Ordinal);

        static Task<CliRun> RunAsync(string[] args, Dictionary<string, string> environment, bool isTerminal) =>
            CliRun.RunAsync(args, Failing(ErrorOf(3)), environment, isTerminal);
    }

    private static Wiring Failing(Exception exception) =>
        CliRun.Fake with { BuildAsync = (_, _, _) => Task.FromException<BuildResult>(exception) };

    private static RootfsImporterException ErrorOf(int exitCode)
    {
        RootfsImporterException[] all =
        [
            new ProfileException("what was done", "what to do"), new ResolveException("what was done", "what to do"),
            new FetchException("what was done", "what to do"), new VerificationException("what was done", "what to do"),
            new PackageFormatException("what was done", "what to do"),
            new SandboxException("what was done", "what to do"), new DeliveryException("what was done", "what to do"),
            new HostException("what was done", "what to do"),
        ];
        return all[exitCode - 2];
    }
}
