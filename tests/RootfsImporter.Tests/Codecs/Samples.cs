using System.Text;
using RootfsImporter.Codecs;

namespace RootfsImporter.Tests.Codecs;

/// <summary>The same small text, plain and in each format.</summary>
internal static class Samples
{
    public static byte[] Text { get; } = Encoding.ASCII.GetBytes(
        string.Concat(Enumerable.Range(0, 40).Select(number => $"line {number} of a text that compresses\n")));

    // Made by liblzma 5.4.1 and libbz2 1.0.8 of Text.
    private const string Xz =
        "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AVFAHhdADYaSh8IoCYDTQad7+2MoT/IOM9thS+YBVT3V81fWtWhrZid08G5PLhK9hGP85/0NbHO"
        + "Mv8Mz1fJASD2xVpxiQdaLmbW49MXcq0cuUvC4YmhSYAs+C21FtGwwMTap8eYVhKwz5b7pfD1l0VewbOQZV3WXugkcJy/qgBWXbOg03CWDwAB"
        + "lAHGCgAANJ1zJrHEZ/sCAAAAAARZWg==";

    private const string Lzma =
        "XQAAgAD//////////wA2GkofCKAmA00Gne/tjKE/yDjPbYUvmAVU91fNX1rVoa2YndPBuTy4SvYRj/Of9DWxzjL/DM9XyQEg9sVacYkHWi5m"
        + "1uPTF3KtHLlLwuGJoUmALPgttRbRsMDE2qfHmFYSsM+W+6Xw9ZdFXsGzkGVd1l7oJHGupCMf/42TIAA=";

    private const string Bzip2 =
        "QlpoOTFBWSZTWdx18sEAAXdZgAAQQAB/4Ctn3EAwAMMCUj9VT1D/UkMgAFNGgDQAAFSpNDEYCD00fAKNQKNgKPoFGvC1uMzpy59NeEl5JJJv"
        + "kjJJJjGMYxsBRoBRtnObq3KFu2KFWqFVVVVVVtZbgUdgKLAUegKbCKiLxHAiwRQR+EWiKCLxFBHAioioj2IsEbCORFwRaI6F3JFOFCQ3HXyw"
        + "QA==";

    public static byte[] Compressed(Compression compression) => compression switch
    {
        Compression.None => Text,
        Compression.Gzip => Compress(new GzipFrameCompressor(), Text),
        Compression.Zstd => Compress(ZstdFrameCompressor.Create(), Text),
        Compression.Xz => Convert.FromBase64String(Xz),
        Compression.Lzma => Convert.FromBase64String(Lzma),
        Compression.Bzip2 => Convert.FromBase64String(Bzip2),
        _ => throw new ArgumentOutOfRangeException(nameof(compression)),
    };

    public static byte[] Compress(IFrameCompressor compressor, ReadOnlySpan<byte> bytes)
    {
        using (compressor)
        {
            using MemoryStream output = new();
            compressor.Compress(bytes, output);
            return output.ToArray();
        }
    }

    public static byte[] Decompress(ReadOnlySpan<byte> bytes, Compression compression)
    {
        using Stream stream = Decompressor.Open(new MemoryStream(bytes.ToArray()), compression);
        using MemoryStream output = new();
        stream.CopyTo(output);
        return output.ToArray();
    }

    /// <summary>Bytes that do not compress, the same every time.</summary>
    public static byte[] Noise(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
