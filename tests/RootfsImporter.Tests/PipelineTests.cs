using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests;

/// <summary>Builds of several architectures, from an archive in a directory to an OCI layout.</summary>
public sealed class PipelineTests : IDisposable
{
    private readonly TempDirectory _archive = new();
    private readonly TempDirectory _directory = new();
    private readonly RecordedEvents _events = new();
    private readonly FakeFamily _family;

    public PipelineTests() => _family = new FakeFamily(_archive);

    public void Dispose()
    {
        _archive.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Several_architectures_are_one_index_whatever_their_order()
    {
        _family.Add("amd64", "base", "1").Add("arm64", "base", "1").Add("arm64", "only-here", "1");

        BuildResult result = await BuildAsync(["arm64", "amd64"], "oci:layout:a");

        ImageIndex index = ImageIndex.Parse(Blob(result.Images.Root.Digest));
        Assert.Equal(["linux/amd64", "linux/arm64/v8"], index.Manifests.Select(manifest => manifest.Platform?.ToString()));
        Assert.All(index.Manifests, manifest => Assert.Equal(manifest.Digest, Digest.Of(Blob(manifest.Digest))));
        Assert.Equal(index.Manifests.Select(m => m.Digest), result.Images.Images.Select(image => image.Descriptor.Digest));
        Assert.Equal(["arm64", "amd64"], result.Results.Select(each => each.Lockfile.Architecture.Deb));
        Assert.Equal([2, 1], result.Results.Select(each => each.Lockfile.Packages.Count));
        Assert.NotEqual(result.Results[0].Image.Layers[0].DiffId, result.Results[1].Image.Layers[0].DiffId);
        Assert.Equal(result.Images.Root.Digest, (await BuildAsync(["amd64", "arm64"], "oci:layout:b")).Images.Root.Digest);
    }

    [Fact]
    public async Task One_architecture_is_an_image_without_an_index()
    {
        _family.Add("amd64", "base", "1");

        BuildResult result = await BuildAsync(["amd64"], "oci:layout:a");

        Assert.Null(result.Images.Index);
        Assert.Equal(Assert.Single(result.Results).Image.Descriptor.Digest, result.Images.Root.Digest);
        Assert.All(result.Stages, stage => Assert.Null(stage.Architecture));
    }

    [Fact]
    public async Task Everything_is_chosen_before_the_first_image_is_made()
    {
        _family.Add("amd64", "base", "1").Add("arm64", "base", "1");

        await BuildAsync(["amd64", "arm64"], "oci:layout:a");

        Assert.Equal(
            [
                "amd64 indexes", "amd64 resolve", "arm64 indexes", "arm64 resolve",
                "amd64 unpack", "amd64 configure", "amd64 seal", "amd64 pack",
                "arm64 unpack", "arm64 configure", "arm64 seal", "arm64 pack", " deliver",
            ],
            _events.All.OfType<BuildEvent.StageStarted>().Select(stage => $"{stage.Architecture} {stage.Stage}"));
    }

    [Fact]
    public async Task Versions_that_disagree_stop_the_build_before_anything_is_fetched_or_delivered()
    {
        _family.Add("amd64", "base", "1").Add("arm64", "base", "2");

        ResolveException error = await Assert.ThrowsAsync<ResolveException>(
            () => BuildAsync(["amd64", "arm64"], "oci:layout:a"));

        Assert.Contains("base: 1 on amd64, 2 on arm64", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _family.Unpacked);
        Assert.False(Directory.Exists(_directory["layout"]));
    }

    [Fact]
    public async Task Versions_may_disagree_when_that_is_asked_for()
    {
        _family.Add("amd64", "base", "1").Add("arm64", "base", "2");

        BuildResult result = await BuildAsync(
            request => request with { MayVersionsDiffer = true }, ["amd64", "arm64"], "oci:layout:a");

        Assert.Equal(2, result.Results.Count);
        Assert.Contains("base: 1 on amd64, 2 on arm64", Assert.Single(_events.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_last_architecture_fails_nothing_is_delivered_anywhere()
    {
        _family.Add("amd64", "base", "1").Add("arm64", "base", "1", isBroken: true);

        await Assert.ThrowsAnyAsync<RootfsImporterException>(
            () => BuildAsync(["amd64", "arm64"], "oci:layout:a", "docker-archive:image.tar"));

        Assert.Equal(1, _family.Unpacked);
        Assert.False(Directory.Exists(_directory["layout"]));
        Assert.False(File.Exists(_directory["image.tar"]));
    }

    [Fact]
    public async Task Only_the_architecture_that_changed_is_made_anew()
    {
        _family.Add("amd64", "base", "1").Add("arm64", "base", "1");
        await BuildAsync(["amd64", "arm64"], "oci:layout:a");
        _family.Add("arm64", "new", "1");

        BuildResult result = await BuildAsync(["amd64", "arm64"], "oci:layout:a");

        Assert.Equal([true, false], result.Results.Select(each => each.IsReused));
        Assert.False(result.IsReused);
        Assert.Equal(3, _family.Resolves);
        Assert.True((await BuildAsync(["amd64", "arm64"], "oci:layout:a")).IsReused);
    }

    [Fact]
    public async Task Each_target_gets_its_compression_and_all_the_same_layers()
    {
        _family.Add("amd64", "base", "1").Add("arm64", "base", "1");
        ImageTarget[] targets =
        [
            new(Target("oci:layout:zstd"), LayerCompression.Zstd),
            new(Target("oci:layout:plain"), LayerCompression.None),
            new(Target("oci:layout:again"), LayerCompression.Zstd),
        ];

        BuildResult result = await BuildAsync(request => request with { Targets = targets }, ["amd64", "arm64"], "oci:x");

        Assert.Equal(result.Images.Root.Digest, result.Deliveries[0].Descriptor.Digest);
        Assert.Equal(result.Images.Root.Digest, result.Deliveries[2].Descriptor.Digest);
        Assert.All(result.Images.Images, image => Assert.Equal(LayerCompression.Zstd, image.Layers[0].Compression));
        ImageIndex plain = ImageIndex.Parse(Blob(result.Deliveries[1].Descriptor.Digest));
        foreach ((Descriptor descriptor, Image image) in plain.Manifests.Zip(result.Images.Images))
        {
            Manifest manifest = Manifest.Parse(Blob(descriptor.Digest));
            Assert.Equal(image.Platform, descriptor.Platform);
            Assert.Equal(image.Layers[0].DiffId, Assert.Single(manifest.Layers).Digest);
            Assert.Equal(Digest.Of(image.Config.Span), manifest.Config.Digest);
        }

        Assert.Single(result.Stages, stage => stage.Stage == "recompress");
    }

    private byte[] Blob(Digest digest) => File.ReadAllBytes(_directory[$"layout/{OciLayout.BlobPath(digest)}"]);

    private ITarget Target(string text) => Targets.TestImage.Target(_directory, text);

    private Task<BuildResult> BuildAsync(string[] architectures, params string[] targets) =>
        BuildAsync(request => request, architectures, targets);

    private Task<BuildResult> BuildAsync(
        Func<BuildRequest, BuildRequest> change, string[] architectures, params string[] targets)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a root of somebody else's files is made, which only root may");
        return Pipeline.BuildAsync(
            change(new BuildRequest
            {
                Profile = FakeFamily.Profile,
                Architectures = [.. architectures.Select(Architecture.Parse)],
                Targets = [.. targets.Select(target => new ImageTarget(Target(target)))],
                Mirrors = new Dictionary<string, IReadOnlyList<Uri>> { ["main"] = [new Uri($"file://{_archive.FullPath}/")] },
                CacheDirectory = _directory["cache"],
                WorkDirectory = _directory["work"],
                MayUseMemory = false,
            }),
            _family, _events, TestContext.Current.CancellationToken);
    }
}
