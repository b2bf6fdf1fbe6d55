using System.Formats.Tar;
using System.Text.Json;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary><c>copy</c>, with what umoci and skopeo make of the same places.</summary>
public sealed class CopyTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Skopeo_and_this_program_read_what_the_other_wrote_with_the_same_digest()
    {
        string digest = await MakeAsync();
        await CopyAsync("oci:made:one", "oci-archive:b.tar:two", "dir:c", "docker-archive:d.tar:test:1");

        foreach (string place in (string[])["oci:made:one", "oci-archive:b.tar:two", "dir:c"])
        {
            Assert.Equal(digest, await InspectAsync(place));
        }

        foreach (string place in (string[])["oci:e:x", "oci-archive:e.tar:x", "dir:f"])
        {
            await SkopeoAsync("copy", "--quiet", "dir:c", place);
            string back = $"oci:back-{place.Split(':')[0]}:x";
            Assert.Equal(digest, await CopyAsync(place, back));
            Assert.Equal(digest, await InspectAsync(back));
        }
    }

    [Fact]
    public async Task What_skopeo_writes_for_docker_keeps_its_image_id()
    {
        await MakeAsync();
        await SkopeoAsync("copy", "--quiet", "oci:made:one", "docker-archive:old.tar:test:1");
        await CopyAsync("docker-archive:old.tar:test:1", "oci:back:x");
        Assert.Equal(await ConfigAsync("docker-archive:old.tar"), await ConfigAsync("oci:back:x"));
        Assert.Equal(await LayersAsync("oci:made:one"), await LayersAsync("oci:back:x"));
    }

    [Fact]
    public async Task An_index_that_skopeo_copies_is_the_same_index()
    {
        await MakeAsync();
        string index = await IndexAsync();
        Assert.Equal(index, await CopyAsync("dir:index", "oci-archive:a.tar:x"));
        await SkopeoAsync("copy", "--quiet", "--all", "oci-archive:a.tar:x", "dir:b");
        Assert.Equal(index, await CopyAsync("dir:b", "oci:c:x"));
        Assert.Equal(File.ReadAllText(_temp["index/manifest.json"]), await SkopeoAsync("inspect", "--raw", "oci:c:x"));
    }

    /// <summary>An image of umoci's with a layer.</summary>
    private async Task<string> MakeAsync()
    {
        Requirement.Program("umoci").OrSkip();
        Requirement.Program("skopeo").OrSkip();
        _temp.Write("tree/etc/motd", "hello\n");
        await TarFile.CreateFromDirectoryAsync(
            _temp["tree"], _temp["layer.tar"], includeBaseDirectory: false, TestContext.Current.CancellationToken);
        await RunAsync("umoci", "init", "--layout", "made");
        await RunAsync("umoci", "new", "--image", "made:one");
        await RunAsync("umoci", "raw", "add-layer", "--image", "made:one", "layer.tar");
        return await InspectAsync("oci:made:one");
    }

    /// <summary>A directory of skopeo's with an index of that image, under white space that is part of its digest.</summary>
    private async Task<string> IndexAsync()
    {
        await SkopeoAsync("copy", "--quiet", "oci:made:one", "dir:index");
        byte[] manifest = File.ReadAllBytes(_temp["index/manifest.json"]);
        Digest digest = Digest.Of(manifest);
        File.Move(_temp["index/manifest.json"], _temp[$"index/{digest.Hex}.manifest.json"]);
        _temp.Write("index/manifest.json", $$"""
            { "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [ {
              "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "{{digest}}", "size": {{manifest.Length}},
              "platform": { "architecture": "amd64", "os": "linux" } } ] }
            """);
        return Digest.Of(File.ReadAllBytes(_temp["index/manifest.json"])).ToString();
    }

    private async Task<string> CopyAsync(string from, params string[] to) =>
        (await RunAsync(Host.Tool, ["copy", "--quiet", from, .. to])).Trim();

    private async Task<string> InspectAsync(string place) => (await JsonAsync(place)).GetProperty("Digest").GetString()!;

    private async Task<string> LayersAsync(string place) => (await JsonAsync(place, "--config"))
        .GetProperty("rootfs").GetProperty("diff_ids").GetRawText();

    private Task<string> ConfigAsync(string place) => SkopeoAsync("inspect", "--raw", "--config", place);

    private async Task<JsonElement> JsonAsync(string place, params string[] options)
    {
        using JsonDocument document = JsonDocument.Parse(await SkopeoAsync(["inspect", .. options, place]));
        return document.RootElement.Clone();
    }

    private Task<string> SkopeoAsync(params string[] arguments) => RunAsync("skopeo", ["--insecure-policy", .. arguments]);

    private Task<string> RunAsync(string program, params string[] arguments) =>
        Host.RunAsync(program, arguments, workingDirectory: _temp.FullPath);
}
