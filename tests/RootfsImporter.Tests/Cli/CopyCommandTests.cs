using System.Text.Json;
using RootfsImporter.Cli;
using RootfsImporter.Oci;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Targets;

namespace RootfsImporter.Tests.Cli;

public sealed class CopyCommandTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Copies_and_prints_where_to()
    {
        Image image = await PutAsync();
        CliRun run = await CliRun.RunAsync(["copy", $"oci:{_temp["a"]}", $"oci-archive:{_temp["b"]}", $"dir:{_temp["c"]}"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"image       {image.Descriptor.Digest}  linux/amd64", run.Output, StringComparison.Ordinal);
        Assert.Contains($"delivered   oci-archive:{_temp["b"]}\n", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(_temp["b"]));
        Assert.Equal(image.Manifest.ToArray(), File.ReadAllBytes(_temp["c/manifest.json"]));
    }

    [Fact]
    public async Task Quietly_prints_the_digest()
    {
        Image image = await PutAsync();
        CliRun run = await CliRun.RunAsync(["copy", "-q", $"oci:{_temp["a"]}", $"dir:{_temp["c"]}"]);
        Assert.Equal(new CliRun(0, $"{image.Descriptor.Digest}\n", ""), run);
    }

    [Fact]
    public async Task Prints_one_document()
    {
        Image image = await PutAsync();
        CliRun run = await CliRun.RunAsync(["copy", "--format", "json", $"oci:{_temp["a"]}", $"dir:{_temp["c"]}"]);

        using JsonDocument document = JsonDocument.Parse(run.Output);
        JsonElement root = document.RootElement;
        Assert.Equal($"oci:{_temp["a"]}", root.GetProperty("source").GetString());
        Assert.Equal(image.Descriptor.Digest.ToString(), root.GetProperty("digest").GetString());
        Assert.Equal(MediaTypes.ImageManifest, root.GetProperty("mediaType").GetString());
        JsonElement only = Assert.Single(root.GetProperty("images").EnumerateArray());
        Assert.Equal("linux/amd64", only.GetProperty("platform").GetString());
        Assert.Equal(image.ConfigDescriptor.Digest.ToString(), only.GetProperty("configDigest").GetString());
        Assert.Equal(image.Layers[0].DiffId.ToString(), only.GetProperty("diffIds")[0].GetString());
        Assert.Equal($"dir:{_temp["c"]}", root.GetProperty("deliveries")[0].GetProperty("target").GetString());
        Assert.Equal(["read", "deliver"], root.GetProperty("stages").EnumerateObject().Select(stage => stage.Name));
    }

    [Fact]
    public async Task Options_reach_the_request()
    {
        CopyRequest? seen = null;
        CliRun run = await CliRun.RunAsync(
            ["copy", "oci:a:noble", "oci:b", "dir:c", "--arch", "arm64", "--arch", "amd64", "--compression", "dir=zstd"],
            CliRun.Fake with
            {
                CopyAsync = (request, _, _) =>
                {
                    seen = request;
                    throw new FetchException("enough");
                },
            });

        Assert.Equal(4, run.ExitCode);
        Assert.Equal("oci:a:noble", seen!.Source.Name);
        Assert.Equal(["oci:b", "dir:c"], seen.Targets.Select(target => target.Target.Name));
        Assert.Equal([null, LayerCompression.Zstd], seen.Targets.Select(target => target.Compression));
        Assert.Equal(["arm64", "amd64"], seen.Architectures.Select(architecture => architecture.Deb));
    }

    [Theory]
    [InlineData("arm64,x86_64", "arm64", "amd64")]
    [InlineData("linux/arm/v7,arm64,arm64", "armhf", "arm64")]
    [InlineData("all")]
    public async Task Architectures_are_named_as_for_build(string text, params string[] expected)
    {
        CopyRequest? seen = null;
        CliRun run = await CliRun.RunAsync(
            ["copy", "oci:a", "oci:b", "--arch", text],
            CliRun.Fake with
            {
                CopyAsync = (request, _, _) =>
                {
                    seen = request;
                    throw new FetchException("enough");
                },
            });

        Assert.Equal(4, run.ExitCode);
        Assert.Equal(expected, seen!.Architectures.Select(architecture => architecture.Deb));
    }

    [Theory]
    [InlineData("'--bogus'", "hint: see `rootfs-importer copy --help`", "copy", "oci:a", "oci:b", "--bogus")]
    [InlineData("'--bogus'", "hint: see `rootfs-importer copy --help`", "copy", "--bogus", "oci:a", "oci:b")]
    [InlineData("'--quite'", "hint: did you mean '--quiet'?", "copy", "oci:a", "--quite", "oci:b")]
    [InlineData("'--quite'", "hint: did you mean '--quiet'?", "copy", "oci:a", "--quite")]
    [InlineData("'-z'", "hint: see `rootfs-importer copy --help`", "copy", "oci:a", "oci:b", "-z")]
    [InlineData("'--bogus'", "hint: see `rootfs-importer build --help`", "build", "--bogus")]
    [InlineData("'--bogus'", "hint: see `rootfs-importer build --help`", "build", "debian-13", "--bogus")]
    public async Task An_unknown_option_is_no_place(string word, string hint, params string[] args)
    {
        CliRun run = await CliRun.RunAsync(args);
        Assert.Equal(new CliRun(2, "", $"error: Unrecognized command or argument {word}\n{hint}\n"), run);
    }

    [Theory]
    [InlineData("Required argument missing", "copy", "oci:a")]
    [InlineData("'pdp11' is not an architecture", "copy", "oci:a", "oci:b", "--arch", "pdp11")]
    [InlineData("'' is not an architecture", "copy", "oci:a", "oci:b", "--arch", "amd64,")]
    [InlineData("images cannot be read from tar", "copy", "tar:a", "oci:b")]
    [InlineData("target 'b' has no known transport", "copy", "oci:a", "b")]
    [InlineData("'lz4' is not a value of --compression", "copy", "oci:a", "oci:b", "--compression", "lz4")]
    [InlineData("given for tar, and no target is one", "copy", "oci:a", "oci:b", "--compression", "tar=none")]
    [InlineData("oci:b:x is given twice", "copy", "oci:a", "oci:b:x", "oci:b:x")]
    [InlineData("oci:b and oci:b:x are the same place", "copy", "oci:a:x", "oci:b", "oci:b:x")]
    public async Task A_wrong_command_line_is_said(string problem, params string[] args)
    {
        CliRun run = await CliRun.RunAsync(args);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(problem, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("oci:images:noble", "docker.io/library/image:noble")]
    [InlineData("oci:images:ubuntu:24.04", "docker.io/library/ubuntu:24.04")]
    [InlineData("oci:images", "docker.io/library/image:latest")]
    [InlineData("oci:images:@2", "docker.io/library/image:latest")]
    [InlineData("oci:a@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "docker.io/library/image:latest")]
    [InlineData("docker-archive:a.tar:team/ubuntu", "docker.io/team/ubuntu:latest")]
    [InlineData("docker-daemon:ubuntu:24.04", "docker.io/library/ubuntu:24.04")]
    [InlineData("docker://127.0.0.1:5000/ubuntu:24.04", "127.0.0.1:5000/ubuntu:24.04")]
    [InlineData("dir:/d:e", "docker.io/library/image:latest")]
    public void A_copy_is_named_as_its_source(string source, string name) =>
        Assert.Equal(name, ImageName.OfSource(source).ToString());

    private async Task<Image> PutAsync()
    {
        Image image = TestImage.Create(_temp, "one");
        await TestImage.Target(_temp, "oci:a").DeliverAsync(ImageSet.Of(image), TestContext.Current.CancellationToken);
        return image;
    }
}
