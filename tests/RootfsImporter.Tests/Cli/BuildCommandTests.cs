using System.Text.Json;
using RootfsImporter.Cli;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Cli;

public sealed class BuildCommandTests
{
    [Fact]
    public async Task A_plain_build_goes_to_an_OCI_layout_in_images()
    {
        BuildRequest request = await RequestAsync(["ubuntu-24.04"]);

        Assert.Equal("ubuntu-24.04", request.Profile.Name);
        Assert.Equal(["oci:images:ubuntu-24.04"], request.Targets.Select(target => target.Target.Name));
        Assert.Equal([Architecture.Host], request.Architectures);
        Assert.Equal(LayerCompression.Gzip, request.Compression);
        Assert.Equal(Environment.ProcessorCount, request.Jobs);
        Assert.Null(request.SourceDateEpoch);
        Assert.False(request.NoReuse);
        Assert.Empty(request.Mirrors);
    }

    [Fact]
    public async Task Options_reach_the_request()
    {
        BuildRequest request = await RequestAsync(
        [
            "debian-12", "--variant", "slim", "--arch", "arm64", "--to", "tar:a.tar", "-t", "oci:b", "--include", "curl",
            "--include", "hello (>= 2)", "--exclude", "vim", "--compression", "zstd", "--jobs", "3", "--no-reuse",
            "--phased-updates", "exclude-halted", "--source-date-epoch", "17", "--cache-dir", "c", "--work-dir", "/w",
        ]);

        Assert.Equal("slim", request.Profile.Variant);
        Assert.Equal(["arm64"], request.Architectures.Select(architecture => architecture.Deb));
        Assert.Equal(["tar:a.tar", "oci:b"], request.Targets.Select(target => target.Target.Name));
        Assert.Equal(["curl", "hello (>= 2)"], request.Profile.Packages.Include.TakeLast(2));
        Assert.Equal("vim", request.Profile.Packages.Exclude[^1]);
        Assert.Equal(PhasedUpdates.ExcludeHalted, request.Profile.Packages.PhasedUpdates);
        Assert.Equal(LayerCompression.Zstd, request.Compression);
        Assert.Equal(3, request.Jobs);
        Assert.Equal(17, request.SourceDateEpoch);
        Assert.True(request.NoReuse);
        Assert.Equal(Path.GetFullPath("c"), request.CacheDirectory);
        Assert.Equal("/w", request.WorkDirectory);
    }

    [Fact]
    public async Task The_environment_reaches_the_request()
    {
        BuildRequest request = await RequestAsync(["debian-12"], new()
        {
            ["SOURCE_DATE_EPOCH"] = "23",
            ["XDG_CACHE_HOME"] = "/cache",
            ["TMPDIR"] = "/temporary",
        });

        Assert.Equal(23, request.SourceDateEpoch);
        Assert.Equal("/cache/rootfs-importer", request.CacheDirectory);
        Assert.Equal("/temporary", request.WorkDirectory);
    }

    [Fact]
    public async Task Mirrors_of_the_command_line_come_before_those_of_the_environment()
    {
        BuildRequest request = await RequestAsync(
            ["debian-12", "--mirror", "http://one.test/d?a=b", "--mirror", "security=file:///srv/s"],
            new()
            {
                ["ROOTFS_IMPORTER_MIRROR"] = "http://two.test/d http://three.test/d",
                ["ROOTFS_IMPORTER_MIRROR_SECURITY"] = "http://two.test/s",
            });

        Assert.Equal(
            ["http://one.test/d?a=b", "http://two.test/d", "http://three.test/d"],
            request.Mirrors["main"].Select(mirror => mirror.AbsoluteUri));
        Assert.Equal(["file:///srv/s", "http://two.test/s"], request.Mirrors["security"].Select(mirror => mirror.AbsoluteUri));
    }

    [Theory]
    [InlineData("SOURCE_DATE_EPOCH", "yesterday", "the environment variable SOURCE_DATE_EPOCH is 'yesterday'")]
    [InlineData("SOURCE_DATE_EPOCH", "253402300800", "the environment variable SOURCE_DATE_EPOCH is '253402300800'")]
    [InlineData("DOCKER_HOST", "nowhere", "the environment variable DOCKER_HOST is 'nowhere'")]
    [InlineData("ROOTFS_IMPORTER_MIRROR", "ftp://a", "the environment variable ROOTFS_IMPORTER_MIRROR holds 'ftp://a'")]
    public async Task A_wrong_environment_variable_is_named(string name, string value, string message)
    {
        CliRun run = await CliRun.RunAsync(["build", "debian-12"], environment: new() { [name] = value });

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"error: {message}\nhint: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_results_are_as_recorded()
    {
        CliRun run = await CliRun.RunAsync(["build", "ubuntu-24.04", "--arch", "amd64"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Empty(run.Error);
        CliGolden.Equal("build.txt", System.Text.RegularExpressions.Regex.Replace(
            run.Output, @"(?m)^(  time +).*$", "$1TIME"));
    }

    [Theory]
    [InlineData("text", "build-index.txt")]
    [InlineData("json", "build-index.json")]
    public async Task Results_of_several_architectures_are_as_recorded(string format, string golden)
    {
        CliRun run = await CliRun.RunAsync(["build", "ubuntu-24.04", "--arch", "arm64,amd64", "--format", format]);

        Assert.Equal(0, run.ExitCode);
        Assert.Empty(run.Error);
        CliGolden.Equal(golden, System.Text.RegularExpressions.Regex.Replace(
            run.Output, @"(?m)^(  time +).*$", "$1TIME"));
    }

    [Fact]
    public async Task Of_several_architectures_the_digest_is_the_indexs()
    {
        CliRun run = await CliRun.RunAsync(["build", "debian-12", "--quiet", "--arch", "amd64,arm64"]);

        BuildRequest request = await RequestAsync(["debian-12", "--arch", "arm64,amd64"]);
        ImageSet images = CliRun.Result(request).Images;
        Assert.NotNull(images.Index);
        Assert.Equal($"{images.Root.Digest}\n", run.Output);
    }

    [Fact]
    public async Task Lists_of_several_architectures_say_whose_each_line_is()
    {
        using TempDirectory directory = new();

        await CliRun.RunAsync(
        [
            "build", "debian-12", "--arch", "amd64,arm64",
            "--ledger", directory["l.json"], "--package-list", directory["p.txt"],
        ]);

        Assert.Equal(
            "linux/amd64\tg++\t4:13.2+1\tamd64\nlinux/arm64/v8\tg++\t4:13.2+1\tarm64\n", await ReadAsync(directory["p.txt"]));
        JsonElement ledgers = JsonDocument.Parse(await ReadAsync(directory["l.json"])).RootElement;
        Assert.Equal(["linux/amd64", "linux/arm64/v8"], ledgers.EnumerateObject().Select(member => member.Name));
        Assert.Equal(
            "machine-id", ledgers.GetProperty("linux/arm64/v8").GetProperty("entries")[0].GetProperty("rule").GetString());
    }

    [Theory]
    [InlineData("amd64 arm64", "--arch", "amd64,arm64")]
    [InlineData("arm64 amd64", "--arch", "aarch64", "--arch", "x86_64", "--arch", "linux/arm64")]
    [InlineData("armhf armel ppc64el", "--arch", "linux/arm/v7,arm/v6,ppc64le")]
    [InlineData("armhf", "--arch", "arm")]
    [InlineData("amd64 arm64 armhf ppc64el riscv64 s390x", "--arch", "amd64,all")]
    public async Task Architectures_are_named_in_any_spelling(string expected, params string[] args)
    {
        BuildRequest request = await RequestAsync(["ubuntu-24.04", .. args]);

        Assert.Equal(expected, string.Join(' ', request.Architectures));
        Assert.False(request.MayVersionsDiffer);
        Assert.True((await RequestAsync(["ubuntu-24.04", "--allow-version-skew"])).MayVersionsDiffer);
    }

    [Theory]
    [InlineData("Gzip Gzip")]
    [InlineData("Zstd Zstd", "--compression", "zstd")]
    [InlineData("Zstd None", "--compression", "zstd", "--compression", "tar=none")]
    [InlineData("None Zstd", "--compression", "oci=gzip", "--compression", "zstd", "--compression", "oci=none")]
    public async Task Compression_is_said_for_all_targets_or_a_transport(string expected, params string[] args)
    {
        BuildRequest request = await RequestAsync(["debian-12", "--to", "oci:a", "--to", "tar:b", .. args]);

        Assert.Equal(expected, string.Join(' ', request.Targets.Select(target => target.Compression)));
    }

    [Theory]
    [InlineData("'amd46' is not an architecture; expected amd64, ", "--arch", "arm64,amd46")]
    [InlineData("'' is not an architecture; expected amd64, ", "--arch", "arm64,")]
    [InlineData("'lzma' is not a value of --compression; expected gzip, zstd, none, or ", "--compression", "lzma")]
    [InlineData("'tra=zstd' is not a value of --compression; expected gzip, ", "--compression", "tra=zstd")]
    [InlineData("--compression is given for tar, and no target is one\nhint: the targets are oci:images:debian-12\n",
        "--compression", "tar=zstd")]
    public async Task Wrong_architectures_and_compressions_are_refused(string message, params string[] args)
    {
        CliRun run = await CliRun.RunAsync(
            ["build", "debian-12", .. args],
            CliRun.Fake with { BuildAsync = (_, _, _) => throw new InvalidOperationException("it was built") });

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"error: {message}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quiet_prints_the_digest_and_nothing_else()
    {
        CliRun run = await CliRun.RunAsync(["build", "debian-12", "--quiet"], Reporting(
            new BuildEvent.StageFinished("resolve", TimeSpan.FromSeconds(1), ""), new BuildEvent.Warning("careful")));

        Assert.Equal($"{Digest.Of("manifest"u8)}\n", run.Output);
        Assert.Equal("warning: careful\n", run.Error);
    }

    [Fact]
    public async Task Json_results_are_as_recorded()
    {
        CliRun run = await CliRun.RunAsync(
            ["build", "ubuntu-24.04", "--arch", "amd64", "--format", "json"],
            Reporting(new BuildEvent.Warning("careful"), new BuildEvent.Warning("careful")));

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("warning: careful\n", run.Error);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal(1200, document.RootElement.GetProperty("stages").GetProperty("resolve").GetInt64());
        CliGolden.Equal("build.json", run.Output);
    }

    [Fact]
    public async Task Ledger_and_package_list_are_written_to_files()
    {
        using TempDirectory directory = new();

        CliRun run = await CliRun.RunAsync(
            ["build", "debian-12", "--ledger", directory["l.json"], "--package-list", directory["p.txt"]]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("g++\t4:13.2+1\tamd64\n", await ReadAsync(directory["p.txt"]));
        JsonElement entry = JsonDocument.Parse(await ReadAsync(directory["l.json"])).RootElement.GetProperty("entries")[0];
        Assert.Equal("machine-id", entry.GetProperty("rule").GetString());
        Assert.Equal(["l.json", "p.txt"], Directory.GetFiles(directory.FullPath).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_ledger_that_cannot_be_written_is_an_error_of_the_host()
    {
        using TempDirectory directory = new();
        Directory.CreateDirectory(directory["ledger.json"]);

        CliRun run = await CliRun.RunAsync(["build", "debian-12", "--ledger", directory["ledger.json"]]);

        Assert.Equal(9, run.ExitCode);
        Assert.StartsWith(
            $"error: the file {directory["ledger.json"]} cannot be written: it is ", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(directory.FullPath));
    }

    [Fact]
    public async Task A_ledger_that_has_no_directory_is_an_error_before_the_build()
    {
        Wiring wiring = CliRun.Fake with { BuildAsync = (_, _, _) => throw new InvalidOperationException("it was built") };

        CliRun run = await CliRun.RunAsync(["build", "debian-12", "--ledger", "/nonexistent/ledger.json"], wiring);

        Assert.Equal(9, run.ExitCode);
        Assert.StartsWith(
            "error: the file /nonexistent/ledger.json cannot be written: the directory /nonexistent does not exist",
            run.Error, StringComparison.Ordinal);
    }

    private static Task<string> ReadAsync(string path) =>
        File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);

    private static Wiring Reporting(params BuildEvent[] events) => CliRun.Fake with
    {
        BuildAsync = (request, progress, _) =>
        {
            Array.ForEach(events, progress.Report);
            return Task.FromResult(CliRun.Result(request));
        },
    };

    private static async Task<BuildRequest> RequestAsync(string[] args, Dictionary<string, string>? environment = null)
    {
        BuildRequest? seen = null;
        Wiring wiring = CliRun.Fake with
        {
            BuildAsync = (request, _, _) =>
            {
                seen = request;
                return Task.FromResult(CliRun.Result(request));
            },
        };
        CliRun run = await CliRun.RunAsync(["build", .. args], wiring, environment);
        Assert.Equal("", run.Error);
        return seen!;
    }
}
