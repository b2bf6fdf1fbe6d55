using System.Text.Json;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>The examples that come with the tool, built from the real archives and run in Docker.</summary>
public sealed class ExampleTests : IDisposable
{
    /// <summary>
    /// What the builder promises, each with the command that proves it. ssh, dig and the interpreters print their version
    /// where they like, so both streams count.
    /// </summary>
    private static readonly string[] BuilderPrograms =
    [
        "gcc --version", "g++ --version", "make --version", "ld --version", "autoconf --version", "automake --version",
        "libtoolize --version", "pkg-config --version", "cmake --version", "bison --version", "flex --version",
        "curl --version", "wget --version", "git --version", "telnet --version", "ssh -V", "openssl version",
        "dig -v", "nslookup -version", "sqlite3 --version", "node --version", "npm --version", "ruby --version",
        "bundle --version", "gem --version", "perl --version", "python3 --version", "pip3 --version", "java --version",
        "javac --version", "convert --version", "identify --version", "mysql --version", "psql --version",
        "pg_dump --version", "redis-cli --version", "zip --version", "unzip -v", "xz --version",
    ];

    /// <summary>Development libraries, by the name that pkg-config knows.</summary>
    private static readonly string[] BuilderLibraries =
        ["openssl", "zlib", "libpq", "hiredis", "sqlite3", "libxml-2.0", "libffi", "MagickWand", "libmongoc-1.0", "mysqlclient"];

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Ubuntu_builder_stands_on_ubuntu_and_every_program_answers()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Docker.OrSkip();
        const string reference = "rootfs-importer-test:builder";
        using JsonDocument @base = await BuildAsync("ubuntu-24.04", "--to", "oci:images:base");
        using JsonDocument builder = await BuildAsync("ubuntu-24.04-builder", "--to", $"docker-daemon:{reference}");

        string[] diffIds = DiffIds(builder);
        Assert.Equal(2, diffIds.Length);
        Assert.Equal(DiffIds(@base)[0], diffIds[0]);
        string script = string.Join('\n', BuilderPrograms.Select(command => $"{command} >/dev/null 2>&1 || echo '{command}'"))
            + '\n' + string.Join('\n', BuilderLibraries.Select(name => $"pkg-config --exists {name} || echo 'library {name}'"))
            + "\npython3 -c 'import pymongo' || echo pymongo\nruby -e 'require \"mongo\"' || echo ruby-mongo"
            + "\ndpkg --audit\ndpkg --verify\n";
        Assert.Equal("", await InDockerAsync(reference, "sh", "-c", script));
        Assert.Equal("hello\n", await InDockerAsync(
            reference, "sh", "-c",
            "printf '#include <stdio.h>\\nint main(void){puts(\"hello\");}' > a.c && gcc a.c && ./a.out"));
        Report("ubuntu-24.04", @base);
        Report("ubuntu-24.04-builder", builder);
        await Host.RunAsync("docker", ["image", "rm", "--force", reference]);
    }

    [Fact]
    public async Task Debian_redis_serves_as_its_own_user()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Docker.OrSkip();
        const string reference = "rootfs-importer-test:debian-redis";
        using JsonDocument @base = await BuildAsync("debian-13-slim", "--to", "oci:images:base");
        using JsonDocument redis = await BuildAsync("debian-redis", "--to", $"docker-daemon:{reference}");

        Assert.Equal(DiffIds(@base)[0], DiffIds(redis)[0]);
        string container = (await Host.RunAsync("docker", ["run", "--detach", "--network", "none", reference])).Trim();
        try
        {
            await Host.RunAsync(
                "docker",
                [
                    "exec", container, "sh", "-c",
                    "for i in $(seq 100); do redis-cli ping >/dev/null 2>&1 && break; sleep 0.1; done; redis-cli ping",
                ]);
            Assert.Equal("OK\n", await Host.RunAsync("docker", ["exec", container, "redis-cli", "set", "a", "1"]));
            Assert.Equal("1\n", await Host.RunAsync("docker", ["exec", container, "redis-cli", "get", "a"]));
            Assert.Equal("redis\n", await Host.RunAsync("docker", ["exec", container, "id", "-un"]));
            await Host.RunAsync("docker", ["exec", container, "touch", "/data/writable"]);
        }
        finally
        {
            await Host.RunAsync("docker", ["rm", "--force", "--volumes", container]);
        }

        Assert.Equal("", await InDockerAsync(reference, "--entrypoint", "dpkg", "--audit"));
        Report("debian-13-slim", @base);
        Report("debian-redis", redis);
        await Host.RunAsync("docker", ["image", "rm", "--force", reference]);
    }

    [Fact]
    public async Task A_parent_and_its_child_share_all_layers_but_one()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Docker.OrSkip();
        const string reference = "rootfs-importer-test:company-web";
        using JsonDocument parent = await BuildAsync("debian-company", "--to", "oci:images:parent");
        using JsonDocument child = await BuildAsync(
            "debian-company-web", "--to", $"docker-daemon:{reference}", "--to", "oci:images:child");

        Assert.Equal(DiffIds(parent), DiffIds(child)[..^1]);
        Assert.Equal(3, DiffIds(child).Length);
        Assert.Equal("", string.Join("\n", ImageValidator.Validate(_directory["images"])));
        Assert.DoesNotContain("zopfli", Packages(child, buildOnly: false));
        string state = await InDockerAsync(
            reference, "--entrypoint", "sh", "-c",
            "id -un; date +%Z; locale -a | grep -c de_DE; ls /srv/www; dpkg -l zopfli 2>/dev/null | grep -c ^ii; nginx -t 2>&1");
        Assert.Contains("www-data\n", state, StringComparison.Ordinal);
        Assert.Contains("index.html.gz", state, StringComparison.Ordinal);
        Assert.Contains("\n0\nnginx: ", state, StringComparison.Ordinal);
        Assert.Contains("test is successful", state, StringComparison.Ordinal);
        await Host.RunAsync("docker", ["image", "rm", "--force", reference]);
    }

    [Fact]
    public async Task The_scratch_example_holds_curl_and_what_it_loads()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Docker.OrSkip();
        const string reference = "rootfs-importer-test:scratch-curl";
        await Host.RunAsync(
            Path.Combine(Host.Distros, "examples", "scratch-curl.sh"),
            ["--cache-dir", Host.Cache, "--to", $"docker-daemon:{reference}"],
            new Dictionary<string, string> { ["ROOTFS_IMPORTER"] = Host.Tool },
            _directory.FullPath);

        Assert.Contains("https", await InDockerAsync(reference, "--version"), StringComparison.Ordinal);
        await Host.RunAsync("docker", ["image", "rm", "--force", reference]);
    }

    private static void Report(string name, JsonDocument result)
    {
        JsonElement sizes = result.RootElement.GetProperty("sizes");
        TestContext.Current.SendDiagnosticMessage(
            $"{name}: {sizes.GetProperty("compressed").GetInt64() / 1e6:f1} / {sizes.GetProperty("uncompressed").GetInt64() / 1e6:f1} MB");
    }

    private static string[] DiffIds(JsonDocument result) =>
        [.. result.RootElement.GetProperty("diffIds").EnumerateArray().Select(id => id.GetString()!)];

    private static IEnumerable<string> Packages(JsonDocument result, bool buildOnly) =>
        result.RootElement.GetProperty("packages").EnumerateArray()
            .Where(package => package.GetProperty("buildOnly").GetBoolean() == buildOnly)
            .Select(package => package.GetProperty("name").GetString()!);

    /// <summary>Runs a command in a container; <c>--entrypoint</c> and its program may come first.</summary>
    private static Task<string> InDockerAsync(string reference, params string[] command)
    {
        string[] options = command[0] == "--entrypoint" ? command[..2] : [];
        return Host.RunAsync(
            "docker", ["run", "--rm", "--network", "none", .. options, reference, .. command[options.Length..]]);
    }

    private async Task<JsonDocument> BuildAsync(string profile, params string[] options) =>
        JsonDocument.Parse(await Host.RunAsync(
            Host.Tool,
            ["build", profile, "--cache-dir", Host.Cache, "--format", "json", .. options],
            workingDirectory: _directory.FullPath));
}
