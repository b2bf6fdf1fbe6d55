using System.Text;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.Registry;
using RootfsImporter.Stages;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>Pushes to the registry that most others are measured by, and reads of it.</summary>
public sealed class RegistryTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public RegistryTests()
    {
        Requirement.Program("docker-registry").OrSkip();
        Requirement.Program("skopeo").OrSkip();
    }

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task What_is_pushed_is_what_others_pull()
    {
        await using RealRegistry registry = await RealRegistry.StartAsync();
        ImageSet images = ImageSet.Of([LargeImage("amd64"), LargeImage("arm64")]);
        Delivery delivery = await PushAsync(registry, images, new RegistryOptions(), "noble");

        Assert.Equal(images.Root, delivery.Descriptor);
        foreach (string tag in (string[])["24.04", "noble"])
        {
            string copy = _temp[$"copy-{tag}"];
            await Host.RunAsync(
                "skopeo",
                ["copy", "-q", "--all", "--src-tls-verify=false", $"docker://{registry.Name}/team/test:{tag}", $"oci:{copy}:x"]);
            AssertCopied(copy, images);
        }

        Delivery again = await PushAsync(registry, images, new RegistryOptions(), "noble");
        Assert.Equal(["also tagged noble", "4 of 4 blobs were there already"], again.Notes);
        ImageSet read = await PullAsync(registry, new RegistryOptions());
        Assert.Equal(images.Root, read.Root);
    }

    [Fact]
    public async Task The_program_sets_all_tags_and_compresses_for_the_registry_alone()
    {
        await using RealRegistry registry = await RealRegistry.StartAsync();
        ImageSet images = ImageSet.Of(LargeImage("amd64"));
        await TargetParser.Parse("oci:from:x", Defaults(new RegistryOptions()))
            .DeliverAsync(images, TestContext.Current.CancellationToken);
        await Host.RunAsync(
            Host.Tool,
            [
                "copy", "oci:from:x", "oci:to:x", $"docker://{registry.Name}/team/test:24.04", "--compression", "docker=zstd",
                "--additional-tag", "noble", "--additional-tag", "latest",
            ],
            new Dictionary<string, string> { ["XDG_CACHE_HOME"] = _temp["cache"] },
            _temp.FullPath);

        string[] manifests = await Task.WhenAll(((string[])["24.04", "noble", "latest"]).Select(tag => Host.RunAsync(
            "skopeo", ["inspect", "--raw", "--tls-verify=false", $"docker://{registry.Name}/team/test:{tag}"])));
        string manifest = Assert.Single(manifests.Distinct());
        Assert.Contains(MediaTypes.OfLayer(LayerCompression.Zstd), manifest, StringComparison.Ordinal);
        AssertCopied(_temp["to"], images);
    }

    [Fact]
    public async Task TLS_with_an_authority_and_a_password()
    {
        using TestCertificate authority = new();
        await using RealRegistry registry = await RealRegistry.StartAsync(authority);
        string auth = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{RealRegistry.User}:{RealRegistry.Password}"));
        RegistryOptions options = new()
        {
            CaFile = _temp.Write("ca.pem", authority.Pem),
            AuthFiles = [_temp.Write("auth.json", $$$$"""{"auths":{"{{{{registry.Name}}}}":{"auth":"{{{{auth}}}}"}}}""")],
        };
        Image image = LargeImage("amd64");
        await PushAsync(registry, ImageSet.Of(image), options);
        Assert.Equal(image.Descriptor.Digest, (await PullAsync(registry, options)).Root.Digest);

        DeliveryException e = await Assert.ThrowsAsync<DeliveryException>(
            () => PushAsync(registry, ImageSet.Of(image), options with { AuthFiles = [] }));
        Assert.Contains("401", e.Message, StringComparison.Ordinal);
        Assert.Contains($"docker login {registry.Name}", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_that_is_killed_in_the_middle_of_an_upload_has_the_right_bytes_in_the_end()
    {
        await using RealRegistry registry = await RealRegistry.StartAsync();
        Image image = LargeImage("amd64");
        int kills = 0;
        Layer layer = image.Layers[0];
        HookedBlob hooked = new(layer.Content, layer.Descriptor.Size / 2, async () =>
        {
            if (Interlocked.Increment(ref kills) == 1)
            {
                await registry.KillAsync();
                await registry.StartAgainAsync();
            }
        });
        await PushAsync(registry, ImageSet.Of(image with { Layers = [layer with { Content = hooked }] }), new RegistryOptions());

        Assert.True(kills > 1, "the upload was not tried again");
        await Host.RunAsync(
            "skopeo",
            ["copy", "-q", "--src-tls-verify=false", $"docker://{registry.Name}/team/test:24.04", $"oci:{_temp["copy"]}:x"]);
        AssertCopied(_temp["copy"], ImageSet.Of(image));
    }

    private static void AssertCopied(string layout, ImageSet images) => Assert.All(
        images.Blobs().Select(blob => blob.Descriptor.Digest),
        digest => Assert.Equal(digest, Digest.Of(File.ReadAllBytes(Path.Combine(layout, OciLayout.BlobPath(digest))))));

    [Fact]
    public async Task An_image_moves_from_one_repository_to_another_by_mounting()
    {
        await using RealRegistry registry = await RealRegistry.StartAsync();
        Image image = LargeImage("amd64");
        await PushAsync(registry, ImageSet.Of(image), new RegistryOptions());
        TargetDefaults defaults = Defaults(new RegistryOptions());
        await using ISource source = TargetParser.ParseSource($"docker://{registry.Name}/team/test:24.04", defaults);
        ImageSet read = await source.ReadAsync(TestContext.Current.CancellationToken);
        await TargetParser.Parse($"docker://{registry.Name}/else/where:1", defaults)
            .DeliverAsync(read, TestContext.Current.CancellationToken);
        await Host.RunAsync("skopeo", ["inspect", "--tls-verify=false", $"docker://{registry.Name}/else/where:1"]);
    }

    private Image LargeImage(string architecture)
    {
        byte[] noise = new byte[8 << 20];
        new Random(architecture[1]).NextBytes(noise);
        Layer layer = TestLayer.FromTar(
            _temp, TestLayer.Tar(("./", null), ("./noise", Convert.ToHexString(noise))));
        return ImageAssembler.Assemble(
            [layer], [new History { CreatedBy = "test" }], new ImageSettings { Cmd = ["/bin/sh"] },
            Platform.Of(Architecture.Parse(architecture)), DateTimeOffset.UnixEpoch);
    }

    private TargetDefaults Defaults(RegistryOptions options, params string[] tags) => new()
    {
        BaseDirectory = _temp.FullPath,
        Tag = "x",
        Reference = Reference.Parse("test:1"),
        AdditionalTags = tags,
        Registry = options,
    };

    private async Task<Delivery> PushAsync(
        RealRegistry registry, ImageSet images, RegistryOptions options, params string[] tags)
    {
        ITarget target = TargetParser.Parse($"docker://{registry.Name}/team/test:24.04", Defaults(options, tags));
        await target.CheckAsync(TestContext.Current.CancellationToken);
        return await target.DeliverAsync(images, TestContext.Current.CancellationToken);
    }

    private async Task<ImageSet> PullAsync(RealRegistry registry, RegistryOptions options)
    {
        await using ISource source = TargetParser.ParseSource(
            $"docker://{registry.Name}/team/test:24.04", Defaults(options));
        return await source.ReadAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A blob at some byte of which something happens, each time that it is read.</summary>
    private sealed record HookedBlob(BlobContent Content, long Position, Func<Task> Hook) : BlobContent
    {
        public override async Task<Stream> OpenAsync(CancellationToken cancellationToken) =>
            new HookedStream(await Content.OpenAsync(cancellationToken), Position, Hook);
    }

    private sealed class HookedStream(Stream source, long position, Func<Task> hook) : Codecs.ReadOnlyStream
    {
        private long _read;

        public override int Read(Span<byte> buffer) => throw new NotSupportedException();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await source.ReadAsync(buffer, cancellationToken);
            if (_read < position && _read + count >= position)
            {
                await hook();
            }

            _read += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            source.Dispose();
            base.Dispose(disposing);
        }
    }
}
