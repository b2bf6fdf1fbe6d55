using System.Text.Json;
using RootfsImporter.Cli;
using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Scratch;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Targets;

namespace RootfsImporter.Tests.Cli;

public sealed class ScratchCommandTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private ScratchRequest? _seen;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Options_reach_the_request()
    {
        CliRun run = await RunAsync(
            "./app:/usr/bin/app", "odd:name", "/srv", "--to", $"oci:{_temp["images"]}", "--with", "tmp,passwd", "--with",
            "tmp", "--root", "sysroot", "--env", "A=1", "--user", "nonroot", "--expose", "80", "--source-date-epoch", "5",
            "--compression", "zstd");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal([new ScratchFile("./app", "/usr/bin/app"), new ScratchFile("odd:name"), new ScratchFile("/srv")], _seen!.Files);
        Assert.Equal([ScratchExtra.Tmp, ScratchExtra.Passwd], _seen.With);
        Assert.Equal(Path.GetFullPath("sysroot"), _seen.Root);
        Assert.Equal(["A=1"], _seen.Image.Env);
        Assert.Equal(["80/tcp"], _seen.Image.ExposedPorts);
        Assert.Equal("nonroot", _seen.Image.User);
        Assert.Equal(5, _seen.SourceDateEpoch);
        Assert.Equal(LayerCompression.Zstd, _seen.Compression);
        Assert.Null(_seen.Packages);
    }

    [Theory]
    [InlineData("oci:images:my-app", "/opt/My App")]
    [InlineData("oci:images:app", "./app:/usr/bin/other")]
    [InlineData("oci:images:scratch", "./+")]
    [InlineData("oci:images:tool", "./app", "--tag", "tool")]
    [InlineData("oci:images:tool:1.0", "./app", "--tag", "tool:1.0")]
    public async Task The_image_is_named_after_its_first_file(string expected, params string[] arguments)
    {
        await RunAsync(arguments);

        Assert.Equal(expected, _seen!.Targets[0].Target.Name);
    }

    [Fact]
    public async Task Packages_are_those_of_a_profile_and_need_root()
    {
        bool isRoot = false;
        CliRun run = await RunAsync(
            ["redis-server", "--from", "debian-12", "--arch", "arm64", "--package", "redis-server", "--mirror", "http://m.example/debian"],
            CliRun.Fake with
            {
                BecomeRootAsync = (_, _) =>
                {
                    isRoot = true;
                    return Task.CompletedTask;
                },
            });

        Assert.Equal(0, run.ExitCode);
        Assert.True(isRoot);
        Assert.Equal("debian-12", _seen!.Packages!.Profile.Name);
        Assert.Equal("arm64", _seen.Packages.Architecture.Deb);
        Assert.Equal(["redis-server"], _seen.Packages.Names);
        Assert.Equal("http://m.example/debian", _seen.Packages.Mirrors["main"][0].AbsoluteUri);
    }

    [Theory]
    [InlineData("--package is given without --from", "./app", "--package", "x")]
    [InlineData("--arch is given without --from", "./app", "--arch", "arm64")]
    [InlineData("--root and --from exclude each other", "./app", "--root", "/", "--from", "debian-12")]
    [InlineData("a scratch image is for one architecture", "./app", "--from", "debian-12", "--arch", "amd64,arm64")]
    [InlineData("debian-12 is not built for s390x", "./app", "--from", "debian-12", "--arch", "s390x")]
    [InlineData("'all' is nothing that --with knows; expected ca-certificates, tzdata, passwd, tmp", "./app", "--with", "all")]
    [InlineData("'A:b' is not the name of an image", "./app", "--tag", "A:b")]
    [InlineData("--quiet and --explain exclude each other", "./app", "--quiet", "--explain")]
    [InlineData("a file's name is empty", "")]
    public async Task What_does_not_go_together_is_refused(string message, params string[] arguments)
    {
        CliRun run = await RunAsync(arguments);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Null(_seen);
    }

    [Fact]
    public async Task Explains_every_file_in_a_table()
    {
        CliRun run = await RunAsync("./app", "--explain");

        Assert.StartsWith(
            """
            /app                       12 B  named
            /lib64 -> usr/lib64        link  link on the way to /usr/lib64/libc.so.6
            /usr/lib64/libc.so.6     2.0 MB  needed by /app; needed by /a; and 2 more

            /app  linux/amd64
              image       sha256:
            """,
            run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prints_one_document()
    {
        CliRun run = await RunAsync("./app", "--format", "json", "--explain");

        using JsonDocument document = JsonDocument.Parse(run.Output);
        JsonElement root = document.RootElement;
        Assert.Equal("amd64", root.GetProperty("architecture").GetString());
        Assert.Equal("/app", root.GetProperty("entrypoint")[0].GetString());
        Assert.Equal(7, root.GetProperty("sourceDateEpoch").GetInt64());
        JsonElement link = root.GetProperty("files")[1];
        Assert.Equal("/lib64", link.GetProperty("path").GetString());
        Assert.Equal("symlink", link.GetProperty("kind").GetString());
        Assert.Equal("usr/lib64", link.GetProperty("target").GetString());
        Assert.Equal(4, root.GetProperty("files")[2].GetProperty("why").GetArrayLength());
        Assert.False(root.TryGetProperty("packages", out _));
    }

    [Fact]
    public async Task Files_are_listed_only_when_asked_for_and_quietly_there_is_the_digest()
    {
        using JsonDocument document = JsonDocument.Parse((await RunAsync("./app", "--format", "json")).Output);
        Assert.False(document.RootElement.TryGetProperty("files", out _));

        CliRun quiet = await RunAsync("./app", "-q");
        Assert.Equal(document.RootElement.GetProperty("digest").GetString() + "\n", quiet.Output);
    }

    private Task<CliRun> RunAsync(params string[] arguments) => RunAsync(arguments, CliRun.Fake);

    private Task<CliRun> RunAsync(string[] arguments, Wiring wiring) => CliRun.RunAsync(
        ["scratch", .. arguments],
        wiring with
        {
            MakeScratchAsync = (request, _, _) =>
            {
                _seen = request;
                return Task.FromResult(Result(request));
            },
        });

    private ScratchResult Result(ScratchRequest request)
    {
        ImageSet images = ImageSet.Of(TestImage.Create(_temp, "content"));
        return new ScratchResult
        {
            Images = images,
            Architecture = Architecture.Parse("amd64"),
            Entrypoint = ["/app"],
            Files =
            [
                new ScratchEntry(RootPath.Parse("app"), EntryKind.File, 12, null, ["named"]),
                new ScratchEntry(
                    RootPath.Parse("lib64"), EntryKind.Symlink, 0, "usr/lib64", ["link on the way to /usr/lib64/libc.so.6"]),
                new ScratchEntry(
                    RootPath.Parse("usr/lib64/libc.so.6"), EntryKind.File, 2_000_000, null,
                    ["needed by /app", "needed by /a", "needed by /b", "needed by /c"]),
            ],
            SourceDateEpoch = 7,
            Deliveries = [new RootfsImporter.Targets.Delivery(request.Targets[0].Target.Name, images.Root, [])],
            Stages = [],
        };
    }
}
