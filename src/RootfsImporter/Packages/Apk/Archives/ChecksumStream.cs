using System.Security.Cryptography;
using RootfsImporter.Codecs;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>
/// Passes a file's content on, and throws <see cref="InvalidDataException"/> at its end when it does not hash to the SHA-1
/// that the package records.
/// The inner stream stays the caller's.
/// </summary>
internal sealed class ChecksumStream(Stream inner, string path, ReadOnlyMemory<byte> expected) : ReadOnlyStream
{
    // The whole archive is vouched for by a SHA-256: this one finds mistakes of whoever built it, not attacks.
#pragma warning disable CA5350
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
    private bool _isChecked;

    public override int Read(Span<byte> buffer)
    {
        int read = inner.Read(buffer);
        if (read > 0)
        {
            _hash.AppendData(buffer[..read]);
        }
        else if (!buffer.IsEmpty && !_isChecked)
        {
            Check();
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Check()
    {
        byte[] found = _hash.GetCurrentHash();
        _isChecked = found.AsSpan().SequenceEqual(expected.Span) ? true : throw new InvalidDataException(
            $"{path} has the SHA-1 {Convert.ToHexStringLower(found)}, but the package records "
                + Convert.ToHexStringLower(expected.Span));
    }
}
