using RootfsImporter.Net;
using RootfsImporter.Signing;

namespace RootfsImporter.Packages.Deb.Repositories;

/// <summary>
/// Reads one suite of an apt archive: the signed Release file, and through its hashes the package indexes.
/// </summary>
internal sealed class AptRepositoryReader(
    OpenPgpVerifier verifier, TimeProvider clock, IProgress<BuildEvent> events)
{
    private const long MaxPackagesBytes = 1L << 30;

    // Best first. Archives list the plain file, too, but hardly any serve it.
    private static readonly string[] Extensions = [".xz", ".zst", ".gz", ""];

    private readonly AptReleaseReader _releases = new(verifier, clock, events);

    /// <summary>
    /// Fetches and verifies a suite for one architecture. When an index is missing or wrong and the Release file has
    /// changed meanwhile, because the archive was being updated, all is read once more. Throws
    /// <see cref="FetchException"/> and <see cref="VerificationException"/>.
    /// </summary>
    public async Task<AptRelease> ReadAsync(
        Repository repository, Architecture architecture, Downloader downloader, CancellationToken cancellationToken)
    {
        AptReleaseReader.Found found =
            await _releases.ReadAsync(repository, architecture, downloader, cancellationToken);
        try
        {
            return await ReadPackagesAsync(found, repository, architecture, downloader, cancellationToken);
        }
        catch (Exception e) when (e is FetchException or VerificationException)
        {
            AptReleaseReader.Found again =
                await _releases.ReadAsync(repository, architecture, downloader, cancellationToken);
            if (again.SignedBy == found.SignedBy)
            {
                throw;
            }

            events.Report(new BuildEvent.Detail(
                $"{repository.Pocket.Suite} was updated while it was read; reading it again"));
            return await ReadPackagesAsync(again, repository, architecture, downloader, cancellationToken);
        }
    }

    private static async Task<AptRelease> ReadPackagesAsync(
        AptReleaseReader.Found found, Repository repository, Architecture architecture, Downloader downloader,
        CancellationToken cancellationToken)
    {
        // The mirror that the Release file came from is the one most likely to have the files that go with it.
        Uri[] mirrors = [found.Mirror, .. repository.Mirrors.Where(mirror => mirror != found.Mirror)];
        string[] architectures = found.Release.HasAllInEachIndex ? [architecture.Deb] : [architecture.Deb, "all"];
        IEnumerable<Task<AptPackagesFile>> fetches =
            from component in repository.Components
            from name in architectures
            select FetchAsync(component, name);
        return new AptRelease
        {
            Release = found.Release,
            SignedBy = found.SignedBy,
            PackagesFiles = await Task.WhenAll(fetches.ToArray()),
        };

        async Task<AptPackagesFile> FetchAsync(string component, string architectureName)
        {
            string index = $"{component}/binary-{architectureName}/Packages";
            (string extension, ReleaseEntry entry) = Choose(found.Release, index, repository.Pocket.Suite);
            string plain = $"dists/{repository.Pocket.Suite}/{index}{extension}";
            string byHash = $"{plain[..plain.LastIndexOf('/')]}/by-hash/SHA256/{entry.Digest.Hex}";
            string path = await downloader.FetchAsync(
                mirrors, found.Release.IsAcquiredByHash ? [byHash, plain] : [plain],
                new FileIdentity.Sha256 { Digest = entry.Digest, Size = entry.Size }, cancellationToken);
            return new AptPackagesFile(component, path, extension);
        }
    }

    private static (string Extension, ReleaseEntry Entry) Choose(ReleaseFile release, string index, string suite)
    {
        foreach (string extension in Extensions)
        {
            if (release.Files.TryGetValue(index + extension, out ReleaseEntry entry))
            {
                return entry.Size <= MaxPackagesBytes
                    ? (extension, entry)
                    : throw new VerificationException(
                        $"{index}{extension} of the suite {suite} is to have {entry.Size} bytes; "
                        + $"at most {MaxPackagesBytes} are accepted",
                        "tell the operators of the archive");
            }
        }

        throw new VerificationException(
            $"the Release file of the suite {suite} does not list {index}, compressed or not",
            "the archive is broken, or keeps this architecture elsewhere: name another mirror with --mirror");
    }
}
