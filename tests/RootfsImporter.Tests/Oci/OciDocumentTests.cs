using System.Text;
using RootfsImporter.Oci;

namespace RootfsImporter.Tests.Oci;

public sealed class OciDocumentTests
{
    private const string Hash = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Config =
        $$"""{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{Hash}}","size":2}""";

    [Fact]
    public void Index_is_sorted_by_platform_whatever_the_order_of_building()
    {
        Image amd64 = MakeImage("amd64");
        Image arm64 = MakeImage("arm64");
        Image armel = MakeImage("armel");
        byte[] json = ImageIndex.Of([armel, arm64, amd64]).ToBytes();
        Assert.Equal(ImageIndex.Of([amd64, arm64, armel]).ToBytes(), json);
        Assert.Equal(
            """{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":["""
            + Entry("""{"architecture":"amd64","os":"linux"}""") + ","
            + Entry("""{"architecture":"arm","os":"linux","variant":"v6"}""") + ","
            + Entry("""{"architecture":"arm64","os":"linux","variant":"v8"}""") + "]}",
            Encoding.UTF8.GetString(json));

        static string Entry(string platform) =>
            $$$"""{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{{Hash}}}","size":3,"platform":{{{platform}}}}""";
    }

    [Fact]
    public void Index_refuses_a_platform_twice() =>
        Assert.Throws<ArgumentException>(() => ImageIndex.Of([MakeImage("amd64"), MakeImage("amd64")]));

    [Fact]
    public void Unknown_members_of_foreign_documents_are_ignored()
    {
        Manifest manifest = ParseManifest(
            $$$"""{"schemaVersion":2,"later":{"a":[1]},"config":{{{Config}}},"layers":[],"annotations":{"b":"1","a":"2"}}""");
        Assert.Null(manifest.MediaType);
        Assert.Equal(["a", "b"], manifest.Annotations!.Keys);
    }

    [Theory]
    [InlineData("", "does not contain any JSON")]
    [InlineData("null", "null")]
    [InlineData("""{"schemaVersion":2}""", "missing required")]
    [InlineData($$"""{"schemaVersion":1,"config":{{Config}},"layers":[]}""", "schemaVersion is 1")]
    [InlineData($$"""{"schemaVersion":2,"config":{{Config}},"layers":null}""", "null")]
    [InlineData($$"""{"schemaVersion":2,"config":{{Config}},"layers":[],"layers":[]}""", "Duplicate")]
    [InlineData(
        $$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","config":{{Config}},"layers":[]}""",
        "mediaType is")]
    [InlineData(
        """{"schemaVersion":2,"config":{"mediaType":"a","digest":"sha512:00","size":1},"layers":[]}""",
        "'sha512:00' is not a sha256 digest")]
    [InlineData(
        $$$"""{"schemaVersion":2,"config":{{{Config}}},"layers":[],"annotations":{"a":"1","a":"2"}}""", "'a' is given twice")]
    [InlineData($$$"""{"schemaVersion":2,"config":{{{Config}}},"layers":[],"annotations":{"a":1}}""", "not a string")]
    public void Rejects_what_is_not_a_manifest(string json, string message)
    {
        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => ParseManifest(json));
        Assert.Contains(message, exception.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Rejects_a_document_that_is_too_large()
    {
        byte[] json = new byte[OciJson.MaxDocumentBytes + 1];
        Assert.Contains(
            "more than", Assert.Throws<InvalidDataException>(() => Manifest.Parse(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_back_a_config_of_another_builder()
    {
        ImageConfig config = ImageConfig.Parse(Encoding.UTF8.GetBytes(
            $$$"""
            {"architecture":"amd64","os":"linux","created":"2024-04-24T23:06:40.123456789Z","docker_version":"20.10",
             "config":{"Cmd":["/bin/sh"],"Entrypoint":null,"Volumes":{"/b":{},"/a":{"x":1}},"Labels":null,"StopSignal":"9"},
             "rootfs":{"type":"layers","diff_ids":["{{{Hash}}}"]},"history":[{"empty_layer":true},{"created_by":"x"}]}
            """));
        Assert.Equal(["/a", "/b"], config.Config!.Volumes!);
        Assert.Null(config.Config.Labels);
        Assert.True(config.History![0].EmptyLayer);
        Assert.Contains(
            "\"created\":\"2024-04-24T23:06:40.1234567Z\"", Encoding.UTF8.GetString(config.ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public void Layout_file_has_its_one_version()
    {
        Assert.Equal(OciLayout.CurrentBytes, new OciLayout { ImageLayoutVersion = OciLayout.CurrentVersion }.ToBytes());
        Assert.Throws<InvalidDataException>(() => OciLayout.Parse("""{"imageLayoutVersion":"2.0.0"}"""u8));
    }

    private static Manifest ParseManifest(string json) => Manifest.Parse(Encoding.UTF8.GetBytes(json));

    private static Image MakeImage(string architecture)
    {
        Platform platform = Platform.Of(Architecture.Parse(architecture));
        return new Image
        {
            Platform = platform,
            Layers = [],
            Config = default,
            Manifest = default,
            Descriptor = new()
            {
                MediaType = MediaTypes.ImageManifest,
                Digest = Digest.Parse(Hash),
                Size = 3,
                Platform = platform,
            },
        };
    }
}
