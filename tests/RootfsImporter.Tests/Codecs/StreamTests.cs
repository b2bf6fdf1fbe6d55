using RootfsImporter.Codecs;

namespace RootfsImporter.Tests.Codecs;

public sealed class StreamTests
{
    [Fact]
    public void Bounded_stream_lets_exactly_its_bound_through()
    {
        using BoundedStream stream = new(new MemoryStream(new byte[100]), 100);
        using MemoryStream output = new();

        stream.CopyTo(output);

        Assert.Equal(100, output.Length);
    }

    [Fact]
    public async Task Bounded_stream_rejects_one_byte_more()
    {
        using BoundedStream sync = new(new MemoryStream(new byte[101]), 100);
        await using BoundedStream async = new(new MemoryStream(new byte[101]), 100);

        InvalidDataException exception =
            Assert.Throws<InvalidDataException>(() => sync.CopyTo(Stream.Null));
        await Assert.ThrowsAsync<InvalidDataException>(
            () => async.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken));

        Assert.Contains("100 bytes", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bounded_stream_stops_a_bomb()
    {
        byte[] bomb = Samples.Compress(ZstdFrameCompressor.Create(), new byte[50_000_000]);
        using Stream stream =
            new BoundedStream(Decompressor.Open(new MemoryStream(bomb), Compression.Zstd), 1_000_000);

        Assert.Throws<InvalidDataException>(() => stream.CopyTo(Stream.Null));
    }

    [Fact]
    public async Task Hashing_stream_counts_and_hashes_what_is_read()
    {
        await using HashingStream stream = new(new TrickleStream(Samples.Text, step: 100));
        byte[] start = new byte[10];

        stream.ReadExactly(start);
        Assert.Equal((10, Digest.Of(Samples.Text.AsSpan(0, 10))), (stream.Count, stream.GetDigest()));

        await stream.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        Assert.Equal((Samples.Text.Length, Digest.Of(Samples.Text)), (stream.Count, stream.GetDigest()));
    }

    [Fact]
    public async Task Hashing_stream_counts_and_hashes_what_is_written()
    {
        using MemoryStream output = new();
        await using (HashingStream stream = new(output, leaveOpen: true))
        {
            stream.Write(Samples.Text.AsSpan(0, 10));
            await stream.WriteAsync(Samples.Text.AsMemory(10), TestContext.Current.CancellationToken);
            Assert.Equal((Samples.Text.Length, Digest.Of(Samples.Text)), (stream.Count, stream.GetDigest()));
        }

        Assert.Equal(Samples.Text, output.ToArray());
    }

    [Fact]
    public void A_missing_library_is_named_with_its_package()
    {
        HostException exception = Assert.Throws<HostException>(
            () => NativeCodec.FirstCall<int>("libfoo.so.1", "libfoo1", () => throw new DllNotFoundException("no")));

        Assert.Contains("libfoo.so.1", exception.Message, StringComparison.Ordinal);
        Assert.Contains("libfoo1", exception.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_explained()
    {
        IOException exception = Assert.Throws<IOException>(() =>
        {
            using FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write, FileShare.Write, bufferSize: 0);
            full.Write([1]);
        });

        HostException? explained = HostDisk.Explain(exception, "/some/file");

        Assert.Equal("cannot write /some/file: the disk is full", explained?.Message);
        Assert.Contains("free some space", explained?.Hint, StringComparison.Ordinal);
        Assert.Null(HostDisk.Explain(new IOException("another"), "/some/file"));
    }
}
