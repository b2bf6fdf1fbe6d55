using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.Runtimes;

/// <summary>The smallest image that runs: a static busybox, called by a shell's name, and one file.</summary>
internal static class RunnableImage
{
    /// <summary>What <see cref="Command"/> prints.</summary>
    public const string Text = "a file of the image, read by its own shell";

    private const int Executable = 0x1ED;

    /// <summary>Prints the file with nothing but what is in the image.</summary>
    public static string[] Command { get; } = ["/bin/sh", "-c", "/bin/busybox cat /etc/motd"];

    /// <summary>The image for this host; skips the test where there is no static busybox.</summary>
    public static async Task<Image> CreateAsync(
        TempDirectory directory, LayerCompression compression = LayerCompression.Gzip, Architecture? architecture = null)
    {
        Requirement.Program("busybox").OrSkip();
        byte[] tar = new TarBytes()
            .Add(new TarBytesEntry("bin/", '5') { Mode = Executable })
            .Add(new TarBytesEntry("bin/busybox", '0')
            {
                Mode = Executable,
                Content = await File.ReadAllBytesAsync(Host.Find("busybox")!),
            })
            .Add(new TarBytesEntry("bin/sh", '2') { LinkName = "busybox" })
            .Add(new TarBytesEntry("etc/", '5') { Mode = Executable })
            .Add(new TarBytesEntry("etc/motd", '0') { Content = System.Text.Encoding.UTF8.GetBytes(Text + "\n") })
            .ToArray();
        Layer layer = await LayerRecompressor.RecompressAsync(
            TestLayer.FromTar(directory, tar, LayerCompression.None),
            new LayerOptions { Compression = compression, OutputDirectory = directory["layers"] },
            TestContext.Current.CancellationToken);
        return ImageAssembler.Assemble(
            layer, new ImageSettings { Cmd = Command }, Platform.Of(architecture ?? Architecture.Host),
            DateTimeOffset.FromUnixTimeSeconds(1_714_000_000), "rootfs-importer build test");
    }

    /// <summary>That image and one for a machine that this host is not.</summary>
    public static async Task<ImageSet> CreateIndexAsync(TempDirectory directory) => ImageSet.Of(
    [
        await CreateAsync(directory),
        await CreateAsync(
            directory, architecture: Architecture.Parse(Architecture.Host.Deb == "arm64" ? "amd64" : "arm64")),
    ]);
}
