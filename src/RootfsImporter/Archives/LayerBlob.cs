using System.Diagnostics;
using RootfsImporter.Codecs;
using RootfsImporter.Oci;

namespace RootfsImporter.Archives;

/// <summary>Reads packed layers back.</summary>
internal static class LayerBlob
{
    /// <summary>What a layer of unknown size may inflate to: far beyond any image, and short of filling a store unseen.</summary>
    private const long MaxForeignBytes = 256L << 30;

    /// <summary>
    /// Opens a layer's tar, uncompressed; the caller disposes the stream. Damaged data is an
    /// <see cref="InvalidDataException"/> while reading, and so are more bytes than the layer has.
    /// </summary>
    public static async Task<Stream> OpenUncompressedAsync(Layer layer, CancellationToken cancellationToken)
    {
        Stream blob = await layer.Content.OpenAsync(cancellationToken);
        try
        {
            return new BoundedStream(
                Decompressor.Open(blob, ToCompression(layer.Compression)), layer.UncompressedSize ?? MaxForeignBytes);
        }
        catch
        {
            await blob.DisposeAsync();
            throw;
        }
    }

    private static Compression ToCompression(LayerCompression compression) => compression switch
    {
        LayerCompression.Gzip => Compression.Gzip,
        LayerCompression.Zstd => Compression.Zstd,
        LayerCompression.None => Compression.None,
        _ => throw new UnreachableException(),
    };
}
