using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

public sealed class DockerDaemonTargetTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Loads_the_image_under_its_name_and_tells_its_id()
    {
        await using FakeDockerEngine engine = new(_temp);
        Image image = TestImage.Of([TestLayer.Create(_temp, "a"), TestLayer.Create(_temp, "b", LayerCompression.None)]);
        ITarget target = Target(engine, "docker-daemon:team/app:1");
        await target.CheckAsync(Token);
        Delivery delivery = await target.DeliverAsync(ImageSet.Of([image]), Token);

        Assert.Equal(["team/app:1"], engine.ImageNames);
        Assert.Equal([$"image id {Digest.Of(image.Config.Span)}"], delivery.Notes);
        Assert.Equal(["docker run --rm -it team/app:1"], delivery.HowToUse);
        Assert.Equal(image.Descriptor, delivery.Descriptor);
        Assert.Equal(
            [
                "GET /version",
                "GET /version",
                "POST /v1.41/images/load?quiet=1",
                "GET /v1.41/images/team/app:1/json",
            ],
            engine.Requests);
    }

    [Fact]
    public async Task Of_several_platforms_the_engine_gets_its_own()
    {
        await using FakeDockerEngine engine = new(_temp) { Arch = "arm64" };
        Image arm = TestImage.Create(_temp, "arm", "arm64");
        Delivery delivery = await Target(engine).DeliverAsync(ImageSet.Of([TestImage.Create(_temp, "amd"), arm]), Token);
        Assert.Equal(arm.Descriptor, delivery.Descriptor);
        Assert.Contains("linux/arm64/v8 of 2 platforms", delivery.Notes[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_when_no_platform_is_the_engines()
    {
        await using FakeDockerEngine engine = new(_temp) { Arch = "s390x" };
        await FailsAsync(
            engine,
            "architecture is s390x, and the images are for linux/amd64, linux/arm64/v8",
            TestImage.Create(_temp, "amd"),
            TestImage.Create(_temp, "arm", "arm64"));
    }

    [Fact]
    public async Task An_error_in_the_stream_is_a_failure()
    {
        await using FakeDockerEngine engine = new(_temp) { LoadError = "no space left on \"device\"" };
        await FailsAsync(engine, "could not load the image: no space left on \"device\"");
    }

    [Fact]
    public async Task A_status_is_a_failure_with_the_engines_words()
    {
        await using FakeDockerEngine engine = new(_temp) { ServerError = "out of luck" };
        await FailsAsync(engine, "refused POST /v1.41/images/load?quiet=1: 500 out of luck");
    }

    [Fact]
    public async Task An_engine_that_hangs_up_is_a_failure()
    {
        await using FakeDockerEngine engine = new(_temp) { HangsUp = true };
        await FailsAsync(engine, "cannot talk to the Docker Engine at unix:///");
    }

    [Fact]
    public async Task An_image_of_other_layers_is_a_failure()
    {
        await using FakeDockerEngine engine = new(_temp) { MixesUpImages = true };
        await FailsAsync(engine, "test:1 has the layers sha256:00, not sha256:");
    }

    [Fact]
    public async Task A_layer_that_is_not_what_it_should_be_is_not_loaded()
    {
        await using FakeDockerEngine engine = new(_temp);
        Layer broken = TestLayer.Create(_temp, "broken", LayerCompression.None);
        File.WriteAllBytes(TestLayer.File(broken), new byte[broken.Descriptor.Size]);
        await FailsAsync(engine, "expected sha256:", TestImage.Of([broken]));
        Assert.Empty(engine.ImageNames);
    }

    [Fact]
    public async Task Zstd_layers_are_refused_before_an_old_engine_chokes_on_them()
    {
        await using FakeDockerEngine engine = new(_temp);
        Layer layer = TestLayer.Create(_temp, "x") with { Compression = LayerCompression.Zstd };
        DeliveryException exception = await FailsAsync(
            engine, "Docker Engine 20.10.24 cannot read layers compressed with zstd", TestImage.Of([layer]));
        Assert.Contains("gzip", exception.Hint, StringComparison.Ordinal);
        Assert.Equal(["GET /version"], engine.Requests);
    }

    [Fact]
    public async Task Check_says_what_to_do_without_an_engine()
    {
        TargetDefaults defaults = TestImage.Defaults(_temp) with { DockerHost = new Uri($"unix://{_temp["none.sock"]}") };
        DeliveryException exception = await Assert.ThrowsAsync<DeliveryException>(
            () => TargetParser.Parse("docker-daemon:a:1", defaults).CheckAsync(Token));
        Assert.Contains($": there is no {_temp["none.sock"]}", exception.Message, StringComparison.Ordinal);
        Assert.Contains("start the Docker Engine", exception.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp://192.0.2.1:2375")]
    [InlineData("ssh://somebody@somewhere")]
    [InlineData("npipe:////./pipe/docker_engine")]
    public async Task Engines_elsewhere_are_refused(string host)
    {
        TargetDefaults defaults = TestImage.Defaults(_temp) with { DockerHost = new Uri(host) };
        DeliveryException exception = await Assert.ThrowsAsync<DeliveryException>(
            () => TargetParser.Parse("docker-daemon:a:1", defaults).CheckAsync(Token));
        Assert.Contains("only unix:///PATH and tcp://127.0.0.1:PORT", exception.Message, StringComparison.Ordinal);
    }

    private ITarget Target(FakeDockerEngine engine, string text = "docker-daemon:test:1") =>
        TargetParser.Parse(text, TestImage.Defaults(_temp) with { DockerHost = engine.Host });

    private async Task<DeliveryException> FailsAsync(FakeDockerEngine engine, string message, params Image[] images)
    {
        DeliveryException exception = await Assert.ThrowsAsync<DeliveryException>(
            () => Target(engine).DeliverAsync(ImageSet.Of(images.Length > 0 ? images : [TestImage.Create(_temp, "one")]), Token));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        return exception;
    }
}
