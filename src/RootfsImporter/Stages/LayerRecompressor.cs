using RootfsImporter.Archives;
using RootfsImporter.Oci;

namespace RootfsImporter.Stages;

/// <summary>Gives a layer another compression.</summary>
public static class LayerRecompressor
{
    private const int CopyBytes = 128 * 1024;

    /// <summary>
    /// The layer, compressed as <see cref="LayerOptions.Compression"/> says: itself when it is so already; else what was
    /// made of it before, if <see cref="LayerOptions.OutputDirectory"/> has it still; else a new blob there. The
    /// bytes are those that <see cref="LayerPacker"/> gives for the same tar. Throws a
    /// <see cref="VerificationException"/> when the layer is damaged or is not what its DiffId says, and a
    /// <see cref="HostException"/> when the disk is full. On failure and cancellation no file is left.
    /// </summary>
    public static async Task<Layer> RecompressAsync(Layer layer, LayerOptions options, CancellationToken cancellationToken)
    {
        if (layer.Compression == options.Compression)
        {
            return layer;
        }

        LayerIndex index = LayerIndex.Of(options);
        if (index.TryFind(layer.DiffId) is { } earlier)
        {
            return earlier;
        }

        Layer packed = await LayerFile.WriteAsync(
            options,
            (chunker, stopped) => CopyAsync(layer, chunker, stopped),
            packed => Check(layer, packed),
            cancellationToken);
        index.Add(packed);
        return packed;
    }

    private static async Task CopyAsync(Layer layer, LayerChunker chunker, CancellationToken cancellationToken)
    {
        LayerCutter cutter = new(chunker);
        try
        {
            await using Stream tar = await LayerBlob.OpenUncompressedAsync(layer, cancellationToken);
            byte[] buffer = new byte[CopyBytes];
            int count;
            while ((count = await tar.ReadAsync(buffer, cancellationToken)) > 0)
            {
                cutter.Write(buffer.AsSpan(0, count));
            }
        }
        catch (InvalidDataException exception)
        {
            throw Damaged(layer, exception.Message, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HostException(
                $"cannot read the layer {layer.Descriptor.Digest}: {exception.Message}",
                "see whether something else removes or changes the image meanwhile", exception);
        }

        cutter.Complete();
    }

    private static void Check(Layer layer, PackedLayer packed)
    {
        if (packed.DiffId != layer.DiffId)
        {
            throw Damaged(layer, $"its tar is {packed.DiffId}, and the image's config says {layer.DiffId}", null);
        }
    }

    private static VerificationException Damaged(Layer layer, string problem, Exception? inner) => new(
        $"cannot change the compression of the layer {layer.Descriptor.Digest}: {problem}",
        "the image is damaged where it comes from: make it anew, or take it from elsewhere", inner);
}
