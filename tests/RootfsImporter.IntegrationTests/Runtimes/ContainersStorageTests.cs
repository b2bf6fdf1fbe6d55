using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.Runtimes;

/// <summary>podman, buildah and skopeo take images, and give them back, with the digests that they keep.</summary>
public sealed class ContainersStorageTests : IDisposable
{
    private const string Place = "containers-storage:rootfs-importer-test:1";
    private const string Name = "docker.io/library/rootfs-importer-test:1";

    private readonly TempDirectory _directory = new();
    private readonly ContainersHome _home = new();

    public static TheoryData<LayerCompression> Compressions { get; } = [.. Enum.GetValues<LayerCompression>()];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _home.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [MemberData(nameof(Compressions))]
    public async Task Podman_runs_it_and_knows_its_digest(LayerCompression compression)
    {
        Need("podman", "runc");
        Image image = await RunnableImage.CreateAsync(_directory, compression);
        Delivery delivery = await DeliverAsync("podman", ImageSet.Of(image));

        Assert.Equal(image.Descriptor, delivery.Descriptor);
        Assert.Equal([$"image id {image.ConfigDescriptor.Digest}"], delivery.Notes);
        Assert.Equal(["podman run --rm -it rootfs-importer-test:1"], delivery.HowToUse);
        Assert.Equal(
            RunnableImage.Text,
            (await _home.RunAsync("podman", ["run", "--rm", "--network", "none", Name, .. RunnableImage.Command])).Trim());
        Assert.Equal(
            $"{image.Descriptor.Digest} [{image.Layers[0].DiffId}]",
            (await _home.RunAsync(
                "podman", "image", "inspect", "--format", "{{.Digest}} {{.RootFS.Layers}}", Name)).Trim());
    }

    [Fact]
    public async Task Buildah_alone_takes_it_and_builds_on_it()
    {
        Need("buildah", "runc");
        Image image = await RunnableImage.CreateAsync(_directory);
        Delivery delivery = await DeliverAsync("buildah", ImageSet.Of(image));

        Assert.Equal([$"image id {image.ConfigDescriptor.Digest}"], delivery.Notes);
        string container = (await _home.RunAsync("buildah", "from", "--pull-never", Name)).Trim();
        Assert.Equal(
            RunnableImage.Text,
            (await _home.RunAsync(
                "buildah", ["run", "--isolation", "chroot", "--network", "host", container, .. RunnableImage.Command]))
                .Trim());
    }

    [Theory]
    [InlineData("podman")]
    [InlineData("buildah")]
    [InlineData("skopeo")]
    public async Task Each_program_takes_this_hosts_image_under_every_name_and_gives_it_back(string program)
    {
        Need(program, "skopeo");
        ImageSet images = await RunnableImage.CreateIndexAsync(_directory);
        Image image = images.Images.Single(one => one.Platform.Architecture == Architecture.Host.Oci);
        Delivery delivery = await DeliverAsync(program, images, "2", "latest");

        Assert.Equal(image.Descriptor, delivery.Descriptor);
        Assert.Contains(delivery.Notes, note => note.Contains("of 2 platforms, this host's", StringComparison.Ordinal));
        foreach (string tag in (string[])["1", "2", "latest"])
        {
            Assert.Equal(
                image.Descriptor.Digest.ToString(),
                (await _home.RunAsync(
                    "skopeo", "inspect", "--format", "{{.Digest}}",
                    $"containers-storage:docker.io/library/rootfs-importer-test:{tag}")).Trim());
        }

        await using ISource source = TargetParser.ParseSource(Place, Defaults(program));
        Image read = Assert.Single((await source.ReadAsync(Token)).Images);
        Assert.Equal(image.Config, read.Config);
        Assert.Equal(image.Layers[0].DiffId, read.Layers[0].DiffId);
        await using Stream layer = await read.Layers[0].Content.OpenAsync(Token);
        Assert.Equal(
            read.Layers[0].Descriptor.Digest,
            Digest.FromBytes(await System.Security.Cryptography.SHA256.HashDataAsync(layer, Token)));
        Assert.Empty(Directory.GetFiles(_directory["temporary"]));
    }

    [Fact]
    public async Task The_same_image_in_other_compression_is_the_same_image_to_the_store()
    {
        Need("podman");
        await DeliverAsync("podman", ImageSet.Of(await RunnableImage.CreateAsync(_directory)));
        Image image = await RunnableImage.CreateAsync(_directory, LayerCompression.Zstd);
        Delivery delivery = await DeliverAsync("podman", ImageSet.Of(image));
        Assert.Equal($"image id {image.ConfigDescriptor.Digest}", delivery.Notes[0]);
        Assert.Equal(image.ConfigDescriptor.Digest.Hex, (await _home.RunAsync("podman", "images", "-q", "--no-trunc")).Trim()["sha256:".Length..]);
    }

    [Fact]
    public async Task A_store_that_is_named_is_used()
    {
        Need("podman");
        Image image = await RunnableImage.CreateAsync(_directory);
        string store = $"[vfs@{_directory["other/graph"]}+{_directory["other/run"]}]";
        ITarget target = TargetParser.Parse($"containers-storage:{store}test:1", Defaults("podman"));
        await target.CheckAsync(Token);
        await target.DeliverAsync(ImageSet.Of(image), Token);
        Assert.Equal("", (await _home.RunAsync("podman", "images", "--quiet")).Trim());
        Assert.True(Directory.Exists(_directory["other/graph/vfs-images"]));
    }

    [Fact]
    public async Task An_image_that_is_not_there_is_said()
    {
        Need("podman");
        await using ISource source = TargetParser.ParseSource(Place, Defaults("podman"));
        FetchException error = await Assert.ThrowsAsync<FetchException>(() => source.ReadAsync(Token));
        Assert.Contains("podman save ended with exit status 125", error.Message, StringComparison.Ordinal);
        Assert.Contains("image not known", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_directory["temporary"]));
    }

    private static void Need(params string[] programs)
    {
        Requirement.Root.OrSkip();
        Array.ForEach(programs, program => Requirement.Program(program).OrSkip());
    }

    private Task<Delivery> DeliverAsync(string program, ImageSet images, params string[] tags) =>
        TargetParser.Parse(Place, Defaults(program) with { AdditionalTags = tags }).DeliverAsync(images, Token);

    private TargetDefaults Defaults(string program) => new()
    {
        BaseDirectory = _directory.FullPath,
        Tag = "test",
        Reference = Reference.Parse("test:1"),
        TemporaryDirectory = Directory.CreateDirectory(_directory["temporary"]).FullName,
        ProgramEnvironment = new Dictionary<string, string>(_home.Environment) { ["PATH"] = _home.PathTo(program) },
    };
}
