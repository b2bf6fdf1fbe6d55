using System.IO.Compression;
using RootfsImporter.Codecs;
using Compression = RootfsImporter.Codecs.Compression;

namespace RootfsImporter.Tests.Codecs;

public sealed class GzipDecoderTests
{
    // What does not compress is stored, so its length moves the member's end over every edge of the reader's
    // buffers.
    [Theory]
    [InlineData(0, 64)]
    [InlineData(4040, 4140)]
    [InlineData(8150, 8230)]
    [InlineData(65_480, 65_560)]
    public void Finds_a_members_end_wherever_it_lies(int first, int last)
    {
        for (int length = first; length <= last; length++)
        {
            byte[] noise = Samples.Noise(length, seed: length);
            byte[] member = Samples.Compress(new GzipFrameCompressor(), noise);
            byte[] expected = [.. noise, .. Samples.Text, .. noise];

            byte[] actual = Samples.Decompress(
                [.. member, .. Samples.Compressed(Compression.Gzip), .. member], Compression.Gzip);

            Assert.True(expected.AsSpan().SequenceEqual(actual), $"length {length}");
        }
    }

    [Fact]
    public void Skips_all_optional_parts_of_a_header()
    {
        byte[] member = Samples.Compressed(Compression.Gzip);
        byte[] header = [0x1F, 0x8B, 8, 0x1D, 1, 2, 3, 4, 0, 3, 3, 0, 7, 7, 7, .. "name\0"u8, .. "comment\0"u8];

        Assert.Equal(Samples.Text, Samples.Decompress([.. header, .. member[10..]], Compression.Gzip));
    }

    [Theory]
    [InlineData(2, 7)]
    [InlineData(3, 0x20)]
    public void Rejects_an_unknown_method_or_flag(int offset, byte value)
    {
        byte[] member = Samples.Compressed(Compression.Gzip);
        member[offset] = value;

        Assert.Throws<InvalidDataException>(() => Samples.Decompress(member, Compression.Gzip));
    }

    [Theory]
    [InlineData(8, "data check")]
    [InlineData(4, "length check")]
    public void Rejects_a_wrong_trailer_before_another_member(int fromEnd, string what)
    {
        byte[] member = Samples.Compressed(Compression.Gzip);
        member[^fromEnd] ^= 1;

        InvalidDataException exception = Assert.Throws<InvalidDataException>(
            () => Samples.Decompress([.. member, .. Samples.Compressed(Compression.Gzip)], Compression.Gzip));

        Assert.Contains(what, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.SmallestSize)]
    public void Reads_large_members_of_the_runtime(CompressionLevel level)
    {
        byte[] content = [.. Samples.Noise(300_000), .. new byte[5_000_000], .. Samples.Text];
        using MemoryStream output = new();
        for (int copy = 0; copy < 2; copy++)
        {
            using GZipStream gzip = new(output, level, leaveOpen: true);
            gzip.Write(content);
        }

        Assert.Equal(
            Digest.Of([.. content, .. content]), Digest.Of(Samples.Decompress(output.ToArray(), Compression.Gzip)));
    }
}
