using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Targets;

namespace RootfsImporter.Tests.Oci;

/// <summary>That the validator, on which other tests rely, finds what it is there to find.</summary>
public sealed class ImageValidatorTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Finds_what_is_wrong_with_the_entries_of_a_layer()
    {
        byte[] tar = TestLayer.Tar(
            ("./", null), ("etc/b", "x"), ("etc/", null), ("etc/a", "x"), ("etc/.wh.c", ""), ("../d", ""), ("etc/a", "y"));
        await DeliverAsync(TestImage.Of([TestLayer.FromTar(_temp, tar)]));
        string violations = string.Join('\n', ImageValidator.Validate(_temp["images"]));
        Assert.Contains("/etc/b comes without its directory", violations, StringComparison.Ordinal);
        Assert.Contains("/etc comes after /etc/b", violations, StringComparison.Ordinal);
        Assert.Contains("/etc/.wh.c is a whiteout in a base layer", violations, StringComparison.Ordinal);
        Assert.Contains("'../d' leaves the root", violations, StringComparison.Ordinal);
        Assert.Contains("/etc/a is there twice", violations, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_a_wrong_DiffId()
    {
        Layer layer = TestLayer.Create(_temp, "x") with { DiffId = Digest.Of([]) };
        await DeliverAsync(TestImage.Of([layer]));
        Assert.Contains("the config says " + Digest.Of([]), Assert.Single(ImageValidator.Validate(_temp["images"])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_damage_and_litter_together()
    {
        Image image = TestImage.Create(_temp, "x");
        await DeliverAsync(image);
        _temp.Write("images/blobs/sha256/litter", "x");
        File.Delete(_temp["images/" + OciLayout.BlobPath(image.Layers[0].Descriptor.Digest)]);
        File.AppendAllText(_temp["images/" + OciLayout.BlobPath(image.Descriptor.Digest)], " ");
        IReadOnlyList<string> violations = ImageValidator.Validate(_temp["images"]);
        Assert.Equal(4, violations.Count);
        Assert.Contains("bytes, its descriptor says", violations[0], StringComparison.Ordinal);
        Assert.Contains("its content is sha256:", violations[1], StringComparison.Ordinal);
        Assert.Contains("Could not find file", violations[2], StringComparison.Ordinal);
        Assert.Equal("blobs/sha256/litter: nothing refers to it", violations[3]);
    }

    private Task<Delivery> DeliverAsync(Image image) =>
        TestImage.Target(_temp, "oci:images").DeliverAsync(ImageSet.Of(image), TestContext.Current.CancellationToken);
}
