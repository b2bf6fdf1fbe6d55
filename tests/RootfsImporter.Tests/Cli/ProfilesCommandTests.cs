using System.Globalization;
using System.Text.Json;
using RootfsImporter.Cli;
using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Cli;

public sealed class ProfilesCommandTests
{
    [Theory]
    [InlineData("2026-07-11", "2026-07-11  ")]
    [InlineData("2026-07-12", "2026-07-11 (ended)")]
    public async Task The_list_marks_what_is_past_its_support(string today, string shown)
    {
        CliRun run = await CliRun.RunAsync(["profiles"], On(today));

        Assert.Equal(0, run.ExitCode);
        string[] lines = run.Output.Split('\n');
        string debian = Assert.Single(lines, line => line.StartsWith("debian-12 ", StringComparison.Ordinal));
        Assert.Equal(shown, debian[lines[0].IndexOf("SUPPORT ENDS", StringComparison.Ordinal)..][..shown.Length]);
        Assert.Equal("slim ", debian[lines[0].IndexOf("VARIANTS", StringComparison.Ordinal)..][..5]);
        Assert.Equal("Debian 12 ", debian[lines[0].IndexOf("TITLE", StringComparison.Ordinal)..][..10]);
        Assert.EndsWith(" ppc64el", debian, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_says_what_stands_on_what()
    {
        ProfileBase Slim(Profile under) => new() { Name = "debian-13-slim", Profile = under };
        Wiring wiring = CliRun.Fake with
        {
            ListProfiles = directories =>
            [
                .. ProfileLoader.List(directories).Where(profile => profile.Name == "debian-13").SelectMany(under => new[]
                {
                    under,
                    under with { Name = "a", Variants = [], Base = Slim(under with { Variant = "slim" }) },
                    under with { Name = "b", Variants = [], Base = new ProfileBase { Name = "oci:images:x" } },
                }),
            ],
        };

        CliRun table = await CliRun.RunAsync(["profiles"], wiring);
        CliRun json = await CliRun.RunAsync(["profiles", "--format", "json"], wiring);
        CliRun flat = await CliRun.RunAsync(["profiles"], CliRun.Fake with { ListProfiles = _ => [] });

        Assert.Equal(
            ["PROFILE   BASE           VARIANTS SUP", "debian-13                slim     202",
                "a         debian-13-slim          202", "b         oci:images:x            202", ""],
            table.Output.Split('\n').Select(line => line[..Math.Min(line.Length, 37)]));
        Assert.Equal(
            [null, "debian-13-slim", "oci:images:x"],
            JsonDocument.Parse(json.Output).RootElement.EnumerateArray().Select(profile =>
                profile.TryGetProperty("base", out JsonElement name) ? name.GetString() : null));
        Assert.Equal("\n", flat.Output);
    }

    [Fact]
    public async Task The_list_is_coloured_when_wanted()
    {
        CliRun colored = await CliRun.RunAsync(["profiles", "--color", "always"], On("2026-07-12"));
        CliRun plain = await CliRun.RunAsync(["profiles", "list"], On("2026-07-12"));

        Assert.StartsWith("\u001b[1mPROFILE ", colored.Output, StringComparison.Ordinal);
        Assert.Contains("\n\u001b[2mdebian-12 ", colored.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', plain.Output);
    }

    [Fact]
    public async Task The_list_is_json_too()
    {
        CliRun run = await CliRun.RunAsync(["profiles", "list", "--format", "json"], On("2026-07-12"));

        JsonElement debian = JsonDocument.Parse(run.Output).RootElement.EnumerateArray()
            .Single(profile => profile.GetProperty("name").GetString() == "debian-12");
        Assert.Equal("2026-07-11", debian.GetProperty("endOfLife").GetString());
        Assert.True(debian.GetProperty("isEnded").GetBoolean());
        Assert.Equal("amd64", debian.GetProperty("architectures")[0].GetString());
        Assert.Equal("slim", debian.GetProperty("variants")[0].GetString());
    }

    [Fact]
    public async Task Show_prints_the_merged_profile()
    {
        CliRun yaml = await CliRun.RunAsync(["profiles", "show", "ubuntu-24.04"]);
        CliRun json = await CliRun.RunAsync(["profiles", "show", "ubuntu-24.04", "--format", "json"]);

        Assert.Contains("\nsuite: noble\n", yaml.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("extends", yaml.Output, StringComparison.Ordinal);
        JsonElement profile = JsonDocument.Parse(json.Output).RootElement;
        Assert.Equal("noble", profile.GetProperty("suite").GetString());
        Assert.Equal("include", profile.GetProperty("packages").GetProperty("phasedUpdates").GetString());
    }

    [Fact]
    public async Task An_unknown_profile_is_an_error_with_a_suggestion()
    {
        CliRun run = await CliRun.RunAsync(["profiles", "show", "ubuntu-24.40"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("error: unknown profile 'ubuntu-24.40'\nhint: did you mean 'ubuntu-24.04'?\n", run.Error);
    }

    [Theory]
    [InlineData("the variant's name is empty", "ubuntu-24.04", "--variant", "")]
    [InlineData("/etc is a directory, not a profile file", "/etc")]
    public async Task What_is_no_profile_is_said_as_it_is(string message, params string[] args)
    {
        CliRun show = await CliRun.RunAsync(["profiles", "show", .. args]);
        CliRun build = await CliRun.RunAsync(["build", .. args]);

        Assert.Equal((2, 2), (show.ExitCode, build.ExitCode));
        Assert.StartsWith($"error: {message}\nhint: ", show.Error, StringComparison.Ordinal);
        Assert.Equal(show.Error, build.Error);
    }

    [Fact]
    public async Task A_file_of_that_name_in_the_working_directory_is_suggested()
    {
        // The working directory belongs to every test: a name of its own, and gone at the end.
        string name = $"company-{Path.GetRandomFileName().Replace('.', '-')}";
        try
        {
            await File.WriteAllTextAsync($"{name}.yaml", "", TestContext.Current.CancellationToken);

            CliRun run = await CliRun.RunAsync(["profiles", "show", name]);

            Assert.Equal($"error: unknown profile '{name}'\nhint: did you mean './{name}.yaml'?\n", run.Error);
        }
        finally
        {
            File.Delete($"{name}.yaml");
        }
    }

    private static Wiring On(string day) => CliRun.Fake with { Clock = new FixedClock(day) };

    private sealed class FixedClock(string day) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() =>
            DateTimeOffset.Parse($"{day}T12:00:00Z", CultureInfo.InvariantCulture);
    }
}
