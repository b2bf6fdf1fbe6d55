using RootfsImporter.Archives;
using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Stages;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Codecs;

namespace RootfsImporter.Tests.Stages;

public sealed class LayerRecompressorTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public static TheoryData<LayerCompression, LayerCompression> Pairs { get; } = new(
        from one in Enum.GetValues<LayerCompression>()
        from other in Enum.GetValues<LayerCompression>()
        where one != other
        select (one, other));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task The_bytes_are_those_of_packing(LayerCompression from, LayerCompression to)
    {
        Layer source = await PackAsync(from, "a");
        Layer expected = await PackAsync(to, "b");

        Layer layer = await LayerRecompressor.RecompressAsync(source, Options(to), Token);

        Assert.Equal(expected with { Content = layer.Content }, layer);
        Assert.Equal(
            await File.ReadAllBytesAsync(TestLayer.File(expected), Token),
            await File.ReadAllBytesAsync(TestLayer.File(layer), Token));
    }

    [Fact]
    public async Task What_is_compressed_so_already_is_left_alone()
    {
        Layer source = await PackAsync(LayerCompression.Gzip, "a");
        Assert.Same(source, await LayerRecompressor.RecompressAsync(source, Options(LayerCompression.Gzip), Token));
        Assert.False(Directory.Exists(_directory["out"]));
    }

    [Fact]
    public async Task What_was_compressed_once_is_found_again()
    {
        Layer source = await PackAsync(LayerCompression.None, "a");
        Layer first = await LayerRecompressor.RecompressAsync(source, Options(LayerCompression.Gzip), Token);

        // Without its blob it could not be compressed.
        File.Delete(TestLayer.File(source));
        Assert.Equal(first, await LayerRecompressor.RecompressAsync(source, Options(LayerCompression.Gzip), Token));
    }

    [Theory]
    [InlineData("blob damaged")]
    [InlineData("blob gone")]
    [InlineData("entry damaged")]
    [InlineData("entry incomplete")]
    [InlineData("entry huge")]
    public async Task What_is_damaged_is_made_again(string damage)
    {
        Layer source = await PackAsync(LayerCompression.None, "a");
        Layer first = await LayerRecompressor.RecompressAsync(source, Options(LayerCompression.Gzip), Token);
        byte[] whole = await File.ReadAllBytesAsync(TestLayer.File(first), Token);
        string entry = Assert.Single(Directory.GetFiles(_directory["out/by-diff-id"]));
        switch (damage)
        {
            case "blob damaged": File.WriteAllBytes(TestLayer.File(first), [.. whole[..^1], (byte)~whole[^1]]); break;
            case "blob gone": File.Delete(TestLayer.File(first)); break;
            case "entry damaged": File.WriteAllText(entry, "{\"blob\":"); break;
            case "entry incomplete": File.WriteAllText(entry, "{}"); break;
            default: File.WriteAllText(entry, new string(' ', 5000)); break;
        }

        Assert.Equal(first, await LayerRecompressor.RecompressAsync(source, Options(LayerCompression.Gzip), Token));
        Assert.Equal(whole, await File.ReadAllBytesAsync(TestLayer.File(first), Token));
    }

    [Fact]
    public async Task A_tar_that_is_not_the_configs_gets_no_name()
    {
        Layer source = await PackAsync(LayerCompression.None, "a") with { DiffId = Digest.Of("other"u8) };
        VerificationException error = await Assert.ThrowsAsync<VerificationException>(
            () => LayerRecompressor.RecompressAsync(source, Options(LayerCompression.Gzip), Token));
        Assert.Contains($"the image's config says {source.DiffId}", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory["out"]));
    }

    [Theory]
    [InlineData(LayerCompression.Gzip, 1)]
    [InlineData(LayerCompression.Gzip, 300)]
    [InlineData(LayerCompression.Zstd, 1)]
    public async Task Damaged_layers_are_said(LayerCompression compression, int cut)
    {
        Layer source = await PackAsync(compression, "a");
        byte[] blob = await File.ReadAllBytesAsync(TestLayer.File(source), Token);
        File.WriteAllBytes(TestLayer.File(source), blob[..^cut]);
        await Assert.ThrowsAsync<VerificationException>(
            () => LayerRecompressor.RecompressAsync(source, Options(LayerCompression.None), Token));
        Assert.Empty(Directory.GetFileSystemEntries(_directory["out"]));
    }

    [Fact]
    public async Task A_layer_that_is_gone_is_said()
    {
        Layer source = await PackAsync(LayerCompression.Gzip, "a");
        File.Delete(TestLayer.File(source));
        await Assert.ThrowsAsync<HostException>(
            () => LayerRecompressor.RecompressAsync(source, Options(LayerCompression.None), Token));
    }

    public static TheoryData<string> OddTars { get; } =
        ["empty", "text", "zeros", "pax size", "pax too large", "negative size", "huge size", "no end", "GNU long name"];

    [Theory]
    [MemberData(nameof(OddTars))]
    public async Task What_is_hardly_a_tar_comes_through(string kind)
    {
        byte[] tar = OddTar(kind);
        Layer source = TestLayer.FromTar(_directory, tar, LayerCompression.None);
        Layer layer = await LayerRecompressor.RecompressAsync(source, Options(LayerCompression.Gzip), Token);
        Assert.Equal(tar, await ReadBackAsync(layer));
    }

    [Fact]
    public async Task Tars_come_through_wherever_they_are_cut()
    {
        byte[] tar = new TarBytes()
            .Add(new TarBytesEntry("a", '0') { Content = new byte[700], Pax = new Dictionary<string, string> { ["path"] = "b" } })
            .Add(new TarBytesEntry(new string('n', 150), '0') { Content = "x"u8.ToArray() })
            .ToArray();
        for (int length = 0; length < tar.Length; length += 64)
        {
            Layer source = TestLayer.FromTar(_directory, tar[..length], LayerCompression.None);
            Layer layer = await LayerRecompressor.RecompressAsync(source, Options(LayerCompression.Gzip), Token);
            Assert.Equal(tar[..length], await ReadBackAsync(layer));
        }
    }

    private static byte[] OddTar(string kind)
    {
        TarBytesEntry file = new("file", '0') { Content = Samples.Noise(3 << 20, 1) };
        Dictionary<string, string> Size(string value) => new() { ["size"] = value };
        return kind switch
        {
            "empty" => [],
            "text" => Samples.Noise(3 << 20, 2),
            "zeros" => new byte[(2 << 20) + 7],
            "pax size" => new TarBytes().Add(file with { Pax = Size("9223372036854775807") }).ToArray(),
            "pax too large" => new TarBytes().Add(file with { Pax = Size(new string('9', 40)) }).Add(file).ToArray(),
            "negative size" => new TarBytes().Add(file with { SizeField = "-1" }).Add(file).ToArray(),
            "huge size" => new TarBytes().Add(file with { SizeField = "77777777777" }).Add(file).ToArray(),
            "no end" => new TarBytes().Add(file).ToArray(withEnd: false),
            _ => new TarBytes().Add(new TarBytesEntry(new string('x', 3 << 20), '0')).Add(file).ToArray(),
        };
    }

    private static async Task<byte[]> ReadBackAsync(Layer layer)
    {
        await using Stream stream = await LayerBlob.OpenUncompressedAsync(layer, Token);
        using MemoryStream output = new();
        await stream.CopyToAsync(output, Token);
        return output.ToArray();
    }

    // Cuts at marks, around a large file and at the maximum; names that only pax records hold.
    private static List<TreeEntry> Tree() =>
    [
        new() { Path = RootPath.Root, Kind = EntryKind.Directory, Mode = 0x1ED },
        new() { Path = RootPath.Parse("etc"), Kind = EntryKind.Directory, Mode = 0x1ED },
        .. Enumerable.Range(0, 40).Select(number => FileEntry($"etc/file-{number}", Samples.Noise(40_000, number))),
        .. Enumerable.Range(0, 40).Select(number => FileEntry($"etc/größe-{number}", Samples.Noise(30_000, number))),
        FileEntry("etc/" + string.Join('/', Enumerable.Repeat("deep-directory", 20)), new byte[10]),
        .. Enumerable.Range(0, 40).Select(number => FileEntry($"etc/ping-{number}", Samples.Noise(30_000, number)) with
        {
            ExtendedAttributes = [new ExtendedAttribute("security.capability", Convert.FromHexString("0100000200FF0A80"))],
        }),
        FileEntry("large", new byte[LayerChunk.MaxBytes * 5 / 2]),
        new() { Path = RootPath.Parse("link"), Kind = EntryKind.Symlink, Mode = 0x1FF, LinkTarget = "large" },
        new() { Path = RootPath.Parse("zz"), Kind = EntryKind.HardLink, Mode = 0x1A4, LinkTarget = "large" },
    ];

    private static TreeEntry FileEntry(string path, byte[] content) => new()
    {
        Path = RootPath.Parse(path),
        Kind = EntryKind.File,
        Mode = 0x1A4,
        Content = new BytesContent(content),
    };

    private LayerOptions Options(LayerCompression compression) =>
        new() { Compression = compression, Jobs = 2, OutputDirectory = _directory["out"] };

    private Task<Layer> PackAsync(LayerCompression compression, string directory) => LayerPacker.PackAsync(
        new SealedRootfs(Tree(), new Ledger(0, [], [])),
        Options(compression) with { OutputDirectory = _directory[directory] },
        Token);
}
