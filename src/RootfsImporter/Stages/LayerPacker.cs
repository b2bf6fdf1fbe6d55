using RootfsImporter.Codecs;
using RootfsImporter.Files;
using RootfsImporter.Oci;

namespace RootfsImporter.Stages;

/// <summary>Packs a sealed tree into a layer: a pure function from entries to bytes.</summary>
public static class LayerPacker
{
    /// <summary>
    /// Writes the layer's blob to <see cref="LayerOptions.OutputDirectory"/>, named by its digest. The same
    /// entries give the same DiffId always, and the same blob with one release of this program on one runtime
    /// (for zstd: with one libzstd). Throws a <see cref="HostException"/> when the disk is full, a system
    /// library is missing or a file changed meanwhile, and an <see cref="ArgumentException"/> for what a
    /// layer must not hold (devices, sockets). On failure and cancellation no file is left.
    /// </summary>
    public static async Task<Layer> PackAsync(
        SealedRootfs sealedRootfs, LayerOptions options, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Jobs, 1);
        string temporary = Path.Combine(options.OutputDirectory, $".layer-{Path.GetRandomFileName()}.tmp");
        try
        {
            Directory.CreateDirectory(options.OutputDirectory);
            PackedLayer packed;
            await using (FileStream blob =
                new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                LayerPipeline pipeline = new(options, blob);
                packed = await pipeline.RunAsync(sealedRootfs.Entries, cancellationToken);
            }

            string blobFile = Path.Combine(options.OutputDirectory, packed.BlobDigest.Hex);
            File.Move(temporary, blobFile, overwrite: true);
            return ToLayer(packed, options.Compression, blobFile);
        }
        catch (Exception exception)
        {
            Delete(temporary);
            if (HostDisk.Explain(exception, options.OutputDirectory) is HostException explained)
            {
                throw explained;
            }

            throw;
        }
    }

    private static Layer ToLayer(PackedLayer packed, LayerCompression compression, string blobFile) => new()
    {
        DiffId = packed.DiffId,
        UncompressedSize = packed.UncompressedSize,
        Compression = compression,
        Content = new FileBlob(blobFile),
        Descriptor = new Descriptor
        {
            MediaType = MediaTypes.OfLayer(compression),
            Digest = packed.BlobDigest,
            Size = packed.BlobSize,
        },
    };

    // What went wrong before is what has to be told.
    private static void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }
}
