using System.Buffers;
using System.Security.Cryptography;

namespace RootfsImporter.Targets;

/// <summary>The bytes of layers, checked on their way to a target.</summary>
internal static class LayerContent
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>
    /// Copies a stream that has to have this digest and, when it is known, size; returns the size. Throws <see cref="InvalidDataException"/> at its end,
    /// or as soon as it is longer than it may be, when it has not.
    /// </summary>
    internal static async Task<long> CopyVerifiedAsync(
        Stream source, Stream destination, Digest expected, long? size, CancellationToken cancellationToken)
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
            if ((size is not null && total != size) || actual != expected)
            {
                throw new InvalidDataException(size is null
                    ? $"expected {expected}, found {actual} of {total} bytes"
                    : $"expected {expected} of {size} bytes, found {actual} of {total}");
            }

            return total;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
