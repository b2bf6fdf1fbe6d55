using RootfsImporter.Cli;
using RootfsImporter.Profiles;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Cli;

public sealed class BuildOptionsTests
{
    [Theory]
    [InlineData("ubuntu:24.04", "ubuntu-24.04")]
    [InlineData("debian:12-slim", "debian-12-slim")]
    [InlineData("ubuntu-24.04:custom", "ubuntu-24.04", "--include", "curl")]
    [InlineData("debian-12:slim-custom", "debian-12", "--variant", "slim", "--exclude", "vim")]
    public async Task Only_the_distributions_own_content_has_its_name(string expected, params string[] args) =>
        Assert.Equal(expected, await ReferenceAsync(args));

    [Theory]
    [InlineData("alpine:3.20", "3.20", null, false)]
    [InlineData("alpine:3.20-minirootfs", "3.20", "minirootfs", false)]
    [InlineData("alpine:edge", "edge", null, false)]
    [InlineData("alpine-edge:custom", "edge", null, true)]
    public void Alpine_is_named_as_its_own_images_are(string expected, string version, string? variant, bool isChanged)
    {
        Profile ubuntu = ProfileLoader.Load("ubuntu-24.04", null, [Path.Combine(Checkout.Root, "distros")]);
        Profile alpine = ubuntu with
        {
            Name = $"alpine-{version}",
            Distribution = "alpine",
            Version = version,
            Variant = variant,
        };

        Assert.Equal(expected, ImageName.Of(alpine, isShipped: true, isChanged).Familiar);
    }

    [Fact]
    public async Task A_profile_of_ones_own_has_its_own_name()
    {
        using TempDirectory directory = new();
        string parent = Path.Combine(Checkout.Root, "distros/ubuntu-24.04.yaml");
        await File.WriteAllTextAsync(
            directory["My--Company.yaml"], $"extends: {parent}\n", TestContext.Current.CancellationToken);

        Assert.Equal("my-company:latest", await ReferenceAsync(directory["My--Company.yaml"]));
        Assert.Equal("my-company:slim", await ReferenceAsync(directory["My--Company.yaml"], "--variant", "slim"));
    }

    [Theory]
    [InlineData("x:latest", null, false)]
    [InlineData("x:custom", null, true)]
    [InlineData("x:big", "big", false)]
    [InlineData("x:big-custom", "big", true)]
    public void What_stands_on_a_distribution_is_not_named_after_it(string expected, string? variant, bool isChanged)
    {
        Profile ubuntu = ProfileLoader.Load("ubuntu-24.04", null, [Path.Combine(Checkout.Root, "distros")]);
        Profile derived = ubuntu with
        {
            Name = "x",
            Variant = variant,
            Base = new ProfileBase { Name = "ubuntu-24.04", Profile = ubuntu },
        };

        Assert.Equal(expected, ImageName.Of(derived, isShipped: true, isChanged).Familiar);
    }

    [Theory]
    [InlineData("'' is no package term", "--include", "")]
    [InlineData("'a b c' is no package term", "--include", "a b c")]
    [InlineData("'' is no package term", "--exclude", "")]
    [InlineData("'curl=1' cannot be excluded: it is not just a name", "--exclude", "curl=1")]
    [InlineData("'apt' is not a value of --engine; expected native, mmdebstrap, debootstrap", "--engine", "apt")]
    [InlineData("--mirror foo=http://x/: ubuntu-24.04 has no archive 'foo'", "--mirror", "foo=http://x/")]
    public async Task What_cannot_be_is_refused_before_the_build(string message, params string[] args)
    {
        CliRun run = await CliRun.RunAsync(
            ["build", "ubuntu-24.04", "--arch", "amd64", .. args],
            CliRun.Fake with { BuildAsync = (_, _, _) => throw new InvalidOperationException("it was built") });

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"error: {message}", run.Error, StringComparison.Ordinal);
        Assert.Contains("\nhint: ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "", "--include", "redis>7", "--include", "redis@edge", "--include", "cmd:vim", "--exclude", "zlib")]
    [InlineData(2, "error: 'hello (>= 2)' is no package term\nhint: expected a package such as 'redis'",
        "--include", "hello (>= 2)")]
    [InlineData(2, "error: '!vim' is no package term\nhint: '!' keeps a package out: put 'vim' among the excluded",
        "--include", "!vim")]
    [InlineData(2, "error: 'vim>1' cannot be excluded: it is not just a name", "--exclude", "vim>1")]
    public async Task Packages_of_Alpine_are_named_as_apk_does(int exitCode, string error, params string[] args)
    {
        CliRun run = await CliRun.RunAsync(["build", "alpine-3.22", "--arch", "amd64", .. args]);

        Assert.Equal(exitCode, run.ExitCode);
        Assert.StartsWith(error, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_of_the_environment_for_an_unknown_archive_is_a_warning()
    {
        CliRun run = await CliRun.RunAsync(
            ["build", "ubuntu-24.04"], environment: new() { ["ROOTFS_IMPORTER_MIRROR_FOO"] = "http://x/" });

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            "warning: the environment names a mirror of 'foo' (http://x/), an archive that ubuntu-24.04 does not have\n",
            run.Error);
    }

    private static async Task<string> ReferenceAsync(params string[] args)
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
        CliRun run = await CliRun.RunAsync(["build", .. args], wiring);
        Assert.Equal("", run.Error);
        return seen!.Reference.Familiar;
    }
}
