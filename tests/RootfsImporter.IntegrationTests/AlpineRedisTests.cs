using System.Text.Json;
using RootfsImporter.IntegrationTests.BadInput;
using RootfsImporter.Linux;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>The example <c>alpine-redis</c>: built by the program on Alpine, run in Docker, and talked to.</summary>
public sealed class AlpineRedisTests(AlpineMirror mirror, ApkSystem system)
{
    private const string Reference = "rootfs-importer-test:alpine-redis";
    private const long MaxCompressedBytes = 12_000_000;
    private const string Layer = "application/vnd.oci.image.layer.v1.tar+gzip";

    [Fact]
    public async Task It_serves_as_its_own_user_and_keeps_its_data()
    {
        Requirement.Docker.OrSkip();
        using Workshop workshop = new(system);
        using AlpineRedisOrigin origin = await AlpineRedisOrigin.CreateAsync(mirror, system, workshop.Root);
        ToolRun run = await BuildAsync(workshop, origin.Profile, "--to", $"docker-daemon:{Reference}");
        using JsonDocument result = Result(run);
        string? container = null;
        try
        {
            container = (await DockerAsync("run", "--detach", "--network", "none", Reference)).Trim();
            await ServesAsync(container, origin);
        }
        finally
        {
            if (container is not null)
            {
                await DockerAsync("rm", "--force", "--volumes", container);
            }

            await DockerAsync("image", "rm", "--force", Reference);
        }

        workshop.IsTidy();
    }

    [Fact]
    public async Task It_is_the_image_of_the_release_and_one_small_layer()
    {
        Requirement.Program("skopeo").OrSkip();
        using Workshop workshop = new(system);
        using AlpineRedisOrigin origin = await AlpineRedisOrigin.CreateAsync(mirror, system, workshop.Root);
        using JsonDocument below = Result(await BuildAsync(workshop, origin.Base, "--to", $"oci:{workshop.Images}:base"));
        ToolRun run = await BuildAsync(workshop, origin.Profile, "--to", $"oci:{workshop.Images}:redis");
        using JsonDocument result = Result(run);

        string[] layers = await LayersAsync(workshop, "redis");
        Assert.Equal(2, layers.Length);
        Assert.Equal(await LayersAsync(workshop, "base"), layers[..1]);
        Assert.Equal(Texts(below.RootElement.GetProperty("diffIds")), Texts(result.RootElement.GetProperty("diffIds"))[..1]);
        HasPackages(result, origin);
        await HasSettingsAsync(workshop);
        IsSmall(result, below);
        Assert.Equal([], ImageValidator.Validate(workshop.Images));
        workshop.IsTidy();
    }

    [Fact]
    public async Task Neither_jobs_nor_places_nor_the_time_show_in_the_digest()
    {
        using Workshop one = new(system);
        using Workshop other = new(system);
        using AlpineRedisOrigin origin = await AlpineRedisOrigin.CreateAsync(mirror, system, one.Root);
        string onDisk = Directory.CreateDirectory(other.Root["disk"]).FullName;
        string expected = (await BuildAsync(one, origin.Profile, "--to", $"oci:{one.Images}:x", "--jobs", "1")).Digest();
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken);
        ToolRun again = await BuildAsync(
            other, origin.Profile, "--to", $"oci:{other.Images}:x", "--jobs", "8", "--work-dir", onDisk);
        Assert.Equal(expected, again.Digest());
    }

    private static async Task ServesAsync(string container, AlpineRedisOrigin origin)
    {
        await WaitAsync(container);
        Assert.Equal("PONG\n", await ClientAsync("PING"));
        Assert.Contains(
            $"redis_version:{origin.Redis.Version}\r\n", await ClientAsync("INFO", "server"), StringComparison.Ordinal);
        Assert.Equal("OK\n", await ClientAsync("SET", "colour", "green"));
        Assert.Equal("green\n", await ClientAsync("GET", "colour"));
        Assert.Equal("dir\n/data\n", await ClientAsync("CONFIG", "GET", "dir"));
        Assert.Equal("OK\n", await ClientAsync("SAVE"));

        // Of the shell, of the server, of what it may write and has written, and of what it may only read.
        Assert.Equal("redis\n", await InsideAsync("id", "-un"));
        Assert.Equal("/proc/1 redis\n", await InsideAsync("stat", "-c", "%n %U", "/proc/1"));
        Assert.Equal(
            "/data redis:redis 750\n/etc/redis.conf root:redis 640\n",
            await InsideAsync("stat", "-c", "%n %U:%G %a", "/data", "/etc/redis.conf"));
        Assert.Equal("redis:redis\n", await InsideAsync("stat", "-c", "%U:%G", "/data/dump.rdb"));

        await DockerAsync("restart", container);
        await WaitAsync(container);
        Assert.Equal("green\n", await ClientAsync("GET", "colour"));

        Task<string> ClientAsync(params string[] arguments) => DockerAsync(["exec", container, "redis-cli", .. arguments]);
        Task<string> InsideAsync(params string[] command) => DockerAsync(["exec", container, "/bin/busybox", .. command]);
    }

    /// <summary>Waits until the server answers, for 10 seconds at most; else the end of its log says why.</summary>
    private static async Task WaitAsync(string container)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            ChildResult ping = await Host.TryRunAsync("docker", ["exec", container, "redis-cli", "PING"]);
            if (ping.Output == "PONG\n")
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }

        ChildResult log = await Host.TryRunAsync("docker", ["logs", container]);
        Assert.Fail($"the server does not answer:\n{log.Output}\n{log.ErrorOutput}");
    }

    /// <summary>The settings are the example's; those of the base stay where the example says nothing.</summary>
    private static async Task HasSettingsAsync(Workshop workshop)
    {
        using JsonDocument document = JsonDocument.Parse(
            await Host.RunAsync("skopeo", ["inspect", "--config", $"oci:{workshop.Images}:redis"]));
        JsonElement config = document.RootElement.GetProperty("config");
        Assert.Equal(["redis-server", "/etc/redis.conf"], Texts(config.GetProperty("Entrypoint")));
        Assert.False(config.TryGetProperty("Cmd", out JsonElement left) && left.ValueKind != JsonValueKind.Null, $"{left}");
        Assert.Equal("redis", config.GetProperty("User").GetString());
        Assert.Equal("/data", config.GetProperty("WorkingDir").GetString());
        Assert.Equal(["/data"], config.GetProperty("Volumes").EnumerateObject().Select(volume => volume.Name));
        Assert.Equal(["6379/tcp"], config.GetProperty("ExposedPorts").EnumerateObject().Select(port => port.Name));
        Assert.StartsWith("PATH=", Assert.Single(Texts(config.GetProperty("Env"))), StringComparison.Ordinal);
    }

    private static void HasPackages(JsonDocument result, AlpineRedisOrigin origin)
    {
        string[] packages =
        [
            .. result.RootElement.GetProperty("packages").EnumerateArray().Select(package =>
                $"{package.GetProperty("name").GetString()} {package.GetProperty("version").GetString()}"),
        ];
        string redis = $"redis {origin.Redis.Version}-r0";
        Assert.Equal(origin.IsReal ? [redis] : ["musl 1.0-r0", redis], packages.Order(StringComparer.Ordinal));
        Assert.Empty(result.RootElement.GetProperty("warnings").EnumerateArray());
    }

    private static void IsSmall(JsonDocument result, JsonDocument below)
    {
        (long compressed, long uncompressed) = Sizes(result);
        (long baseCompressed, long baseUncompressed) = Sizes(below);
        TestContext.Current.SendDiagnosticMessage(
            $"alpine-redis: {compressed} bytes compressed, {uncompressed} unpacked; "
                + $"of which the base has {baseCompressed} and {baseUncompressed}");
        Assert.InRange(compressed, baseCompressed + 1, MaxCompressedBytes);
        Assert.True(uncompressed > baseUncompressed);
    }

    private static (long Compressed, long Uncompressed) Sizes(JsonDocument result)
    {
        JsonElement sizes = result.RootElement.GetProperty("sizes");
        return (sizes.GetProperty("compressed").GetInt64(), sizes.GetProperty("uncompressed").GetInt64());
    }

    /// <summary>The digests of an image's layers, as they are in the layout.</summary>
    private static async Task<string[]> LayersAsync(Workshop workshop, string tag)
    {
        using JsonDocument manifest = JsonDocument.Parse(
            await Host.RunAsync("skopeo", ["inspect", "--raw", $"oci:{workshop.Images}:{tag}"]));
        JsonElement[] layers = [.. manifest.RootElement.GetProperty("layers").EnumerateArray()];
        Assert.All(layers, layer => Assert.Equal(Layer, layer.GetProperty("mediaType").GetString()));
        return [.. layers.Select(layer => layer.GetProperty("digest").GetString()!)];
    }

    private static JsonDocument Result(ToolRun run)
    {
        run.Digest();
        return JsonDocument.Parse(run.Output);
    }

    private static Task<ToolRun> BuildAsync(Workshop workshop, string profile, params string[] options) =>
        workshop.RunAsync(["build", profile, "--cache-dir", workshop.Cache, "--format", "json", .. options]);

    private static Task<string> DockerAsync(params string[] arguments) => Host.RunAsync("docker", arguments);

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(text => text.GetString()!)];
}
