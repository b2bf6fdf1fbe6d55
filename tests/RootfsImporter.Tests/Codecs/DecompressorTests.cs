using System.Text;
using RootfsImporter.Codecs;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Codecs;

public sealed class DecompressorTests
{
    public static TheoryData<string> Formats => ["Gzip", "Xz", "Zstd", "Bzip2", "Lzma"];

    public static TheoryData<string> FormatsOfManyStreams => ["Gzip", "Xz", "Zstd", "Bzip2"];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Reads_a_stream(string name)
    {
        Compression format = Enum.Parse<Compression>(name);

        Assert.Equal(Samples.Text, Samples.Decompress(Samples.Compressed(format), format));
    }

    [Theory]
    [MemberData(nameof(FormatsOfManyStreams))]
    public void Reads_streams_after_one_another(string name)
    {
        Compression format = Enum.Parse<Compression>(name);
        byte[] one = Samples.Compressed(format);

        Assert.Equal(
            [.. Samples.Text, .. Samples.Text, .. Samples.Text], Samples.Decompress([.. one, .. one, .. one], format));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Reads_from_a_pipe_in_any_steps(string name)
    {
        Compression format = Enum.Parse<Compression>(name);
        await using TrickleStream source = new(Samples.Compressed(format));
        await using Stream stream = Decompressor.Open(source, format);
        byte[] read = new byte[Samples.Text.Length + 1];
        int length = 0;
        int step;
        while ((step = await stream.ReadAsync(read.AsMemory(length, Math.Min(7, read.Length - length)),
            TestContext.Current.CancellationToken)) > 0)
        {
            length += step;
        }

        Assert.Equal(Samples.Text, read[..length]);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Rejects_a_stream_cut_off_anywhere(string name)
    {
        Compression format = Enum.Parse<Compression>(name);
        byte[] whole = Samples.Compressed(format);
        for (int length = 0; length < whole.Length; length++)
        {
            int cut = length;
            Assert.Throws<InvalidDataException>(() => Samples.Decompress(whole.AsSpan(0, cut), format));
        }
    }

    [Theory]
    [MemberData(nameof(FormatsOfManyStreams))]
    public void Rejects_a_second_stream_cut_off_anywhere(string name)
    {
        Compression format = Enum.Parse<Compression>(name);
        byte[] one = Samples.Compressed(format);
        for (int length = 1; length < one.Length; length++)
        {
            byte[] cut = [.. one, .. one[..length]];
            Assert.Throws<InvalidDataException>(() => Samples.Decompress(cut, format));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Rejects_what_follows_the_data(string name)
    {
        Compression format = Enum.Parse<Compression>(name);
        byte[] whole = Samples.Compressed(format);

        Assert.Throws<InvalidDataException>(() => Samples.Decompress([.. whole, 0], format));
        Assert.Throws<InvalidDataException>(() => Samples.Decompress([.. whole, .. "and more"u8], format));
    }

    [Theory]
    [MemberData(nameof(FormatsOfManyStreams))]
    public void Never_yields_other_bytes_for_a_flipped_bit(string name)
    {
        Compression format = Enum.Parse<Compression>(name);
        byte[] whole = Samples.Compressed(format);
        int rejected = 0;
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] flipped = [.. whole];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.Equal(Samples.Text, Samples.Decompress(flipped, format));
            }
            catch (InvalidDataException)
            {
                rejected++;
            }
        }

        // What remains are fields without meaning here, such as gzip's time.
        Assert.InRange(rejected, whole.Length * 7, whole.Length * 8);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Error_tells_format_and_offset(string name)
    {
        Compression format = Enum.Parse<Compression>(name);
        byte[] whole = Samples.Compressed(format);

        InvalidDataException exception = Assert.Throws<InvalidDataException>(
            () => Samples.Decompress(whole.AsSpan(0, whole.Length / 2), format));

        Assert.Contains(format.ToString(), exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"{whole.Length / 2}", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Disposes_the_source_unless_told_not_to(string name)
    {
        Compression format = Enum.Parse<Compression>(name);
        TrickleStream owned = new([]);
        TrickleStream borrowed = new([]);

        Decompressor.Open(owned, format).Dispose();
        Decompressor.Open(borrowed, format, leaveOpen: true).Dispose();

        Assert.True(owned.IsDisposed);
        Assert.False(borrowed.IsDisposed);
    }

    [Fact]
    public void No_compression_passes_the_bytes_on()
    {
        TrickleStream source = new([.. "abc"u8]);

        Assert.Same(source, Decompressor.Open(source, Compression.None));
        using (Stream stream = Decompressor.Open(source, Compression.None, leaveOpen: true))
        {
            Assert.Equal((byte)'a', (byte)stream.ReadByte());
        }

        Assert.False(source.IsDisposed);
    }

    [Fact]
    public void Accepts_padding_between_xz_streams()
    {
        byte[] one = Samples.Compressed(Compression.Xz);

        Assert.Equal(
            [.. Samples.Text, .. Samples.Text], Samples.Decompress([.. one, 0, 0, 0, 0, .. one], Compression.Xz));
    }

    [Fact]
    public void Refuses_a_zstd_window_beyond_the_limit()
    {
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0, (31 - 10) << 3, 1, 0, 0];

        InvalidDataException exception =
            Assert.Throws<InvalidDataException>(() => Samples.Decompress(frame, Compression.Zstd));

        Assert.Contains("too much memory", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_an_lzma_dictionary_beyond_the_limit()
    {
        byte[] header = [0x5D, 0, 0, 0, 0x40, .. Enumerable.Repeat((byte)0xFF, 8), 0, 0, 0, 0, 0];

        InvalidDataException exception =
            Assert.Throws<InvalidDataException>(() => Samples.Decompress(header, Compression.Lzma));

        Assert.Contains("128 MiB", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data.tar", "None")]
    [InlineData("Packages", "None")]
    [InlineData("Packages.gz", "Gzip")]
    [InlineData("rootfs.tgz", "Gzip")]
    [InlineData("data.tar.xz", "Xz")]
    [InlineData("control.tar.zst", "Zstd")]
    [InlineData("Packages.bz2", "Bzip2")]
    [InlineData("data.tar.lzma", "Lzma")]
    [InlineData("/a.gz/data.tar", "None")]
    public void Knows_extensions(string fileName, string expected) =>
        Assert.Equal(Enum.Parse<Compression>(expected), Decompressor.FromExtension(fileName));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Detects_formats(string name)
    {
        Compression format = Enum.Parse<Compression>(name);

        Assert.Equal(format, Decompressor.Detect(Samples.Compressed(format).AsSpan(0, 13)));
    }

    [Fact]
    public void Detects_nothing_in_other_bytes()
    {
        Assert.Equal(Compression.None, Decompressor.Detect([]));
        Assert.Equal(Compression.None, Decompressor.Detect([0x1F]));
        Assert.Equal(Compression.None, Decompressor.Detect("BZhx"u8));
        Assert.Equal(Compression.None, Decompressor.Detect(Encoding.ASCII.GetBytes("]it is a text, no lzma")));
        Assert.Equal(Compression.Zstd, Decompressor.Detect([0x5A, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]));
    }

    [Theory]
    [InlineData("xz", "Xz", "-9")]
    [InlineData("xz", "Lzma", "--format=lzma")]
    [InlineData("bzip2", "Bzip2", "-9")]
    [InlineData("zstd", "Zstd", "-19")]
    [InlineData("gzip", "Gzip", "-9")]
    public async Task Reads_what_the_hosts_tools_write(string program, string name, string option)
    {
        Compression format = Enum.Parse<Compression>(name);
        using TempDirectory directory = new();
        byte[] content = [.. Samples.Noise(700_000), .. new byte[3_000_000], .. Samples.Text];
        string file = directory.Write("content", content);
        string suffix = format switch
        {
            Compression.Gzip => ".gz",
            Compression.Bzip2 => ".bz2",
            Compression.Zstd => ".zst",
            Compression.Lzma => ".lzma",
            _ => ".xz",
        };

        await HostTool.RunAsync(program, option, "-k", file);

        byte[] compressed = await File.ReadAllBytesAsync(file + suffix, TestContext.Current.CancellationToken);
        Assert.Equal(format, Decompressor.FromExtension(file + suffix));
        Assert.Equal(Digest.Of(content), Digest.Of(Samples.Decompress(compressed, format)));
    }
}
