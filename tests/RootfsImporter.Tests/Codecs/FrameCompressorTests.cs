using RootfsImporter.Codecs;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Codecs;

public sealed class FrameCompressorTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(1 << 20)]
    public void Frames_read_back(int length)
    {
        byte[] content = Samples.Noise(length);

        Assert.Equal(content, Samples.Decompress(Samples.Compress(new GzipFrameCompressor(), content), Compression.Gzip));
        Assert.Equal(content, Samples.Decompress(Samples.Compress(ZstdFrameCompressor.Create(), content), Compression.Zstd));
        Assert.Equal(content, Samples.Compress(new StoreFrameCompressor(), content));
    }

    [Fact]
    public void Gzip_header_holds_no_time_name_or_system() =>
        Assert.Equal(
            "1f8b08000000000000ff",
            Convert.ToHexStringLower(Samples.Compress(new GzipFrameCompressor(), Samples.Text).AsSpan(0, 10)));

    [Fact]
    public async Task The_hosts_tools_accept_frames_after_one_another()
    {
        using TempDirectory directory = new();
        using MemoryStream gzip = new();
        using MemoryStream zstd = new();
        using GzipFrameCompressor gzipCompressor = new();
        using ZstdFrameCompressor zstdCompressor = ZstdFrameCompressor.Create();
        foreach (byte[] content in new[] { Samples.Text, Samples.Noise(50_000), [], new byte[1 << 20] })
        {
            gzipCompressor.Compress(content, gzip);
            zstdCompressor.Compress(content, zstd);
        }

        await HostTool.RunAsync("gzip", "-t", directory.Write("frames.gz", gzip.ToArray()));
        await HostTool.RunAsync("zstd", "-t", directory.Write("frames.zst", zstd.ToArray()));
    }

    [Fact]
    public void A_frame_does_not_depend_on_the_ones_before()
    {
        using MemoryStream output = new();
        using ZstdFrameCompressor zstd = ZstdFrameCompressor.Create();
        zstd.Compress(Samples.Noise(1000), output);
        int start = (int)output.Length;
        zstd.Compress(Samples.Text, output);

        Assert.Equal(Samples.Compressed(Compression.Zstd), output.ToArray()[start..]);
    }
}
