using System.Formats.Tar;
using RootfsImporter.Archives;
using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Stages;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Codecs;

namespace RootfsImporter.Tests.Stages;

public sealed class LayerPackerTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Output => _directory["out"];

    private string Cache => _directory["cache"];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(LayerCompression.Gzip, "application/vnd.oci.image.layer.v1.tar+gzip")]
    [InlineData(LayerCompression.Zstd, "application/vnd.oci.image.layer.v1.tar+zstd")]
    [InlineData(LayerCompression.None, "application/vnd.oci.image.layer.v1.tar")]
    public async Task Layer_describes_the_blob(LayerCompression compression, string mediaType)
    {
        Layer layer = await PackAsync(Tree(), compression);

        byte[] blob = await File.ReadAllBytesAsync(TestLayer.File(layer), TestContext.Current.CancellationToken);
        byte[] tar = await ReadBackAsync(layer);
        Assert.Equal(Digest.Of(blob), layer.Descriptor.Digest);
        Assert.Equal(blob.Length, layer.Descriptor.Size);
        Assert.Equal(mediaType, layer.Descriptor.MediaType);
        Assert.Equal(Digest.Of(tar), layer.DiffId);
        Assert.Equal(tar.Length, layer.UncompressedSize);
        Assert.Equal(compression, layer.Compression);
        Assert.Equal([TestLayer.File(layer)], Directory.GetFiles(Output));
        Assert.Equal(layer.Descriptor.Digest.Hex, Path.GetFileName(TestLayer.File(layer)));
    }

    [Fact]
    public async Task DiffId_is_that_of_the_tar_whatever_the_compression()
    {
        using MemoryStream tar = new();
        LayerTarWriter writer = new(tar);
        foreach (TreeEntry entry in Tree().Skip(1))
        {
            writer.WriteEntry(entry, TestContext.Current.CancellationToken);
        }

        writer.Finish();

        foreach (LayerCompression compression in Enum.GetValues<LayerCompression>())
        {
            Assert.Equal(Digest.Of(tar.ToArray()), (await PackAsync(Tree(), compression)).DiffId);
        }
    }

    [Theory]
    [InlineData(LayerCompression.Gzip)]
    [InlineData(LayerCompression.Zstd)]
    public async Task Blob_depends_neither_on_jobs_nor_on_the_cache(LayerCompression compression)
    {
        Digest expected = (await PackAsync(Tree(), compression)).Descriptor.Digest;

        Assert.Equal(expected, (await PackAsync(Tree(), compression, jobs: 8)).Descriptor.Digest);
        Assert.Equal(expected, (await PackAsync(Tree(), compression, jobs: 3, Cache)).Descriptor.Digest);
        string[] cached = CachedFiles();
        Assert.NotEmpty(cached);
        Assert.Equal(expected, (await PackAsync(Tree(), compression, jobs: 8, Cache)).Descriptor.Digest);
        Assert.Equal(cached, CachedFiles());
    }

    [Fact]
    public async Task Warm_cache_is_used()
    {
        Layer first = await PackAsync(Tree(), LayerCompression.Gzip, jobs: 2, Cache);
        byte[] blob = await File.ReadAllBytesAsync(TestLayer.File(first), TestContext.Current.CancellationToken);
        Dictionary<string, DateTime> times = CachedFiles().ToDictionary(file => file, File.GetLastWriteTimeUtc);

        await PackAsync(Tree(), LayerCompression.Gzip, jobs: 2, Cache);

        Assert.All(times, time => Assert.Equal(time.Value, File.GetLastWriteTimeUtc(time.Key)));
        long cachedBytes = times.Keys.Sum(file => new FileInfo(file).Length - 32);
        Assert.Equal(blob.Length, cachedBytes);
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("short")]
    [InlineData("empty")]
    [InlineData("other")]
    public async Task Damaged_cache_is_mended(string damage)
    {
        Digest expected = (await PackAsync(Tree(), LayerCompression.Gzip, jobs: 2, Cache)).Descriptor.Digest;
        string[] files = CachedFiles();
        Dictionary<string, byte[]> whole = files.ToDictionary(file => file, File.ReadAllBytes);
        foreach (string file in files)
        {
            byte[] bytes = [.. whole[file]];
            bytes[40] ^= 1;
            File.WriteAllBytes(file, damage switch
            {
                "flipped" => bytes,
                "short" => bytes[..^1],
                "empty" => [],
                _ => [.. "not of this cache at all, but long enough to be"u8],
            });
        }

        Assert.Equal(expected, (await PackAsync(Tree(), LayerCompression.Gzip, jobs: 2, Cache)).Descriptor.Digest);
        Assert.All(files, file => Assert.Equal(whole[file], File.ReadAllBytes(file)));
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_does_no_harm()
    {
        string file = _directory.Write("file", "in the way");

        Layer layer = await PackAsync(Tree(), LayerCompression.Gzip, jobs: 2, file);

        Assert.Equal((await PackAsync(Tree(), LayerCompression.Gzip)).Descriptor.Digest, layer.Descriptor.Digest);
    }

    [Fact]
    public async Task Codecs_do_not_share_cached_chunks()
    {
        await PackAsync(Tree(), LayerCompression.Gzip, jobs: 1, Cache);
        int gzip = CachedFiles().Length;
        Layer zstd = await PackAsync(Tree(), LayerCompression.Zstd, jobs: 1, Cache);

        Assert.Equal(2 * gzip, CachedFiles().Length);
        Assert.Equal(zstd.DiffId, Digest.Of(await ReadBackAsync(zstd)));
    }

    [Fact]
    public async Task A_change_of_one_byte_changes_both_digests()
    {
        List<TreeEntry> changed = Tree();
        changed[^1] = changed[^1] with { ModifiedTime = 1 };

        Layer before = await PackAsync(Tree(), LayerCompression.Gzip);
        Layer after = await PackAsync(changed, LayerCompression.Gzip);

        Assert.NotEqual(before.DiffId, after.DiffId);
        Assert.NotEqual(before.Descriptor.Digest, after.Descriptor.Digest);
    }

    [Theory]
    [InlineData(LayerCompression.Gzip, "gzip")]
    [InlineData(LayerCompression.Zstd, "zstd")]
    public async Task The_hosts_tools_read_the_blob(LayerCompression compression, string program)
    {
        Layer layer = await PackAsync(Tree(), compression);
        string file = $"{TestLayer.File(layer)}.{(compression == LayerCompression.Gzip ? "gz" : "zst")}";
        File.Move(TestLayer.File(layer), file);

        await HostTool.RunAsync(program, "-t", file);
        string listing = await HostTool.RunAsync("tar", "-tf", file);

        Assert.StartsWith("etc/\netc/file-0\n", listing, StringComparison.Ordinal);
        Assert.Equal(Tree().Count - 1, listing.Count(character => character == '\n'));
    }

    [Fact]
    public async Task The_root_alone_is_an_empty_tar()
    {
        Layer layer = await PackAsync(Tree()[..1], LayerCompression.Gzip);

        Assert.Equal(1024, layer.UncompressedSize);
        using TarReader reader = new(await LayerBlob.OpenUncompressedAsync(layer, TestContext.Current.CancellationToken));
        Assert.Null(reader.GetNextEntry());
    }

    [Theory]
    [InlineData(LayerCompression.Gzip)]
    [InlineData(LayerCompression.Zstd)]
    [InlineData(LayerCompression.None)]
    public async Task Reading_back_stops_at_the_size_that_the_layer_has(LayerCompression compression)
    {
        Layer layer = await PackAsync(Tree(), compression);

        await Assert.ThrowsAsync<InvalidDataException>(
            () => ReadBackAsync(layer with { UncompressedSize = layer.UncompressedSize!.Value - 1 }));
    }

    [Fact]
    public async Task A_file_that_changed_is_explained_and_leaves_nothing()
    {
        List<TreeEntry> entries = Tree();
        entries.Add(FileEntry("zz", new BrokenContent(() => new MemoryStream(5))));

        HostException exception = await Assert.ThrowsAsync<HostException>(
            () => PackAsync(entries, LayerCompression.Gzip, jobs: 4));

        Assert.Contains("/zz has fewer than the 10 bytes", exception.Message, StringComparison.Ordinal);
        Assert.Contains("while a build runs", exception.Hint, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Output));
    }

    [Fact]
    public async Task A_device_is_refused_and_leaves_nothing()
    {
        List<TreeEntry> entries = Tree();
        entries.Add(FileEntry("zz", null) with { Kind = EntryKind.CharacterDevice });

        await Assert.ThrowsAsync<ArgumentException>(() => PackAsync(entries, LayerCompression.Gzip));

        Assert.Empty(Directory.GetFiles(Output));
    }

    [Fact]
    public async Task Cancellation_leaves_nothing()
    {
        using CancellationTokenSource source = new();
        List<TreeEntry> entries = Tree();
        entries.Add(FileEntry("zz", new BrokenContent(() =>
        {
            source.Cancel();
            return new MemoryStream(new byte[10]);
        })));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LayerPacker.PackAsync(
            new SealedRootfs(entries, new Ledger(0, [], [])), new LayerOptions { OutputDirectory = Output, Jobs = 2 }, source.Token));

        Assert.Empty(Directory.GetFiles(Output));
    }

    [Fact]
    public async Task An_output_directory_that_cannot_be_is_not_silent()
    {
        _directory.Write("out", "a file in the way");

        HostException error = await Assert.ThrowsAsync<HostException>(() => PackAsync(Tree(), LayerCompression.Gzip));
        Assert.Contains("--cache-dir", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_told_from_other_failures()
    {
        await using FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write, FileShare.Write, bufferSize: 0);
        LayerPipeline pipeline = new(new LayerOptions { OutputDirectory = Output, Jobs = 2 }, full);

        IOException exception = await Assert.ThrowsAnyAsync<IOException>(
            () => pipeline.RunAsync(
                (chunker, _) =>
                {
                    chunker.Write(Samples.Noise(3 << 20, 1));
                    return Task.CompletedTask;
                },
                TestContext.Current.CancellationToken));

        Assert.NotNull(RootfsImporter.Codecs.HostDisk.Explain(exception, "file"));
    }

    private static async Task<byte[]> ReadBackAsync(Layer layer)
    {
        await using Stream stream =
            await LayerBlob.OpenUncompressedAsync(layer, TestContext.Current.CancellationToken);
        using MemoryStream output = new();
        stream.CopyTo(output);
        return output.ToArray();
    }

    // A few megabytes, so that several chunks are made and one file has more than one.
    private static List<TreeEntry> Tree() =>
    [
        new() { Path = RootPath.Root, Kind = EntryKind.Directory, Mode = 0x1ED },
        new() { Path = RootPath.Parse("etc"), Kind = EntryKind.Directory, Mode = 0x1ED },
        .. Enumerable.Range(0, 60).Select(number =>
            FileEntry($"etc/file-{number}", new BytesContent(Samples.Noise(40_000, number)))),
        FileEntry("large", new BytesContent(new byte[LayerChunk.MaxBytes * 5 / 2])),
        new() { Path = RootPath.Parse("link"), Kind = EntryKind.Symlink, Mode = 0x1FF, LinkTarget = "large" },
    ];

    private static TreeEntry FileEntry(string path, FileContent? content) =>
        new() { Path = RootPath.Parse(path), Kind = EntryKind.File, Mode = 0x1A4, Content = content };

    private string[] CachedFiles() =>
        [.. Directory.GetFiles(Cache, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private Task<Layer> PackAsync(
        List<TreeEntry> entries, LayerCompression compression, int jobs = 1, string? cache = null) =>
        LayerPacker.PackAsync(
            new SealedRootfs(entries, new Ledger(0, [], [])),
            new LayerOptions
            {
                Compression = compression,
                Jobs = jobs,
                OutputDirectory = Output,
                ChunkCacheDirectory = cache,
            },
            TestContext.Current.CancellationToken);

    private sealed record BrokenContent(Func<Stream> OnOpen) : FileContent
    {
        public override long Length => 10;

        public override Stream Open() => OnOpen();
    }
}
