using System.Text.Json;
using RootfsImporter.Cli;
using RootfsImporter.Cli.Commands;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Cli;

public sealed class ImportCommandTests : IDisposable
{
    private readonly ImporterFixture _fixture = new();
    private readonly Dictionary<string, string> _environment;

    public ImportCommandTests() => _environment = new()
    {
        ["XDG_CACHE_HOME"] = _fixture.Temp["cache"],
        ["TMPDIR"] = _fixture.Temp.FullPath,
    };

    public void Dispose() => _fixture.Dispose();

    private Task<CliRun> RunAsync(byte[]? input, params string[] args) => CliRun.RunAsync(
        ["import", .. args],
        CliRun.Fake with { OpenStandardInput = () => new MemoryStream(input ?? []) },
        _environment);

    private static byte[] Debian => ImporterFixture.Tar(ImporterFixture.Debian());

    [Fact]
    public async Task Standard_input_becomes_a_layout_and_its_digest_is_printed()
    {
        CliRun run = await RunAsync(
            Debian, "-", "--quiet", "--tag", "noble:1", "--to", $"oci:{_fixture.Temp["out"]}:x", "--ledger", _fixture.Temp["ledger"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches(@"\Asha256:[0-9a-f]{64}\n\z", run.Output);
        Assert.Contains("\"devices\"", File.ReadAllText(_fixture.Temp["ledger"]), StringComparison.Ordinal);
        ImageValidator.ThrowIfInvalid(_fixture.Temp["out"]);
    }

    [Fact]
    public async Task The_result_says_what_was_found_kept_and_left_out()
    {
        string path = _fixture.Temp.Write("Tree.tar", Debian);
        CliRun text = await RunAsync(null, path, "--to", $"oci:{_fixture.Temp["out"]}:x");
        CliRun json = await RunAsync(null, path, "--to", $"oci:{_fixture.Temp["out"]}:x", "--format", "json");

        Assert.Contains("Debian GNU/Linux 12 (bookworm), 1 package, described by the profile debian-12", text.Output, StringComparison.Ordinal);
        Assert.Contains("besides root: 1000:1000 (1)", text.Output, StringComparison.Ordinal);
        Assert.Contains("devices and sockets: /dev/null", text.Output, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(json.Output);
        JsonElement root = document.RootElement;
        Assert.Equal("debian-12", root.GetProperty("profile").GetString());
        Assert.Equal("deb", root.GetProperty("family").GetString());
        Assert.Equal("amd64", root.GetProperty("architecture").GetString());
        Assert.Equal("/dev/null", root.GetProperty("dropped")[0].GetString());
        Assert.Equal("1000:1000", root.GetProperty("owners")[0].GetProperty("owner").GetString());
        Assert.Equal(ImporterFixture.Packaged, root.GetProperty("sourceDateEpoch").GetInt64());
    }

    [Theory]
    [InlineData("--max-size is a number", "--max-size", "1X")]
    [InlineData("--max-size is a number", "--max-size", "0")]
    [InlineData("is not an image's name", "--tag", "A B")]
    [InlineData("a root file system is of one architecture", "--arch", "amd64,arm64")]
    [InlineData("'x' is not what --env takes", "--env", "x")]
    [InlineData("are the same place", "--to", "oci:a:x", "--to", "oci:a:x")]
    [InlineData("is standard output", "--ledger", "-")]
    public async Task Wrong_options_are_said_before_anything_is_read(string message, params string[] args)
    {
        CliRun run = await CliRun.RunAsync(
            ["import", "-", .. args],
            CliRun.Fake with { OpenStandardInput = () => throw new InvalidOperationException("it was read") },
            _environment);

        Assert.Equal(2, run.ExitCode);
        if (message.StartsWith("are the same", StringComparison.Ordinal))
        {
            message = "given twice";
        }

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_is_not_waited_for()
    {
        CliRun run = await CliRun.RunAsync(
            ["import", "-"],
            CliRun.Fake with
            {
                IsInputTerminal = () => true,
                OpenStandardInput = () => throw new InvalidOperationException("it was read"),
            },
            _environment);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("standard input is a terminal", run.Error, StringComparison.Ordinal);
        Assert.Contains("hint: send one", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_reach_the_reader()
    {
        CliRun run = await RunAsync(Debian, "-", "--max-size", "1K", "--to", $"oci:{_fixture.Temp["out"]}:x");

        Assert.Equal(6, run.ExitCode);
        Assert.Contains("1024 bytes that are allowed", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothere", "there is no file or directory 'nothere'")]
    [InlineData("./no:such", "there is no file or directory './no:such'")]
    [InlineData("ocy:x", "source 'ocy:x' has no known transport")]
    [InlineData("tar:x", "images cannot be read from tar")]
    public async Task Sources_that_are_none_are_said(string source, string message)
    {
        CliRun run = await RunAsync(null, source);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/x/Alpine-minirootfs_3.20.tar.gz", null, "alpine-minirootfs_3.20", "alpine-minirootfs_3.20:latest")]
    [InlineData("/x/noble/", null, "noble", "noble:latest")]
    [InlineData("-", null, "imported", "imported:latest")]
    [InlineData("/x/---.tar", null, "imported", "imported:latest")]
    [InlineData("/x/a  b+c.tar.xz", null, "a-b-c", "a-b-c:latest")]
    [InlineData("docker://registry.example/team/app:2", null, "2", "registry.example/team/app:2")]
    [InlineData("-", "noble", "noble", "noble:latest")]
    [InlineData("-", "team/noble:1", "team/noble:1", "team/noble:1")]
    public void Names_come_from_the_option_or_the_file(string source, string? given, string tag, string reference)
    {
        (string actualTag, RootfsImporter.Oci.Reference actual) = ImportOptions.Names(source, given);

        Assert.Equal((tag, reference), (actualTag, actual.Familiar));
    }

    [Fact]
    public async Task A_tar_needs_no_user_namespace_and_neither_does_a_directory_of_roots()
    {
        Wiring wiring = CliRun.Fake with
        {
            BecomeRootAsync = (_, _) => throw new InvalidOperationException("it became root"),
            OpenStandardInput = () => new MemoryStream(Debian),
        };
        CliRun run = await CliRun.RunAsync(
            ["import", "-", "-q", "--to", $"oci:{_fixture.Temp["out"]}:x"], wiring, _environment);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData(100_000u, true)]
    [InlineData(165_535u, true)]
    [InlineData(165_536u, false)]
    [InlineData(99_999u, false)]
    [InlineData(0u, false)]
    [InlineData(300_001u, true)]
    public void Subordinate_ids_are_those_of_the_name_or_the_number(uint id, bool expected) => Assert.Equal(
        expected,
        Rootless.IsSubordinate(
            id, 1000, "alice", ["bob:0:100000", "alice:100000:65536", "", "x", "1000:300000:2", "alice:nan:1"]));
}
