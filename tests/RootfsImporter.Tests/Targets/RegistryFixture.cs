using RootfsImporter.Oci;
using RootfsImporter.Registry;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

/// <summary>A registry, and targets and sources that lead to it; waits cost no time.</summary>
internal sealed class RegistryFixture : IDisposable
{
    public const string Repository = "team/ubuntu";

    public RegistryFixture(FakeRegistryAuth auth = FakeRegistryAuth.None)
    {
        Registry = new FakeRegistry(auth);
        Defaults = TestImage.Defaults(Temp) with { Registry = new RegistryOptions { TimeProvider = Time } };
    }

    public TempDirectory Temp { get; } = new();

    public InstantTime Time { get; } = new();

    public FakeRegistry Registry { get; }

    public TargetDefaults Defaults { get; set; }

    public FakeRegistryStore Store => Registry.Store;

    public string Text => $"docker://{Registry.Name}/{Repository}:1";

    /// <summary>Writes a credential file with the fake's user, and uses it.</summary>
    public string LogIn(string? auth = null)
    {
        auth ??= FakeRegistryGate.BasicHeader["Basic ".Length..];
        return UseAuthFile($$$$"""{"auths":{"{{{{Registry.Name}}}}":{"auth":"{{{{auth}}}}"}}}""");
    }

    public string UseAuthFile(string json)
    {
        string file = Temp.Write("auth.json", json);
        Defaults = Defaults with { Registry = Defaults.Registry with { AuthFiles = [file] } };
        return file;
    }

    /// <summary>An image whose layer is large enough to go in a chunk of its own, and does not compress.</summary>
    public Image LargeImage(int seed = 1)
    {
        byte[] noise = new byte[300 * 1024];
        new Random(seed).NextBytes(noise);
        return TestImage.Of([TestLayer.FromTar(
            Temp, TestLayer.Tar(("./", null), ("./noise", Convert.ToBase64String(noise))), LayerCompression.None)]);
    }

    public Task<Delivery> PushAsync(ImageSet images, string? text = null) =>
        TargetParser.Parse(text ?? Text, Defaults).DeliverAsync(images, TestContext.Current.CancellationToken);

    public Task<Delivery> PushAsync(Image image, string? text = null) => PushAsync(ImageSet.Of(image), text);

    public async Task<ImageSet> PullAsync(string? text = null)
    {
        await using ISource source = TargetParser.ParseSource(text ?? Text, Defaults);
        return await source.ReadAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>That the registry has all of an image, and a tag leads to it.</summary>
    public void AssertHas(Image image, string tag = "1", string repository = Repository)
    {
        Assert.Equal(image.Descriptor.Digest.ToString(), Store.Tag(repository, tag));
        Assert.Equal(image.Manifest.ToArray(), Store.Manifest(repository, image.Descriptor.Digest));
        Assert.Equal(image.Config.ToArray(), Store.Blob(repository, image.ConfigDescriptor.Digest));
        Assert.All(image.Layers, layer => Assert.Equal(
            File.ReadAllBytes(TestLayer.File(layer)), Store.Blob(repository, layer.Descriptor.Digest)));
    }

    /// <summary>What was asked, without digests and sessions: <c>PATCH blobs/uploads/</c>.</summary>
    public IReadOnlyList<string> Asked(string method) =>
        [.. Registry.Requests.Where(request => request.Method == method).Select(request => request.Target)];

    public void Dispose()
    {
        Registry.Dispose();
        Temp.Dispose();
    }
}

/// <summary>A blob that nobody may open.</summary>
internal sealed record UnreadableBlob : BlobContent
{
    public override Task<Stream> OpenAsync(CancellationToken cancellationToken) =>
        throw new InvalidOperationException("it was opened");
}
