namespace RootfsImporter.Net;

/// <summary>
/// Fetches files from lists of mirrors into a cache that is addressed by SHA-256. One instance serves a build; it is
/// thread safe.
/// </summary>
public sealed class Downloader : IDisposable
{
    /// <summary>
    /// Fetches a small document whose digest is not known (InRelease, Release, Release.gpg, an APKINDEX), whole.
    /// Null when every mirror that answers says that there is none (404). Throws <see cref="FetchException"/>.
    /// </summary>
    public Task<byte[]?> GetDocumentAsync(
        IReadOnlyList<Uri> mirrors, string path, long maxBytes, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{mirrors} {path} {maxBytes} {cancellationToken}");

    /// <summary>
    /// Makes a file of known digest and size present in the cache, and returns its absolute path. Tries
    /// <paramref name="paths"/> in order on each mirror (by-hash first, then the plain name). Resumes partial files,
    /// shares the cache with concurrent builds. Throws <see cref="FetchException"/> when no mirror has it and
    /// <see cref="VerificationException"/> when what they have is not it.
    /// </summary>
    public Task<string> FetchAsync(
        IReadOnlyList<Uri> mirrors, IReadOnlyList<string> paths, Digest digest, long size,
        CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{mirrors} {paths} {digest} {size} {cancellationToken}");

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
