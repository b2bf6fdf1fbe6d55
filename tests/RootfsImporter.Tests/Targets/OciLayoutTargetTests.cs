using System.Text;
using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

public sealed class OciLayoutTargetTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private string Layout => _temp["images"];

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task First_delivery_makes_a_valid_layout_with_exactly_this_index()
    {
        Image image = TestImage.Create(_temp, "one");
        Delivery delivery = await DeliverAsync("oci:images", image);

        ImageValidator.ThrowIfInvalid(Layout);
        Assert.Equal(
            $$$"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",
            "manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",
            "digest":"{{{image.Descriptor.Digest}}}","size":{{{image.Manifest.Length}}},
            "annotations":{"io.containerd.image.name":"docker.io/library/test-1:latest",
            "org.opencontainers.image.ref.name":"test-1"},
            "platform":{"architecture":"amd64","os":"linux"}}]}
            """.ReplaceLineEndings(""),
            File.ReadAllText(Path.Combine(Layout, "index.json")));
        Assert.Equal(image.Descriptor.Digest, delivery.Descriptor.Digest);
        Assert.Equal("skopeo copy -q oci:images:test-1 docker-archive:/dev/stdout:test:1 | docker load", delivery.HowToUse[0]);
    }

    [Fact]
    public async Task Tags_share_a_layout_and_replacing_one_keeps_the_other()
    {
        Layer shared = TestLayer.Create(_temp, "shared");
        Image kept = TestImage.Of([shared, TestLayer.Create(_temp, "kept")]);
        Image old = TestImage.Of([shared, TestLayer.Create(_temp, "old")]);
        await DeliverAsync("oci:images:old", old);
        await DeliverAsync("oci:images:kept", kept);
        await DeliverAsync("oci:images:old", TestImage.Of([shared, TestLayer.Create(_temp, "new")]));

        // The validator also complains of blobs that no tag leads to: the old ones are gone.
        ImageValidator.ThrowIfInvalid(Layout);
        ImageIndex index = ReadIndex();
        Assert.Equal(["old", "kept"], index.Manifests.Select(m => m.Annotations![AnnotationKeys.RefName]));
        Assert.Equal(kept.Descriptor.Digest, index.Manifests[1].Digest);
        Assert.NotEqual(old.Descriptor.Digest, index.Manifests[0].Digest);
    }

    [Fact]
    public async Task Several_images_become_one_index()
    {
        Image arm = TestImage.Create(_temp, "arm", "arm64");
        Image amd = TestImage.Create(_temp, "amd");
        Delivery delivery = await DeliverAsync("oci:images", arm, amd);

        ImageValidator.ThrowIfInvalid(Layout);
        Assert.Equal(MediaTypes.ImageIndex, delivery.Descriptor.MediaType);
        Assert.Null(delivery.Descriptor.Platform);
        ImageIndex nested = ImageIndex.Parse(
            File.ReadAllBytes(Path.Combine(Layout, OciLayout.BlobPath(delivery.Descriptor.Digest))));
        Assert.Equal([amd.Descriptor, arm.Descriptor], nested.Manifests);

        await DeliverAsync("oci:images", amd);
        ImageValidator.ThrowIfInvalid(Layout);
        Assert.False(File.Exists(Path.Combine(Layout, OciLayout.BlobPath(arm.Descriptor.Digest))));
    }

    [Fact]
    public async Task The_same_again_writes_nothing()
    {
        Image image = TestImage.Create(_temp, "one");
        await DeliverAsync("oci:images", image);
        DateTime past = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        string[] files = Directory.GetFiles(Layout, "*", SearchOption.AllDirectories);
        Assert.Equal(5, files.Length);
        Array.ForEach(files, file => File.SetLastWriteTimeUtc(file, past));

        await DeliverAsync("oci:images", image);
        Assert.All(files, file => Assert.Equal(past, File.GetLastWriteTimeUtc(file)));
    }

    [Fact]
    public async Task A_damaged_blob_is_mended()
    {
        Image image = TestImage.Create(_temp, "one");
        await DeliverAsync("oci:images", image);
        string blob = Path.Combine(Layout, OciLayout.BlobPath(image.Layers[0].Descriptor.Digest));
        File.WriteAllBytes(blob, new byte[image.Layers[0].Descriptor.Size]);
        Assert.NotEmpty(ImageValidator.Validate(Layout));

        await DeliverAsync("oci:images", image);
        ImageValidator.ThrowIfInvalid(Layout);
    }

    [Fact]
    public async Task Concurrent_deliveries_lose_no_tag_and_no_blob()
    {
        Layer shared = TestLayer.Create(_temp, "shared");
        // Every tag is delivered twice, so that garbage is removed while others add blobs.
        IEnumerable<(string Tag, Image Image)> work =
            from round in Enumerable.Range(0, 2)
            from tag in Enumerable.Range(0, 12)
            select ($"t{tag}", TestImage.Of([shared, TestLayer.Create(_temp, $"{tag} {round}")]));
        await Task.WhenAll(work.ToArray().Select(
            item => Task.Run(() => DeliverAsync($"oci:images:{item.Tag}", item.Image))));

        ImageValidator.ThrowIfInvalid(Layout);
        Assert.Equal(
            Enumerable.Range(0, 12).Select(tag => $"t{tag}").Order(StringComparer.Ordinal),
            ReadIndex().Manifests.Select(m => m.Annotations![AnnotationKeys.RefName]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_failure_half_way_leaves_the_layout_as_it_was()
    {
        await DeliverAsync("oci:images:test-1", TestImage.Create(_temp, "one"));
        IReadOnlyList<string> before = TestImage.Snapshot(Layout);

        DeliveryException exception = await Assert.ThrowsAsync<DeliveryException>(
            () => DeliverAsync("oci:images:test-1", BrokenImage()));
        Assert.Contains("cannot deliver to oci:images:test-1: expected sha256:", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, TestImage.Snapshot(Layout));
    }

    [Fact]
    public async Task A_failure_of_the_first_delivery_leaves_no_directory()
    {
        await Assert.ThrowsAsync<DeliveryException>(() => DeliverAsync("oci:deep/er/images", BrokenImage()));
        Assert.False(Directory.Exists(_temp["deep"]));
    }

    [Fact]
    public async Task Deliveries_that_fail_do_not_break_those_that_wait_for_the_new_layout()
    {
        Image broken = BrokenImage();
        Image good = TestImage.Create(_temp, "good");
        Task[] failing = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(() => Assert.ThrowsAsync<DeliveryException>(
            () => DeliverAsync("oci:images:bad", broken))))];
        Task[] working = [.. Enumerable.Range(0, 4).Select(i => Task.Run(() => DeliverAsync($"oci:images:g{i}", good)))];
        await Task.WhenAll([.. failing, .. working]);

        ImageValidator.ThrowIfInvalid(Layout);
        Assert.Equal(4, ReadIndex().Manifests.Count);
    }

    [Fact]
    public async Task Cancellation_leaves_the_layout_as_it_was()
    {
        await DeliverAsync("oci:images", TestImage.Create(_temp, "one"));
        IReadOnlyList<string> before = TestImage.Snapshot(Layout);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => TestImage.Target(_temp, "oci:images").DeliverAsync(
                ImageSet.Of(TestImage.Create(_temp, "two")), new CancellationToken(canceled: true)));
        Assert.Equal(before, TestImage.Snapshot(Layout));
    }

    [Fact]
    public async Task What_other_programs_wrote_into_the_layout_stays()
    {
        await DeliverAsync("oci:images:ours", TestImage.Create(_temp, "one"));
        string foreign =
            """{"mediaType":"x/y","digest":"sha512:00","size":1,"artifactType":"a/b","urls":["u"],"later":{"z":1,"a":2}}""";
        string path = Path.Combine(Layout, "index.json");
        File.WriteAllText(path, File.ReadAllText(path)
            .Replace("\"manifests\":[", $"\"manifests\":[{foreign},", StringComparison.Ordinal)
            .Replace("\"schemaVersion\":2", "\"schemaVersion\":2,\"annotations\":{\"k\":\"v\"}", StringComparison.Ordinal));
        string blob = _temp.Write($"images/blobs/sha256/{Digest.Of("foreign"u8).Hex}", "foreign");
        int blobs = Directory.GetFiles(Path.Combine(Layout, "blobs/sha256")).Length;

        await DeliverAsync("oci:images:ours", TestImage.Create(_temp, "two"));
        string index = File.ReadAllText(path);
        Assert.Contains(foreign, index, StringComparison.Ordinal);
        Assert.Contains("\"annotations\":{\"k\":\"v\"}", index, StringComparison.Ordinal);
        Assert.True(File.Exists(blob));
        // Nobody knows what the foreign descriptor leads to, so nothing is taken for garbage.
        Assert.Equal(blobs + 3, Directory.GetFiles(Path.Combine(Layout, "blobs/sha256")).Length);
    }

    [Fact]
    public async Task Refuses_a_directory_that_is_no_layout()
    {
        _temp.Write("images/notes.txt", "mine");
        ITarget target = TestImage.Target(_temp, "oci:images");
        DeliveryException check = await Assert.ThrowsAsync<DeliveryException>(() => target.CheckAsync(Token));
        Assert.Contains("is not an OCI layout: it holds notes.txt", check.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DeliveryException>(() => DeliverAsync("oci:images", TestImage.Create(_temp, "one")));
        Assert.Equal(["notes.txt"], Directory.EnumerateFileSystemEntries(Layout).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("oci-layout", """{"imageLayoutVersion":"9"}""", "imageLayoutVersion is '9'")]
    [InlineData("index.json", "{", "is not an image index")]
    [InlineData("index.json", """{"schemaVersion":2,"manifests":[1]}""", "is not an image index")]
    [InlineData("index.json", """{"schemaVersion":2,"manifests":[],"manifests":[]}""", "is not an image index")]
    public async Task Refuses_a_layout_that_it_does_not_understand(string file, string content, string message)
    {
        await DeliverAsync("oci:images", TestImage.Create(_temp, "one"));
        File.WriteAllText(Path.Combine(Layout, file), content);
        IReadOnlyList<string> before = TestImage.Snapshot(Layout);
        ITarget target = TestImage.Target(_temp, "oci:images");

        DeliveryException check = await Assert.ThrowsAsync<DeliveryException>(() => target.CheckAsync(Token));
        Assert.Contains(message, check.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DeliveryException>(() => DeliverAsync("oci:images", TestImage.Create(_temp, "two")));
        Assert.Equal(before, TestImage.Snapshot(Layout));
    }

    [Fact]
    public async Task Check_makes_nothing_and_refuses_a_file_in_the_way()
    {
        await TestImage.Target(_temp, "oci:a/b").CheckAsync(Token);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temp.FullPath));
        _temp.Write("file", "x");
        DeliveryException exception = await Assert.ThrowsAsync<DeliveryException>(
            () => TestImage.Target(_temp, "oci:file/images").CheckAsync(Token));
        Assert.Contains("is a file, not a directory", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_build_left_is_taken_up()
    {
        _temp.Write("images/oci-layout", "");
        _temp.Write("images/.partial", Encoding.ASCII.GetBytes("half"));
        await TestImage.Target(_temp, "oci:images").CheckAsync(Token);
        await DeliverAsync("oci:images", TestImage.Create(_temp, "one"));
        ImageValidator.ThrowIfInvalid(Layout);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<Delivery> DeliverAsync(string target, params Image[] images) =>
        TestImage.Target(_temp, target).DeliverAsync(ImageSet.Of(images), Token);

    /// <summary>Its second layer's blob is not what its descriptor says, though of the same size.</summary>
    private Image BrokenImage()
    {
        Layer broken = TestLayer.Create(_temp, "broken");
        File.WriteAllBytes(TestLayer.File(broken), new byte[broken.Descriptor.Size]);
        return TestImage.Of([TestLayer.Create(_temp, "whole"), broken]);
    }

    private ImageIndex ReadIndex() => ImageIndex.Parse(File.ReadAllBytes(Path.Combine(Layout, "index.json")));
}
