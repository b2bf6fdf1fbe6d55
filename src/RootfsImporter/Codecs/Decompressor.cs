using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;

namespace RootfsImporter.Codecs;

/// <summary>
/// Opens compressed streams. Several members, streams or frames one after another are read as one; data that
/// ends too early, is damaged, or is followed by anything else is an <see cref="InvalidDataException"/> with
/// the offset. How much may come out is the caller's matter: see <see cref="BoundedStream"/>.
/// </summary>
internal static class Decompressor
{
    private const int LzmaHeaderBytes = 13;

    /// <summary>
    /// Wraps a stream in one that yields the uncompressed bytes. The result disposes the source unless
    /// <paramref name="leaveOpen"/>. A missing system library is a <see cref="HostException"/>.
    /// </summary>
    public static Stream Open(Stream source, Compression compression, bool leaveOpen = false) =>
        compression switch
        {
            Compression.None when leaveOpen => new BoundedStream(source, long.MaxValue, leaveOpen: true),
            Compression.None => source,
            Compression.Gzip => new NativeDecoderStream(source, GzipDecoder.Create(), leaveOpen),
            Compression.Xz => new NativeDecoderStream(source, XzDecoder.ForXz(), leaveOpen),
            Compression.Lzma => new NativeDecoderStream(source, XzDecoder.ForLzma(), leaveOpen),
            Compression.Zstd => new NativeDecoderStream(source, ZstdDecoder.Create(), leaveOpen),
            Compression.Bzip2 => new NativeDecoderStream(source, Bzip2Decoder.Create(), leaveOpen),
            _ => throw new UnreachableException(),
        };

    /// <summary>The compression that a file name's ending stands for; none for an unknown ending.</summary>
    public static Compression FromExtension(string fileName) => Path.GetExtension(fileName) switch
    {
        ".gz" or ".tgz" => Compression.Gzip,
        ".xz" or ".txz" => Compression.Xz,
        ".zst" or ".tzst" => Compression.Zstd,
        ".bz2" or ".tbz2" or ".tbz" => Compression.Bzip2,
        ".lzma" or ".tlz" => Compression.Lzma,
        _ => Compression.None,
    };

    /// <summary>
    /// The compression that the first bytes of a file show; 13 of them are enough for every format. Anything
    /// that is not recognised, a plain tar among it, is <see cref="Compression.None"/>.
    /// </summary>
    public static Compression Detect(ReadOnlySpan<byte> firstBytes) => firstBytes switch
    {
        [0x1F, 0x8B, ..] => Compression.Gzip,
        [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, ..] => Compression.Xz,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Compression.Zstd,
        // A skippable frame (RFC 8878, 3.1.2).
        [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18, ..] => Compression.Zstd,
        [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', ..] => Compression.Bzip2,
        _ => IsLzma(firstBytes) ? Compression.Lzma : Compression.None,
    };

    // The .lzma header has no magic number: properties (lc=3, lp=0, pb=2 is what every encoder writes),
    // dictionary size, uncompressed size or all ones. As xz does, only sizes that an encoder would choose are
    // believed.
    private static bool IsLzma(ReadOnlySpan<byte> header)
    {
        if (header.Length < LzmaHeaderBytes || header[0] != 0x5D)
        {
            return false;
        }

        uint dictionary = BinaryPrimitives.ReadUInt32LittleEndian(header[1..]);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(header[5..]);
        bool isDictionary = dictionary >= 4096 && BitOperations.PopCount(dictionary) switch
        {
            1 => true,
            2 => BitOperations.IsPow2(dictionary / 3),
            32 => true,
            _ => false,
        };
        return isDictionary && (size == ulong.MaxValue || size < 1UL << 38);
    }
}
