using System.Buffers;
using System.Security.Cryptography;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>The bytes of layers, checked on their way to a target.</summary>
internal static class LayerContent
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Opens a layer's blob as it is stored; the caller disposes the stream.</summary>
    internal static Stream OpenBlob(Layer layer) => new FileStream(
        layer.BlobFile,
        FileMode.Open,
        FileAccess.Read,
        FileShare.Read,
        bufferSize: 0,
        FileOptions.Asynchronous | FileOptions.SequentialScan);

    /// <summary>
    /// Copies a stream that has to have this size and digest. Throws <see cref="InvalidDataException"/> at its end,
    /// or as soon as it is longer than it may be, when it has not.
    /// </summary>
    internal static async Task CopyVerifiedAsync(
        Stream source, Stream destination, Digest expected, long size, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long total = 0;
            int read;
            while ((read = await source.ReadAsync(buffer, cancellationToken)) > 0)
            {
                total += read;
                if (total > size)
                {
                    throw new InvalidDataException($"{expected} has more than its {size} bytes");
                }

                hash.AppendData(buffer, 0, read);
                await destination.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            Digest actual = Digest.FromBytes(hash.GetHashAndReset());
            if (total != size || actual != expected)
            {
                throw new InvalidDataException($"expected {expected} of {size} bytes, found {actual} of {total}");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
