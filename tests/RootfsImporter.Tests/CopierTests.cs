using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Targets;

namespace RootfsImporter.Tests;

public sealed class CopierTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("amd64")]
    [InlineData("amd64", "arm64", "s390x")]
    public async Task From_place_to_place_every_byte_stays(params string[] architectures)
    {
        ImageSet images = ImageSet.Of([.. architectures.Select(one => TestImage.Create(_temp, one, one))]);
        await TestImage.Target(_temp, "oci:a:one").DeliverAsync(images, Token);

        await CopyAsync("oci:a", "oci-archive:b.tar:two");
        await CopyAsync("oci-archive:b.tar:two", "dir:c");
        CopyResult last = await CopyAsync("dir:c", "oci:d:one");

        Assert.Equal(images.Root.Digest, last.Images.Root.Digest);
        Assert.Equal(images.Root.Digest, Assert.Single(last.Deliveries).Descriptor.Digest);
        Assert.Equal(TestImage.Snapshot(_temp["a"]), TestImage.Snapshot(_temp["d"]));
        ImageValidator.ThrowIfInvalid(_temp["d"]);
    }

    [Fact]
    public async Task An_archive_for_docker_keeps_the_manifest_of_its_image()
    {
        Image image = TestImage.Of([TestLayer.Create(_temp, "a"), TestLayer.Create(_temp, "b")]);
        await TestImage.Target(_temp, "oci:a").DeliverAsync(ImageSet.Of(image), Token);

        await CopyAsync("oci:a", "docker-archive:b.tar:x:1");
        CopyResult last = await CopyAsync("docker-archive:b.tar:x:1", "oci:c");

        Assert.Equal(image.Descriptor.Digest, last.Images.Root.Digest);
        Assert.Equal(TestImage.Snapshot(_temp["a"]), TestImage.Snapshot(_temp["c"]));
    }

    [Fact]
    public async Task A_docker_engine_gives_back_what_it_was_given()
    {
        Image image = TestImage.Create(_temp, "one");
        await TestImage.Target(_temp, "oci:a").DeliverAsync(ImageSet.Of(image), Token);
        await using FakeDockerEngine engine = new(_temp);
        TargetDefaults defaults = TestImage.Defaults(_temp) with
        {
            DockerHost = engine.Host,
            AdditionalTags = ["noble", "latest"],
            TemporaryDirectory = _temp.FullPath,
        };

        CopyResult there = await CopyAsync("oci:a", defaults, "docker-daemon:ubuntu:24.04");
        CopyResult back = await CopyAsync("docker-daemon:ubuntu:noble", defaults, "oci:b:x");

        Assert.Equal("also tagged noble, latest", there.Deliveries[0].Notes[1]);
        Assert.Equal(["ubuntu:24.04", "ubuntu:latest", "ubuntu:noble"], engine.ImageNames.Order(StringComparer.Ordinal));
        Assert.Equal(image.Descriptor.Digest, back.Images.Root.Digest);
        Assert.Contains("GET /v1.41/images/ubuntu:noble/get", engine.Requests);
        Assert.DoesNotContain(
            Directory.EnumerateFiles(_temp.FullPath), file => file.Contains(".rootfs-importer-", StringComparison.Ordinal));
        FetchException absent = await Assert.ThrowsAsync<FetchException>(
            () => CopyAsync("docker-daemon:nothing", defaults, "oci:b:y"));
        Assert.Contains("404 No such image: nothing:latest", absent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Further_tags_are_set_where_there_are_tags()
    {
        await TestImage.Target(_temp, "oci:a").DeliverAsync(ImageSet.Of(TestImage.Create(_temp, "one")), Token);
        TargetDefaults defaults = TestImage.Defaults(_temp) with { AdditionalTags = ["24.04", "noble", "24.04"] };

        CopyResult result = await CopyAsync(
            "oci:a", defaults, "oci:b:24.04", "oci-archive:c.tar:team/ubuntu:24.04", "docker-archive:d.tar:ubuntu:1");

        Assert.Equal(["24.04", "noble"], Tags(File.ReadAllBytes(_temp["b/index.json"])));
        Assert.Equal(["also tagged noble"], result.Deliveries[0].Notes);
        Assert.Equal(["also tagged team/ubuntu:noble"], result.Deliveries[1].Notes);
        Assert.Equal(["also tagged 24.04, noble"], result.Deliveries[2].Notes);
        foreach (string source in (string[])[
            "oci:b:noble", "oci-archive:c.tar:team/ubuntu:noble", "oci-archive:c.tar:docker.io/team/ubuntu:24.04",
            "docker-archive:d.tar:ubuntu:noble", "docker-archive:d.tar:ubuntu:1"])
        {
            CopyResult copy = await CopyAsync(source, $"dir:{Digest.Of(System.Text.Encoding.ASCII.GetBytes(source)).Hex}");
            Assert.Equal(result.Images.Root.Digest, copy.Images.Root.Digest);
        }
    }

    [Theory]
    [InlineData("dir:d")]
    [InlineData("tar:d")]
    public async Task A_place_without_tags_is_given_none(string place)
    {
        await TestImage.Target(_temp, "oci:a").DeliverAsync(ImageSet.Of(TestImage.Create(_temp, "one")), Token);
        TargetDefaults defaults = TestImage.Defaults(_temp) with { AdditionalTags = ["noble", "latest"] };

        DeliveryException error = await Assert.ThrowsAsync<DeliveryException>(
            () => CopyAsync("oci:a", defaults, "oci:b", place));

        Assert.Equal(
            $"cannot deliver to {place}: it has no tags, and is to be tagged noble, latest", error.Message);
        Assert.Contains("--additional-tag", error.Hint, StringComparison.Ordinal);
        Assert.False(Path.Exists(_temp["b"]));
        Assert.False(Path.Exists(_temp["d"]));
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("MANIFEST.JSON")]
    [InlineData("signature-a")]
    [InlineData("e3b0c44298fc1c14.manifest.json")]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855/file")]
    public async Task What_is_not_the_image_s_is_never_overwritten(string foreign)
    {
        await TestImage.Target(_temp, "oci:a:x").DeliverAsync(ImageSet.Of(TestImage.Create(_temp, "one")), Token);
        await CopyAsync("oci:a", "dir:d");
        _temp.Write($"d/{foreign}", "mine");
        IReadOnlyList<string> before = TestImage.Snapshot(_temp.FullPath);

        DeliveryException error = await Assert.ThrowsAsync<DeliveryException>(
            () => CopyAsync("oci:a", TestImage.Defaults(_temp) with { Overwrite = true }, "dir:d"));

        Assert.Contains($"holds {foreign.Split('/')[0]} besides an image", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, TestImage.Snapshot(_temp.FullPath));
    }

    [Fact]
    public async Task An_index_and_its_signatures_are_overwritten()
    {
        ImageSet images = ImageSet.Of([TestImage.Create(_temp, "one"), TestImage.Create(_temp, "two", "arm64")]);
        await TestImage.Target(_temp, "oci:a:x").DeliverAsync(images, Token);
        await CopyAsync("oci:a", "dir:d");
        IReadOnlyList<string> before = TestImage.Snapshot(_temp["d"]);
        _temp.Write("d/signature-1", "signature");
        _temp.Write($"d/{images.Images[0].Descriptor.Digest.Hex}.signature-1", "signature");

        await CopyAsync("oci:a", TestImage.Defaults(_temp) with { Overwrite = true }, "dir:d");

        Assert.Equal(before, TestImage.Snapshot(_temp["d"]));
    }

    [Fact]
    public async Task All_architectures_of_an_index_keep_it_some_get_a_new_one_and_one_gets_none()
    {
        Image[] images = [.. ((string[])["amd64", "arm64", "s390x"]).Select(one => TestImage.Create(_temp, one, one))];
        ImageSet set = ImageSet.Of(images);
        await TestImage.Target(_temp, "oci:a").DeliverAsync(set, Token);

        ImageSet all = (await CopyAsync("oci:a", ["s390x", "amd64", "arm64"], "oci:all")).Images;
        ImageSet two = (await CopyAsync("oci:a", ["s390x", "amd64"], "oci:two")).Images;
        ImageSet one = (await CopyAsync("oci:a", ["arm64"], "oci:one")).Images;

        Assert.Equal(set.Root, all.Root);
        Assert.Equal(MediaTypes.ImageIndex, two.Root.MediaType);
        Assert.Equal([images[0].Descriptor, images[2].Descriptor], ImageIndex.Parse(two.Index!.Value.Span).Manifests);
        Assert.Equal(images[1].Descriptor.Digest, one.Root.Digest);
        Assert.Null(one.Index);
        ImageValidator.ThrowIfInvalid(_temp["two"]);
        ImageValidator.ThrowIfInvalid(_temp["one"]);
        FetchException exception = await Assert.ThrowsAsync<FetchException>(() => CopyAsync("oci:a", ["i386"], "oci:none"));
        Assert.Contains("oci:a has no image for i386: it has linux/amd64, linux/arm64/v8, linux/s390x", exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_temp["none"]));
    }

    [Fact]
    public async Task What_is_wrong_with_a_target_is_said_before_what_is_wrong_with_the_source()
    {
        _temp.Write("exists.tar", "mine");

        DeliveryException exception = await Assert.ThrowsAsync<DeliveryException>(
            () => CopyAsync("oci:no-such", "oci-archive:exists.tar"));

        Assert.Contains("exists.tar exists", exception.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_temp["exists.tar"]));
    }

    [Theory]
    [InlineData("oci:out:x")]
    [InlineData("oci-archive:out")]
    [InlineData("docker-archive:out")]
    [InlineData("dir:out")]
    public async Task A_layer_that_is_not_what_it_should_be_leaves_the_target_as_it_was(string target)
    {
        Image image = TestImage.Create(_temp, "one");
        await TestImage.Target(_temp, "oci:a").DeliverAsync(ImageSet.Of(image), Token);
        string blob = _temp[$"a/{OciLayout.BlobPath(image.Layers[0].Descriptor.Digest)}"];
        byte[] bytes = File.ReadAllBytes(blob);
        bytes[^1] ^= 1;
        File.WriteAllBytes(blob, bytes);
        IReadOnlyList<string> before = TestImage.Snapshot(_temp.FullPath);

        DeliveryException exception = await Assert.ThrowsAsync<DeliveryException>(() => CopyAsync("oci:a", target));

        Assert.Contains($"expected {image.Layers[0].Descriptor.Digest}", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, TestImage.Snapshot(_temp.FullPath));
    }

    [Fact]
    public async Task A_directory_is_replaced_only_when_it_holds_an_image_and_may_be()
    {
        await TestImage.Target(_temp, "oci:a:old").DeliverAsync(ImageSet.Of(TestImage.Create(_temp, "old")), Token);
        await TestImage.Target(_temp, "oci:a:new").DeliverAsync(ImageSet.Of(TestImage.Create(_temp, "new")), Token);
        Directory.CreateDirectory(_temp["empty"]);
        _temp.Write("mine/file", "mine");
        TargetDefaults overwriting = TestImage.Defaults(_temp) with { Overwrite = true };
        await CopyAsync("oci:a:old", "dir:empty");
        await CopyAsync("oci:a:old", "dir:d");
        IReadOnlyList<string> before = TestImage.Snapshot(_temp["d"]);

        DeliveryException exists = await Assert.ThrowsAsync<DeliveryException>(() => CopyAsync("oci:a:new", "dir:d"));
        Assert.Contains("allow it to be overwritten", exists.Hint, StringComparison.Ordinal);
        Assert.Equal(before, TestImage.Snapshot(_temp["d"]));
        DeliveryException other = await Assert.ThrowsAsync<DeliveryException>(
            () => CopyAsync("oci:a:new", overwriting, "dir:mine"));
        Assert.Contains("mine holds file and no image", other.Message, StringComparison.Ordinal);

        CopyResult result = await CopyAsync("oci:a:new", overwriting, "dir:d");
        Assert.Equal(result.Images.Root.Digest, Digest.Of(File.ReadAllBytes(_temp["d/manifest.json"])));
        Assert.Equal(5, TestImage.Snapshot(_temp["d"]).Count + 1);
        Assert.Equal(
            ["a", "d", "empty", "mine", "packed"],
            Directory.EnumerateFileSystemEntries(_temp.FullPath).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Layers_are_compressed_anew_for_the_targets_that_want_it_and_for_no_other()
    {
        ImageSet images = ImageSet.Of([TestImage.Create(_temp, "one"), TestImage.Create(_temp, "two", "arm64")]);
        await TestImage.Target(_temp, "oci:a:x").DeliverAsync(images, Token);
        RecordedEvents events = new();

        CopyResult result = await CopyAsync(
            "oci:a", events, ("oci:zstd:x", LayerCompression.Zstd), ("oci:plain:x", null), ("oci:gzip:x", LayerCompression.Gzip));
        CopyResult again = await CopyAsync("oci:a", new(), ("oci:again:x", LayerCompression.Zstd));

        Assert.Equal(["read", "recompress", "deliver"], result.Stages.Select(stage => stage.Stage));
        Assert.All(result.Images.Images.SelectMany(image => image.Layers), layer =>
            Assert.Equal(MediaTypes.OfLayer(LayerCompression.Zstd), layer.Descriptor.MediaType));
        Assert.Equal(
            [result.Images.Root.Digest, images.Root.Digest, images.Root.Digest],
            result.Deliveries.Select(delivery => delivery.Descriptor.Digest));
        Assert.NotEqual(images.Root.Digest, result.Images.Root.Digest);
        Assert.Equal(
            images.Images.Select(image => image.ConfigDescriptor.Digest),
            result.Images.Images.Select(image => image.ConfigDescriptor.Digest));
        Assert.Equal(result.Images.Root.Digest, again.Images.Root.Digest);
        Assert.Equal(TestImage.Snapshot(_temp["a"]), TestImage.Snapshot(_temp["plain"]));
        await CopyAsync("oci:zstd", new(), ("oci:back:x", LayerCompression.Gzip));
        ImageValidator.ThrowIfInvalid(_temp["back"]);
    }

    private static IEnumerable<string> Tags(byte[] index) =>
        ImageIndex.Parse(index).Manifests.Select(manifest => manifest.Annotations![AnnotationKeys.RefName]);

    private Task<CopyResult> CopyAsync(string from, params string[] to) => CopyAsync(from, TestImage.Defaults(_temp), to);

    private static Task<CopyResult> CopyAsync(string from, TargetDefaults defaults, params string[] to) =>
        CopyAsync(from, [], defaults, to);

    private Task<CopyResult> CopyAsync(string from, string[] architectures, string to) =>
        CopyAsync(from, architectures, TestImage.Defaults(_temp), to);

    private async Task<CopyResult> CopyAsync(
        string from, RecordedEvents events, params (string Place, LayerCompression? Compression)[] to)
    {
        TargetDefaults defaults = TestImage.Defaults(_temp);
        await using ISource source = TargetParser.ParseSource(from, defaults);
        return await Copier.CopyAsync(
            new CopyRequest
            {
                Source = source,
                Targets = [.. to.Select(one => new ImageTarget(TargetParser.Parse(one.Place, defaults), one.Compression))],
                CacheDirectory = _temp["cache"],
            },
            events,
            Token);
    }

    private static async Task<CopyResult> CopyAsync(
        string from, string[] architectures, TargetDefaults defaults, params string[] to)
    {
        await using ISource source = TargetParser.ParseSource(from, defaults);
        return await Copier.CopyAsync(
            new CopyRequest
            {
                Source = source,
                Targets = [.. to.Select(target => new ImageTarget(TargetParser.Parse(target, defaults)))],
                CacheDirectory = Path.Combine(defaults.BaseDirectory, "cache"),
                Architectures = [.. architectures.Select(Architecture.Parse)],
            },
            new RecordedEvents(),
            Token);
    }
}
