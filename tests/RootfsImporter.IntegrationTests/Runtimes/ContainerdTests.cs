using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.Runtimes;

/// <summary>containerd takes images and indexes, keeps their digests, and gives them back.</summary>
public sealed class ContainerdTests(ContainerdDaemon daemon) : IClassFixture<ContainerdDaemon>, IDisposable
{
    private readonly TempDirectory _directory = new();

    public static TheoryData<LayerCompression> Compressions { get; } = [.. Enum.GetValues<LayerCompression>()];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Compressions))]
    public async Task Ctr_runs_it_and_knows_its_digest(LayerCompression compression)
    {
        await daemon.ReadyAsync();
        Image image = await RunnableImage.CreateAsync(_directory, compression);
        string tag = compression.ToString().ToLowerInvariant();
        Delivery delivery = await DeliverAsync($"containerd:run/test:{tag}", ImageSet.Of(image));
        Assert.Equal(image.Descriptor, delivery.Descriptor);
        Assert.EndsWith($"--namespace run run --rm --tty docker.io/library/test:{tag} NAME", delivery.HowToUse[0]);
        Assert.Equal(
            RunnableImage.Text,
            (await daemon.RunAsync(
                ["--namespace", "run", "run", "--rm", $"docker.io/library/test:{tag}", tag, .. RunnableImage.Command]))
                .Trim());
    }

    [Fact]
    public async Task An_index_is_kept_whole_under_every_name_and_comes_back()
    {
        await daemon.ReadyAsync();
        ImageSet images = await RunnableImage.CreateIndexAsync(_directory);
        await DeliverAsync("containerd:index/team/test:1", images, "2", "latest");

        foreach (string tag in (string[])["1", "2", "latest"])
        {
            Assert.Contains(
                images.Root.Digest.ToString(),
                await daemon.RunAsync("--namespace", "index", "image", "ls", $"name==docker.io/team/test:{tag}"),
                StringComparison.Ordinal);
        }

        await using ISource source = TargetParser.ParseSource("containerd:index/team/test:1", Defaults());
        ImageSet read = await source.ReadAsync(Token);
        Assert.Equal(images.Root.Digest, read.Root.Digest);
        Assert.Equal(
            images.Images.Select(image => image.Descriptor.Digest), read.Images.Select(image => image.Descriptor.Digest));
        Assert.Empty(Directory.GetFiles(_directory["temporary"]));
    }

    [Fact]
    public async Task A_delivery_moves_the_name()
    {
        await daemon.ReadyAsync();
        await DeliverAsync("containerd:move/test:1", await RunnableImage.CreateIndexAsync(_directory));
        Image image = await RunnableImage.CreateAsync(_directory);
        await DeliverAsync("containerd:move/test:1", ImageSet.Of(image));
        Assert.Equal(
            image.Descriptor.Digest.ToString(),
            (await daemon.RunAsync("--namespace", "move", "image", "ls")).Split('\n')[1]
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]);
    }

    [Fact]
    public async Task An_image_that_is_not_there_is_said()
    {
        await daemon.ReadyAsync();
        await using ISource source = TargetParser.ParseSource("containerd:none/test:1", Defaults());
        FetchException error = await Assert.ThrowsAsync<FetchException>(() => source.ReadAsync(Token));
        Assert.Contains(
            "the namespace none has no image docker.io/library/test:1", error.Message, StringComparison.Ordinal);
    }

    private async Task<Delivery> DeliverAsync(string place, ImageSet images, params string[] tags)
    {
        ITarget target = TargetParser.Parse(place, Defaults() with { AdditionalTags = tags });
        await target.CheckAsync(Token);
        return await target.DeliverAsync(images, Token);
    }

    private TargetDefaults Defaults() => new()
    {
        BaseDirectory = _directory.FullPath,
        Tag = "test",
        Reference = Reference.Parse("test:1"),
        TemporaryDirectory = Directory.CreateDirectory(_directory["temporary"]).FullName,
        ProgramEnvironment = daemon.Environment,
    };
}
