using System.Text;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;

namespace RootfsImporter.Tests.Stages;

public sealed class ImageAssemblerTests
{
    private static readonly DateTimeOffset Created = DateTimeOffset.FromUnixTimeSeconds(1_714_000_000);

    private static readonly ImageSettings Settings = new()
    {
        Cmd = ["/bin/bash"],
        Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        Labels = new Dictionary<string, string>
        {
            ["org.opencontainers.image.version"] = "24.04",
            ["org.opencontainers.image.base.name"] = "somebody's",
            ["a"] = "<&+é>",
        },
    };

    [Fact]
    public void Config_has_exactly_these_bytes() => Assert.Equal(
        OneLine($$$"""
            {"created":"2024-04-24T23:06:40Z","architecture":"arm64","os":"linux","variant":"v8",
            "config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Cmd":["/bin/bash"],
            "Labels":{"a":"<&+é>","org.opencontainers.image.base.name":"somebody's",
            "org.opencontainers.image.version":"24.04"}},
            "rootfs":{"type":"layers","diff_ids":["sha256:{{{new string('1', 64)}}}"]},
            "history":[{"created":"2024-04-24T23:06:40Z","created_by":"rootfs-importer build ubuntu-24.04"}]}
            """),
        Encoding.UTF8.GetString(Assemble().Config.Span));

    [Fact]
    public void Manifest_has_exactly_these_bytes()
    {
        Image image = Assemble();
        Assert.Equal(
            OneLine($$$"""
                {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
                "config":{"mediaType":"application/vnd.oci.image.config.v1+json",
                "digest":"{{{Digest.Of(image.Config.Span)}}}","size":{{{image.Config.Length}}}},
                "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip",
                "digest":"sha256:{{{new string('2', 64)}}}","size":2000}],
                "annotations":{"org.opencontainers.image.created":"2024-04-24T23:06:40Z",
                "org.opencontainers.image.version":"24.04"}}
                """),
            Encoding.UTF8.GetString(image.Manifest.Span));
    }

    [Fact]
    public void Descriptor_is_of_the_manifest()
    {
        Image image = Assemble();
        Assert.Equal(Digest.Of(image.Manifest.Span), image.Descriptor.Digest);
        Assert.Equal(image.Manifest.Length, image.Descriptor.Size);
        Assert.Equal("linux/arm64/v8", image.Descriptor.Platform?.ToString());
    }

    [Fact]
    public void All_settings_are_in_the_config_under_their_names()
    {
        Image image = Assemble(new ImageSettings
        {
            User = "1000:1000",
            WorkingDir = "/srv",
            Entrypoint = ["/init"],
            Volumes = ["/var/b", "/var/a"],
            ExposedPorts = ["80/tcp", "443/tcp", "80/tcp"],
        });
        Assert.Contains(
            OneLine("""
                {"User":"1000:1000","ExposedPorts":{"443/tcp":{},"80/tcp":{}},"Entrypoint":["/init"],
                "Volumes":{"/var/a":{},"/var/b":{}},"WorkingDir":"/srv"}
                """),
            Encoding.UTF8.GetString(image.Config.Span),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Order_of_labels_does_not_change_the_digest()
    {
        ImageSettings reversed = Settings with { Labels = Settings.Labels.Reverse().ToDictionary() };
        Assert.Equal(Assemble().Descriptor.Digest, Assemble(reversed).Descriptor.Digest);
    }

    [Fact]
    public void Another_command_changes_the_digest() => Assert.NotEqual(
        Assemble().Descriptor.Digest, Assemble(Settings with { Cmd = ["/bin/sh"] }).Descriptor.Digest);

    [Fact]
    public void Layers_keep_their_order_and_histories_of_no_layer_are_allowed()
    {
        Image image = ImageAssembler.Assemble(
            [MakeLayer('1', '2'), MakeLayer('3', '4')],
            [
                new History { CreatedBy = "base" },
                new History { CreatedBy = "CMD", EmptyLayer = true },
                new History { CreatedBy = "derived" },
            ],
            Settings,
            Platform.Of(Architecture.Parse("amd64")),
            Created);
        ImageConfig config = ImageConfig.Parse(image.Config.Span);
        Assert.Equal(['1', '3'], config.Rootfs.DiffIds.Select(digest => digest.Hex[0]));
        Assert.Equal(
            ['2', '4'], Manifest.Parse(image.Manifest.Span).Layers.Select(layer => layer.Digest.Hex[0]));
        Assert.Equal([null, true, null], config.History!.Select(entry => entry.EmptyLayer));
    }

    [Fact]
    public void Refuses_a_history_that_does_not_fit_the_layers() => Assert.Throws<ArgumentException>(
        () => ImageAssembler.Assemble(
            [MakeLayer('1', '2')], [], Settings, Platform.Of(Architecture.Parse("amd64")), Created));

    private static string OneLine(string text) => text.ReplaceLineEndings("");

    private static Image Assemble(ImageSettings? settings = null) => ImageAssembler.Assemble(
        MakeLayer('1', '2'),
        settings ?? Settings,
        Platform.Of(Architecture.Parse("arm64")),
        Created,
        "rootfs-importer build ubuntu-24.04");

    private static Layer MakeLayer(char diffId, char blob) => new()
    {
        DiffId = Digest.Parse(new string(diffId, 64)),
        Descriptor = new()
        {
            MediaType = MediaTypes.LayerTarGzip,
            Digest = Digest.Parse(new string(blob, 64)),
            Size = 2000,
        },
        UncompressedSize = 10_240,
        Compression = LayerCompression.Gzip,
        Content = new FileBlob("/nowhere"),
    };
}
