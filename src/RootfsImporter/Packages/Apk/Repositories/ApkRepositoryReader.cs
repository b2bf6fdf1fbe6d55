using RootfsImporter.Net;

namespace RootfsImporter.Packages.Apk.Repositories;

/// <summary>Fetches and verifies one repository's index.</summary>
internal static class ApkRepositoryReader
{
    /// <summary>
    /// Reads <c>SUITE/ARCH/APKINDEX.tar.gz</c> and verifies its signature against the repository's pinned keys. Throws
    /// <see cref="FetchException"/> when no mirror has it, <see cref="VerificationException"/> when no pinned key signed it.
    /// </summary>
    public static Task<ApkIndex> ReadAsync(
        Repository repository, Architecture architecture, Downloader downloader, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
