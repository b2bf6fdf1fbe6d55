using System.Formats.Tar;
using System.Text;
using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

public sealed class DockerArchiveSourceTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_old_form_keeps_the_image_id_and_its_layers_as_they_are_stored()
    {
        Layer plain = TestLayer.Create(_temp, "a", LayerCompression.None);
        Layer packed = TestLayer.Create(_temp, "b");
        Image image = TestImage.Of([plain, packed, plain]);
        Old(
            image,
            [("1/layer.tar", Bytes(plain)), ("2/layer.tar", Bytes(packed))],
            ["1/layer.tar", "2/layer.tar", "3/layer.tar"],
            new TarBytesEntry("3/layer.tar", '2') { LinkName = "../1/layer.tar" });

        await using ISource source = Source("docker-archive:old.tar");
        ImageSet read = await source.ReadAsync(Token);
        await TestImage.Target(_temp, "oci:out").DeliverAsync(read, Token);

        Image made = Assert.Single(read.Images);
        Assert.Equal(image.Config.ToArray(), made.Config.ToArray());
        Assert.Equal(image.Layers.Select(layer => layer.Descriptor), made.Layers.Select(layer => layer.Descriptor));
        Assert.Equal(image.Layers.Select(layer => layer.UncompressedSize), made.Layers.Select(layer => layer.UncompressedSize));
        ImageValidator.ThrowIfInvalid(_temp["out"]);
    }

    [Fact]
    public async Task Of_several_images_the_one_that_is_named_is_read()
    {
        Image one = TestImage.Create(_temp, "one");
        Image two = TestImage.Create(_temp, "two");
        string manifest = $"[{Listed(one, ["1"], "\"ubuntu:24.04\",\"ubuntu:noble\"")},{Listed(two, ["2"], null)}]";
        Write(manifest, (Name(one), one.Config.ToArray()), (Name(two), two.Config.ToArray()),
            ("1", Bytes(one.Layers[0])), ("2", Bytes(two.Layers[0])));

        foreach (string label in (string[])["@0", "ubuntu:noble", "docker.io/library/ubuntu:24.04"])
        {
            Assert.Equal(one.ConfigDescriptor.Digest, (await ReadAsync($"docker-archive:old.tar:{label}")).Images[0].ConfigDescriptor.Digest);
        }

        Assert.Equal(two.ConfigDescriptor.Digest, (await ReadAsync("docker-archive:old.tar:@1")).Images[0].ConfigDescriptor.Digest);
        FetchException which = await Assert.ThrowsAsync<FetchException>(() => ReadAsync("docker-archive:old.tar"));
        Assert.Contains("it holds 2 images", which.Message, StringComparison.Ordinal);
        Assert.Contains("ubuntu:24.04, ubuntu:noble", which.Hint, StringComparison.Ordinal);
        await Assert.ThrowsAsync<FetchException>(() => ReadAsync("docker-archive:old.tar:ubuntu:22.04"));
    }

    [Fact]
    public async Task An_index_is_kept_when_all_of_it_is_there_and_else_its_image_is()
    {
        Image amd = TestImage.Create(_temp, "amd");
        Image arm = TestImage.Create(_temp, "arm", "arm64");
        ImageSet both = ImageSet.Of([amd, arm]);
        await TestImage.Target(_temp, "oci:l:x").DeliverAsync(both, Token);
        _temp.Write("l/manifest.json", $$"""
            [{"Config":"{{OciLayout.BlobPath(amd.ConfigDescriptor.Digest)}}","RepoTags":["x:1"],
            "Layers":["{{OciLayout.BlobPath(amd.Layers[0].Descriptor.Digest)}}"]}]
            """);
        await PackAsync();
        Assert.Equal(both.Root.Digest, (await ReadAsync("docker-archive:old.tar")).Root.Digest);

        // As an engine saves an index of which it has one platform.
        File.Delete(_temp[$"l/{OciLayout.BlobPath(arm.Layers[0].Descriptor.Digest)}"]);
        await PackAsync();
        Assert.Equal(amd.Descriptor.Digest, (await ReadAsync("docker-archive:old.tar")).Root.Digest);

        Task PackAsync()
        {
            File.Delete(_temp["old.tar"]);
            return TarFile.CreateFromDirectoryAsync(_temp["l"], _temp["old.tar"], includeBaseDirectory: false, Token);
        }
    }

    [Fact]
    public async Task A_layer_that_is_not_the_configs_is_refused()
    {
        Image image = TestImage.Create(_temp, "one");
        Old(image, [("1", Bytes(TestLayer.Create(_temp, "other")))], ["1"]);
        await RefusesAsync($"the layer 1: expected {image.Layers[0].DiffId}, found");
        byte[] cut = Bytes(image.Layers[0])[..^9];
        Old(image, [("1", cut)], ["1"]);
        await RefusesAsync("the layer 1: ");
    }

    [Fact]
    public async Task What_cannot_be_is_refused()
    {
        Image image = TestImage.Create(_temp, "one");
        byte[] layer = Bytes(image.Layers[0]);
        Old(image, [("1", layer)], ["2"]);
        await RefusesAsync("there is no layer 2");
        Old(image, [("1", layer)], ["../../etc/passwd"]);
        await RefusesAsync("there is no layer ../../etc/passwd");
        Old(image, [("1", layer)], ["1", "1"]);
        await RefusesAsync("manifest.json lists 2 layers, and");
        Old(image, [("1", layer)], ["a"], new TarBytesEntry("a", '2') { LinkName = "b" }, new TarBytesEntry("b", '2') { LinkName = "a" });
        await RefusesAsync("a is a link to 'b', which is no file of the archive");
        Old(image, [("1", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00])], ["1"]);
        await RefusesAsync("the layer 1 is compressed with Xz");
        Write($"[{Listed(image, ["1"], null)}]", (Name(image), "{}"u8.ToArray()));
        await RefusesAsync($"expected the config {image.ConfigDescriptor.Digest}, found");
        Write($"[{Listed(image, ["1"], null)}]");
        await RefusesAsync($"there is no {Name(image)}");
        Write("[null]");
        await RefusesAsync("manifest.json: an image is null");
        Write("null");
        await RefusesAsync("manifest.json: null in place of a list");
        Write("{}");
        await RefusesAsync("manifest.json: ");
        Write(new string(' ', OciJson.MaxDocumentBytes + 1));
        await RefusesAsync("manifest.json has 4194305 bytes, more than 4194304");
        _temp.Write("old.tar", new TarBytes().ToArray());
        await RefusesAsync("it has no manifest.json");
    }

    private static byte[] Bytes(Layer layer) => File.ReadAllBytes(TestLayer.File(layer));

    private static string Name(Image image) => $"{image.ConfigDescriptor.Digest.Hex}.json";

    private static string Listed(Image image, string[] layers, string? tags) =>
        $$"""{"Config":"{{Name(image)}}","RepoTags":{{(tags is null ? "null" : $"[{tags}]")}},"Layers":["{{string.Join("\",\"", layers)}}"]}""";

    private void Old(Image image, (string Name, byte[] Content)[] files, string[] layers, params TarBytesEntry[] more) =>
        Write($"[{Listed(image, layers, "\"old:1\"")}]", [(Name(image), image.Config.ToArray()), .. files], more);

    private void Write(string manifest, params (string Name, byte[] Content)[] files) => Write(manifest, files, []);

    private void Write(string manifest, (string Name, byte[] Content)[] files, TarBytesEntry[] more)
    {
        TarBytes tar = new();
        foreach ((string name, byte[] content) in files.Append(("manifest.json", Encoding.UTF8.GetBytes(manifest))))
        {
            tar.Add(new TarBytesEntry(name, '0') { Content = content });
        }

        foreach (TarBytesEntry entry in more)
        {
            tar.Add(entry);
        }

        _temp.Write("old.tar", tar.ToArray());
    }

    private async Task RefusesAsync(string problem)
    {
        VerificationException exception =
            await Assert.ThrowsAsync<VerificationException>(() => ReadAsync("docker-archive:old.tar"));
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    private ISource Source(string text) => TargetParser.ParseSource(text, TestImage.Defaults(_temp));

    private async Task<ImageSet> ReadAsync(string text)
    {
        await using ISource source = Source(text);
        return await source.ReadAsync(Token);
    }
}
