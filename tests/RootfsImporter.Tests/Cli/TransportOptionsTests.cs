using RootfsImporter.Cli;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Cli;

public sealed class TransportOptionsTests
{
    [Fact]
    public async Task Options_reach_the_targets()
    {
        using TempDirectory directory = new();
        await File.WriteAllTextAsync(directory["ca.pem"], "", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(directory["auth.json"], "{}", TestContext.Current.CancellationToken);

        TargetDefaults defaults = await DefaultsAsync(
            [
                "--additional-tag", "noble", "--additional-tag", "24.04-20261121", "--additional-tag", "noble",
                "--ca-file", directory["ca.pem"], "--auth-file", directory["auth.json"], "--plain-http", "--overwrite",
                "--work-dir", "/w",
            ],
            new() { ["REGISTRY_AUTH_FILE"] = "/other" });

        Assert.Equal(["noble", "24.04-20261121"], defaults.AdditionalTags);
        Assert.Equal(directory["ca.pem"], defaults.Registry.CaFile);
        Assert.Equal([directory["auth.json"]], defaults.Registry.AuthFiles);
        Assert.True(defaults.Registry.MayUsePlainHttp);
        Assert.True(defaults.Overwrite);
        Assert.Equal("/w", defaults.TemporaryDirectory);
    }

    [Fact]
    public async Task Without_options_nothing_is_relaxed()
    {
        TargetDefaults defaults = await DefaultsAsync([], new() { ["TMPDIR"] = "/t" });

        Assert.Empty(defaults.AdditionalTags);
        Assert.Null(defaults.Registry.CaFile);
        Assert.False(defaults.Registry.MayUsePlainHttp);
        Assert.False(defaults.Overwrite);
        Assert.Equal("/t", defaults.TemporaryDirectory);
    }

    [Fact]
    public async Task Credentials_are_looked_for_where_containers_and_Docker_keep_them()
    {
        Assert.Equal(
            ["/run/user/7/containers/auth.json", "/c/containers/auth.json", "/h/.config/containers/auth.json", "/d/config.json"],
            await AuthFilesAsync(new()
            {
                ["HOME"] = "/h",
                ["XDG_RUNTIME_DIR"] = "/run/user/7",
                ["XDG_CONFIG_HOME"] = "/c",
                ["DOCKER_CONFIG"] = "/d",
            }));
        Assert.Equal(
            ["/run/containers/7/auth.json", "/h/.config/containers/auth.json", "/h/.docker/config.json"],
            await AuthFilesAsync(new() { ["HOME"] = "/h", [Rootless.Marker] = "7" }));
        Assert.Equal(
            ["/a/auth.json"],
            await AuthFilesAsync(new() { ["HOME"] = "/h", ["REGISTRY_AUTH_FILE"] = "/a/auth.json" }));
    }

    [Fact]
    public async Task Programs_get_the_users_environment_and_where_programs_of_root_are()
    {
        TargetDefaults defaults = await DefaultsAsync([], new()
        {
            ["PATH"] = "/p",
            ["HOME"] = "/h",
            ["CONTAINERS_CONF"] = "/c",
            [Rootless.Marker] = "7",
        });

        Assert.Equal("/p:/usr/sbin:/sbin", defaults.ProgramEnvironment["PATH"]);
        Assert.Equal("/h", defaults.ProgramEnvironment["HOME"]);
        Assert.Equal("/c", defaults.ProgramEnvironment["CONTAINERS_CONF"]);
        Assert.DoesNotContain(Rootless.Marker, defaults.ProgramEnvironment.Keys);
        Assert.Equal(defaults.ProgramEnvironment, defaults.Registry.HelperEnvironment);
        Assert.Equal("/p:/usr/sbin:/sbin", defaults.Registry.SearchPath);
    }

    [Theory]
    [InlineData("'a:b' is not a tag", "--additional-tag", "a:b")]
    [InlineData("'-a' is not a tag", "--additional-tag=-a")]
    [InlineData("'' is not a tag", "--additional-tag", "")]
    [InlineData("there is no file '/nonexistent'", "--ca-file", "/nonexistent")]
    [InlineData("'/usr' is a directory, not a file", "--auth-file", "/usr")]
    [InlineData("there is no file ''", "--auth-file", "")]
    public async Task What_cannot_be_is_refused_before_the_build(string message, params string[] args)
    {
        CliRun run = await CliRun.RunAsync(
            ["build", "debian-12", .. args],
            CliRun.Fake with { BuildAsync = (_, _, _) => throw new InvalidOperationException("it was built") });

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"error: {message}", run.Error, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<string>> AuthFilesAsync(Dictionary<string, string> environment) =>
        (await DefaultsAsync([], environment)).Registry.AuthFiles;

    private static async Task<TargetDefaults> DefaultsAsync(string[] args, Dictionary<string, string> environment)
    {
        TargetDefaults? seen = null;
        Wiring wiring = CliRun.Fake with
        {
            ParseTarget = (text, defaults) =>
            {
                seen = defaults;
                return TargetParser.Parse(text, defaults);
            },
        };
        CliRun run = await CliRun.RunAsync(["build", "debian-12", .. args], wiring, environment);
        Assert.Equal("", run.Error);
        return seen!;
    }
}
