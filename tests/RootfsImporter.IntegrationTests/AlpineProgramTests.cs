using System.Text.Json;
using RootfsImporter.IntegrationTests.BadInput;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>The program as users start it, on Alpine.</summary>
public sealed class AlpineProgramTests(AlpineMirror mirror, ApkSystem system)
{
    private const string SearchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>What chooses each way to build it.</summary>
    public static TheoryData<string> Variants { get; } = ["", "minirootfs"];

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Docker_runs_the_image_and_skopeo_reads_it(string variant)
    {
        Requirement.Root.OrSkip();
        Requirement.Docker.OrSkip();
        Requirement.Program("skopeo").OrSkip();
        using Workshop workshop = new(system);
        using AlpineOrigin origin = await AlpineOrigin.CreateAsync(mirror, system, workshop.Root);
        string reference = $"rootfs-importer-test:alpine{variant}";
        ToolRun run = await BuildAsync(
            workshop, origin, variant, "--to", $"oci:{workshop.Images}:x", "--to", $"docker-daemon:{reference}");
        string digest = run.Digest();
        try
        {
            // Without a command it is the image's own, which ends with its input.
            Assert.Equal("", await DockerAsync("run", "--rm", "--network", "none", reference));
            await RunsAsync(reference, origin, run);
        }
        finally
        {
            await DockerAsync("image", "rm", "--force", reference);
        }

        string layout = $"oci:{workshop.Images}:x";
        using JsonDocument image = JsonDocument.Parse(await Host.RunAsync("skopeo", ["inspect", layout]));
        Assert.Equal(digest, image.RootElement.GetProperty("Digest").GetString());
        Assert.Equal([SearchPath], Texts(image.RootElement.GetProperty("Env")));
        using JsonDocument config = JsonDocument.Parse(await Host.RunAsync("skopeo", ["inspect", "--config", layout]));
        Assert.Equal(["/bin/sh"], Texts(config.RootElement.GetProperty("config").GetProperty("Cmd")));
        Assert.Equal([], ImageValidator.Validate(workshop.Images));
        workshop.IsTidy();
    }

    /// <summary>The same files, so a larger layer would be the packing's fault.</summary>
    [Fact]
    public async Task The_layer_is_hardly_larger_than_the_official_tarball()
    {
        const double Allowed = 1.02;
        Requirement.Root.OrSkip();
        if (!await mirror.IsReadyAsync())
        {
            return;
        }

        using Workshop workshop = new(system);
        using AlpineOrigin origin = await AlpineOrigin.CreateAsync(mirror, system, workshop.Root);
        ToolRun run = await BuildAsync(workshop, origin, "minirootfs", "--arch", "amd64", "--to", $"oci:{workshop.Images}:x");
        run.Digest();
        using JsonDocument result = JsonDocument.Parse(run.Output);
        long ours = result.RootElement.GetProperty("sizes").GetProperty("compressed").GetInt64();
        long official = new FileInfo(AlpineMirror.MaterialFile("alpine-minirootfs-3.20.3-x86_64.tar.gz")).Length;
        Assert.True(
            ours <= official * Allowed, $"the layer has {ours} bytes, the official tarball {official}: {(double)ours / official:P1}");
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Neither_jobs_nor_places_nor_clock_nor_cache_show_in_the_digest(string variant)
    {
        Requirement.Root.OrSkip();
        Requirement.Program("faketime").OrSkip();
        using Workshop one = new(system);
        using Workshop other = new(system);
        using AlpineOrigin origin = await AlpineOrigin.CreateAsync(mirror, system, one.Root);
        string onDisk = Directory.CreateDirectory(one.Root["disk"]).FullName;
        string expected = (await BuildAsync(one, origin, variant, "--jobs", "1", "--work-dir", onDisk)).Digest();
        ToolRun warm = await BuildAsync(one, origin, variant, "--jobs", "8", "--no-reuse");
        Assert.Equal(expected, warm.Digest());
        using JsonDocument document = JsonDocument.Parse(warm.Output);
        Assert.False(document.RootElement.GetProperty("reused").GetBoolean());
        Assert.Equal(expected, (await LongAgoAsync(other, Arguments(other, origin, variant))).Digest());
        one.IsTidy();
        other.IsTidy();
    }

    /// <summary>Long before any of the packages was built; that the clock is another shows in what counts as ended.</summary>
    private static async Task<ToolRun> LongAgoAsync(Workshop workshop, string[] arguments)
    {
        async Task<ToolRun> RunAsync(params string[] command) => new(await Host.TryRunAsync(
            "faketime", ["2019-01-02 03:04:05", Host.Tool, .. command],
            new Dictionary<string, string>(workshop.Environment())
            {
                ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",

                // The times of files are not the clock.
                ["NO_FAKE_STAT"] = "1",
                ["FAKE_UTIME"] = "0",
            },
            workshop.Root.FullPath));

        using JsonDocument profiles = JsonDocument.Parse((await RunAsync("profiles", "--format", "json")).Output);
        Assert.DoesNotContain(
            profiles.RootElement.EnumerateArray(),
            profile => profile.GetProperty("name").GetString() == "alpine-3.20" && profile.GetProperty("isEnded").GetBoolean());
        return await RunAsync(arguments);
    }

    private static async Task RunsAsync(string reference, AlpineOrigin origin, ToolRun run)
    {
        string[] start = ["run", "--rm", "--network", "none", reference];
        if (!origin.IsReal)
        {
            Assert.Contains(
                "ID=tiny", await DockerAsync([.. start, "/bin/sh", "-c", "cat /etc/os-release"]), StringComparison.Ordinal);
            return;
        }

        string[] lines = (await DockerAsync([.. start, "/bin/sh", "-c", "cat /etc/os-release; apk info"]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("VERSION_ID=3.20.3", lines);
        using JsonDocument result = JsonDocument.Parse(run.Output);
        string[] installed =
        [
            .. result.RootElement.GetProperty("packages").EnumerateArray()
                .Where(package => package.GetProperty("reason").GetString() != "extracted")
                .Select(package => package.GetProperty("name").GetString()!),
        ];
        Assert.Equal(
            installed.Order(StringComparer.Ordinal), lines.Where(line => !line.Contains('=')).Order(StringComparer.Ordinal));
        Assert.StartsWith("apk-tools 2.14.", await DockerAsync([.. start, "apk", "--version"]), StringComparison.Ordinal);
    }

    private static string[] Arguments(Workshop workshop, AlpineOrigin origin, string variant, params string[] options) =>
    [
        "build", origin.Profile, "--cache-dir", workshop.Cache, "--format", "json",
        .. variant.Length == 0 ? (string[])[] : ["--variant", variant], .. options,
    ];

    private static Task<ToolRun> BuildAsync(
        Workshop workshop, AlpineOrigin origin, string variant, params string[] options) =>
        workshop.RunAsync(Arguments(workshop, origin, variant, options));

    private static Task<string> DockerAsync(params string[] arguments) => Host.RunAsync("docker", arguments);

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(text => text.GetString()!)];
}
