using System.Security.Cryptography;
using RootfsImporter.Codecs;
using RootfsImporter.Oci;

namespace RootfsImporter.Stages;

/// <summary>Packed layers as files named by their digests.</summary>
internal static class LayerFile
{
    /// <summary>
    /// Packs a tar into <see cref="LayerOptions.OutputDirectory"/>. Throws a <see cref="HostException"/> when the disk is
    /// full. On failure and cancellation no file is left.
    /// </summary>
    /// <param name="options">How to pack.</param>
    /// <param name="writeTar">Writes the tar, telling where entries begin.</param>
    /// <param name="check">Throws when what was packed is not what it has to be; then it gets no name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<Layer> WriteAsync(
        LayerOptions options, Func<LayerChunker, CancellationToken, Task> writeTar, Action<PackedLayer> check,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Jobs, 1);
        string temporary = Path.Combine(options.OutputDirectory, $".layer-{Path.GetRandomFileName()}.tmp");
        try
        {
            MakeDirectory(options.OutputDirectory);
            PackedLayer packed;
            await using (FileStream blob =
                new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                LayerPipeline pipeline = new(options, blob);
                packed = await pipeline.RunAsync(writeTar, cancellationToken);
            }

            check(packed);
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

    /// <summary>
    /// The layer with its blob in a file: as it is when it lies in one, else copied to a directory, unless it is there.
    /// Throws <see cref="VerificationException"/> for a blob that is not what its digest says.
    /// </summary>
    public static async Task<Layer> KeepAsync(Layer layer, string directory, CancellationToken cancellationToken)
    {
        Layer kept = layer with
        {
            Content = new FileBlob(Path.Combine(directory, layer.Descriptor.Digest.Hex)),
        };
        if (IsWhole(layer) || IsWhole(kept))
        {
            return IsWhole(layer) ? layer : kept;
        }

        string temporary = Path.Combine(directory, $".layer-{Path.GetRandomFileName()}.tmp");
        try
        {
            MakeDirectory(directory);
            await using (Stream blob = await layer.Content.OpenAsync(cancellationToken))
            await using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                await blob.CopyToAsync(file, cancellationToken);
            }

            if (!IsWhole(layer with { Content = new FileBlob(temporary) }))
            {
                throw new VerificationException(
                    $"the layer {layer.Descriptor.Digest} is not what its digest says",
                    "the image is damaged where it comes from: make it anew, or take it from elsewhere");
            }

            File.Move(temporary, ((FileBlob)kept.Content).Path, overwrite: true);
            return kept;
        }
        catch (Exception exception)
        {
            Delete(temporary);
            if (HostDisk.Explain(exception, directory) is HostException explained)
            {
                throw explained;
            }

            throw;
        }
    }

    /// <summary>Whether a layer's file is there and is what its digest says.</summary>
    public static bool IsWhole(Layer layer)
    {
        if (layer.Content is not FileBlob file)
        {
            return false;
        }

        FileInfo blob = new(file.Path);
        if (!blob.Exists || blob.Length != layer.Descriptor.Size)
        {
            return false;
        }

        using FileStream stream = blob.OpenRead();
        return Digest.FromBytes(SHA256.HashData(stream)) == layer.Descriptor.Digest;
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

    private static void MakeDirectory(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw HostDisk.Explain(exception, directory) ?? new HostException(
                $"cannot keep layers in {directory}: {exception.Message}", "choose another --cache-dir", exception);
        }
    }

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
