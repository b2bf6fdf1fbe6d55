using System.Diagnostics;
using RootfsImporter.Codecs;
using RootfsImporter.Oci;

namespace RootfsImporter.Archives;

/// <summary>Reads packed layers back.</summary>
internal static class LayerBlob
{
    /// <summary>
    /// Opens a layer's tar, uncompressed; the caller disposes the stream. Damaged data is an
    /// <see cref="InvalidDataException"/> while reading, and so are more bytes than the layer has.
    /// </summary>
    public static Stream OpenUncompressed(Layer layer)
    {
        FileStream blob = new(layer.BlobFile, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        try
        {
            return new BoundedStream(
                Decompressor.Open(blob, ToCompression(layer.Compression)), layer.UncompressedSize);
        }
        catch
        {
            blob.Dispose();
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
