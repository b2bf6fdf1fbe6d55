using System.Buffers;
using System.Security.Cryptography;
using RootfsImporter.Net;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>
/// What an index promises of an .apk (v2): the SHA-1 of its compressed control member, which holds the SHA-256 of its
/// compressed data member. Both are checked, so every byte that is unpacked is vouched for. The signatures before them
/// are not: the index, whose signature was verified, names this very package.
/// </summary>
internal sealed record ApkIdentity : FileIdentity
{
    private const int BufferBytes = 256 * 1024;

    /// <summary><c>Q1</c> and base64, as in the index.</summary>
    public required string Checksum { get; init; }

    /// <inheritdoc/>
    public override string Text => Checksum;

    /// <inheritdoc/>
    public override string CachePath
    {
        get
        {
            string hex = Convert.ToHexStringLower(Sha1);
            return Path.Combine("apk", hex[..2], hex);
        }
    }

    /// <summary>Throws <see cref="VerificationException"/> for a checksum that is none, as a damaged lock may have.</summary>
    private byte[] Sha1 => ApkChecksum.TryParse(Checksum, out byte[] sha1) ? sha1 : throw new VerificationException(
        $"'{Checksum}' is not the checksum of an apk package: Q1 and 28 characters of base64 are expected",
        "make the lock again");

    /// <inheritdoc/>
    public override async ValueTask<string?> FindFaultAsync(Stream file, CancellationToken cancellationToken)
    {
        if (file.Length != Size)
        {
            return $"found {file.Length} bytes";
        }

        try
        {
            ApkParts parts = ApkParts.Read(file);
            // SHA-1 is what the format has. It withstands what would matter here, a second preimage.
#pragma warning disable CA5350
            byte[] control = await HashAsync(
                HashAlgorithmName.SHA1, file, parts.ControlStart, parts.DataStart, cancellationToken);
#pragma warning restore CA5350
            if (!control.AsSpan().SequenceEqual(Sha1))
            {
                return $"found the control part {ApkChecksum.Format(control)}";
            }

            string promised = parts.ReadControl().Info.Required("datahash");
            Digest data = Digest.FromBytes(await HashAsync(
                HashAlgorithmName.SHA256, file, parts.DataStart, file.Length, cancellationToken));
            return Digest.TryParse(promised, out Digest expected) && expected == data
                ? null
                : $"found the data part {data}, but the control part promises {promised}";
        }
        catch (InvalidDataException e)
        {
            return $"found no package of apk v2: {e.Message}";
        }
    }

    private static async Task<byte[]> HashAsync(
        HashAlgorithmName algorithm, Stream file, long start, long end, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(algorithm);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            file.Position = start;
            for (long rest = end - start; rest > 0;)
            {
                int read = await file.ReadAsync(
                    buffer.AsMemory(0, (int)Math.Min(rest, buffer.Length)), cancellationToken);
                if (read == 0)
                {
                    throw new InvalidDataException("it became shorter while it was read");
                }

                hash.AppendData(buffer, 0, read);
                rest -= read;
            }

            return hash.GetHashAndReset();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
