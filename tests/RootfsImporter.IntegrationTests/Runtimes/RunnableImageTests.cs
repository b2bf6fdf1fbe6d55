using System.Text.Json;
using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.Runtimes;

/// <summary>The image that the other tests here run, in Docker Engine and as skopeo and umoci read its layout.</summary>
public sealed class RunnableImageTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(LayerCompression.Gzip)]
    [InlineData(LayerCompression.None)]
    public async Task Docker_runs_it_and_knows_its_layers(LayerCompression compression)
    {
        Requirement.Docker.OrSkip();
        Image image = await RunnableImage.CreateAsync(_directory, compression);
        const string Name = "rootfs-importer-test-runnable:1";
        TargetDefaults defaults = Defaults() with
        {
            DockerHost = new Uri(Environment.GetEnvironmentVariable("DOCKER_HOST")!),
        };
        await TargetParser.Parse($"docker-daemon:{Name}", defaults).DeliverAsync(ImageSet.Of(image), Token);
        try
        {
            Assert.Equal(
                RunnableImage.Text,
                (await Host.RunAsync(
                    "docker", ["run", "--rm", "--network", "none", Name, .. RunnableImage.Command])).Trim());
            Assert.Contains(
                image.Layers[0].DiffId.ToString(), await Host.RunAsync("docker", ["image", "inspect", Name]),
                StringComparison.Ordinal);
        }
        finally
        {
            await Host.RunAsync("docker", ["image", "rm", "--force", Name]);
        }
    }

    [Fact]
    public async Task Skopeo_and_umoci_read_it()
    {
        Requirement.Root.OrSkip();
        Requirement.Program("skopeo").OrSkip();
        Requirement.Program("umoci").OrSkip();
        Image image = await RunnableImage.CreateAsync(_directory);
        await TargetParser.Parse("oci:images:1", Defaults()).DeliverAsync(ImageSet.Of(image), Token);

        using JsonDocument inspected = JsonDocument.Parse(
            await Host.RunAsync("skopeo", ["inspect", $"oci:{_directory["images"]}:1"]));
        Assert.Equal(image.Descriptor.Digest.ToString(), inspected.RootElement.GetProperty("Digest").GetString());
        await Host.RunAsync("umoci", ["unpack", "--image", $"{_directory["images"]}:1", _directory["bundle"]]);
        Assert.Equal(
            RunnableImage.Text,
            (await Host.RunAsync("chroot", [_directory["bundle/rootfs"], .. RunnableImage.Command])).Trim());
    }

    private TargetDefaults Defaults() => new()
    {
        BaseDirectory = _directory.FullPath,
        Tag = "test",
        Reference = Reference.Parse("test:1"),
    };
}
