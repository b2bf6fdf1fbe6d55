using System.CommandLine;

namespace RootfsImporter.Tests.Cli;

public sealed class HelpTests
{
    [Theory]
    [InlineData("help.txt")]
    [InlineData("help-build.txt", "build")]
    [InlineData("help-scratch.txt", "scratch")]
    [InlineData("help-import.txt", "import")]
    [InlineData("help-copy.txt", "copy")]
    [InlineData("help-profiles.txt", "profiles")]
    [InlineData("help-profiles-show.txt", "profiles", "show")]
    [InlineData("help-doctor.txt", "doctor")]
    public async Task Help_texts_are_as_recorded(string golden, params string[] command)
    {
        CliRun run = await CliRun.RunAsync([.. command, "--help"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Empty(run.Error);
        CliGolden.Equal(golden, AsTheTool(run.Output));
    }

    [Fact]
    public async Task No_command_shows_help()
    {
        CliRun run = await CliRun.RunAsync([]);

        CliGolden.Equal("help.txt", AsTheTool(run.Output));
    }

    [Fact]
    public async Task Version_is_one_line()
    {
        CliRun run = await CliRun.RunAsync(["--version"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"\Arootfs-importer \d+\.\d+\.\d+\n\z", run.Output);
    }

    /// <summary>
    /// The usage line names the program that runs, and the parser fills lines up with blanks.
    /// </summary>
    private static string AsTheTool(string help) => string.Join(
        '\n',
        help.Replace($"  {RootCommand.ExecutableName} ", "  rootfs-importer ", StringComparison.Ordinal)
            .Split('\n').Select(line => line.TrimEnd()));
}
