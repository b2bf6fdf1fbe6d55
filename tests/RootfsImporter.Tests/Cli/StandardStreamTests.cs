using System.CommandLine;
using System.Text;
using System.Text.Json;
using RootfsImporter.Cli;

namespace RootfsImporter.Tests.Cli;

public sealed class StandardStreamTests
{
    private static readonly IOException NoSpace = new("No space left on device");

    [Fact]
    public async Task Standard_output_that_cannot_be_written_to_is_a_result_not_delivered()
    {
        using StringWriter error = new();
        using BrokenWriter output = new(NoSpace);

        Assert.Equal(8, await RunAsync(["build", "debian-12"], output, error));

        Assert.Equal(
            "error: the result could not be written to standard output: No space left on device\n"
            + "hint: check where standard output goes\n", error.ToString());
    }

    [Fact]
    public async Task Help_and_documents_of_errors_that_cannot_be_written_are_no_defects_either()
    {
        using StringWriter error = new();
        using BrokenWriter output = new(NoSpace);

        Assert.Equal(8, await RunAsync(["--help"], output, error));
        Assert.Equal(2, await RunAsync(["build", "--format", "json"], output, error));
        Assert.DoesNotContain("defect", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_error_that_cannot_be_written_to_ends_no_build()
    {
        using StringWriter output = new();
        using BrokenWriter error = new(NoSpace);
        Wiring wiring = CliRun.Fake with
        {
            BuildAsync = (request, events, _) =>
            {
                events.Report(new BuildEvent.Warning("careful"));
                return Task.FromResult(CliRun.Result(request));
            },
        };

        Assert.Equal(0, await RunAsync(["build", "debian-12", "--quiet"], output, error, wiring));

        Assert.StartsWith("sha256:", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_keeps_its_exit_code_and_document_when_its_text_cannot_be_printed()
    {
        using StringWriter output = new();
        using BrokenWriter error = new(new TypeInitializationException("System.Console", null));

        Assert.Equal(2, await RunAsync(["build", "no-such-profile", "--format", "json"], output, error));

        Assert.Equal(2, JsonDocument.Parse(output.ToString()).RootElement
            .GetProperty("error").GetProperty("exitCode").GetInt32());
    }

    [Theory]
    [InlineData("--format", "json")]
    [InlineData("--format=json")]
    public async Task An_exception_before_the_command_line_is_read_is_a_document_too(params string[] format)
    {
        using StringWriter output = new();
        using StringWriter error = new();

        // The parser cannot take a null argument.
        int exitCode = await RunAsync(["profiles", .. format], output, error, isUnreadable: true);

        Assert.Equal(1, exitCode);
        Assert.Equal(1, JsonDocument.Parse(output.ToString()).RootElement
            .GetProperty("error").GetProperty("exitCode").GetInt32());
    }

    private static Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, Wiring? wiring = null, bool isUnreadable = false) =>
        Program.RunAsync(
            isUnreadable ? [.. args, null!] : args, new InvocationConfiguration { Output = output, Error = error },
            new CommonOptions(
                new Dictionary<string, string>
                {
                    ["ROOTFS_IMPORTER_PROFILES"] = Path.Combine(Checkout.Root, "distros"),
                },
                false, false),
            wiring ?? CliRun.Fake, TestContext.Current.CancellationToken);

    private sealed class BrokenWriter(Exception exception) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw exception;
    }
}
