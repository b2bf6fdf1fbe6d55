using RootfsImporter.Net;
using RootfsImporter.Signing;

namespace RootfsImporter.Packages.Deb.Repositories;

/// <summary>
/// Fetches and verifies the signed root document of a suite: InRelease, or Release with Release.gpg on archives that
/// have no InRelease.
/// </summary>
/// <remarks>
/// A mirror whose document does not verify is skipped with a warning like one that does not answer. It is more likely
/// stale, half-updated or behind a login page than hostile; and a hostile one gains nothing by being skipped, since
/// every other mirror has to pass the same checks. When none passes, the first one's error is thrown.
/// </remarks>
internal sealed class AptReleaseReader(
    OpenPgpVerifier verifier, TimeProvider clock, IProgress<BuildEvent> events)
{
    private const int MaxSignatureBytes = 1 << 20;

    /// <summary>A verified document and the mirror that it came from.</summary>
    public sealed record Found(ReleaseFile Release, Digest SignedBy, Uri Mirror);

    /// <summary>Throws <see cref="FetchException"/> and <see cref="VerificationException"/>.</summary>
    public async Task<Found> ReadAsync(
        Repository repository, Architecture architecture, Downloader downloader, CancellationToken cancellationToken)
    {
        List<RootfsImporterException> errors = [];
        foreach (Uri mirror in repository.Mirrors)
        {
            try
            {
                return await ReadAsync(mirror, repository, architecture, downloader, cancellationToken);
            }
            catch (Exception e) when (e is FetchException or VerificationException)
            {
                errors.Add((RootfsImporterException)e);
                if (repository.Mirrors.Count > 1)
                {
                    events.Report(new BuildEvent.Warning(
                        $"skipping the mirror {MirrorAddress.Display(mirror)}: {e.Message}"));
                }
            }
        }

        RootfsImporterException? first = errors.Find(e => e is VerificationException) ?? errors.FirstOrDefault();
        throw first ?? throw new FetchException(
            $"there is no mirror for the suite {repository.Pocket.Suite}", "name one with --mirror");
    }

    private async Task<Found> ReadAsync(
        Uri mirror, Repository repository, Architecture architecture, Downloader downloader,
        CancellationToken cancellationToken)
    {
        string directory = $"dists/{repository.Pocket.Suite}/";
        Task<byte[]?> GetAsync(string file, int maxBytes) =>
            downloader.GetDocumentAsync([mirror], directory + file, maxBytes, cancellationToken);

        string shown = MirrorAddress.Display(MirrorAddress.WithSlash(mirror)) + directory;
        if (await GetAsync("InRelease", ReleaseFile.MaxBytes) is byte[] inRelease)
        {
            byte[] text = await verifier.VerifyClearSignedAsync(
                inRelease, shown + "InRelease", repository.Keys, cancellationToken);
            return Accept(text, Digest.Of(inRelease), shown + "InRelease");
        }

        if (await GetAsync("Release", ReleaseFile.MaxBytes) is not byte[] release)
        {
            throw new FetchException(
                $"{shown} has neither InRelease nor Release",
                $"check that the mirror has the suite {repository.Pocket.Suite}, or name another one with --mirror");
        }

        byte[] signature = await GetAsync("Release.gpg", MaxSignatureBytes) ?? throw new VerificationException(
            $"{shown}Release is not signed: there is neither InRelease nor Release.gpg",
            "an archive without a signature cannot be used; name another mirror with --mirror");
        await verifier.VerifyDetachedAsync(
            release, signature, shown + "Release", repository.Keys, cancellationToken);
        return Accept(release, Digest.Of(release), shown + "Release");

        Found Accept(byte[] text, Digest digest, string name)
        {
            ReleaseFile parsed = Parse(text, name);
            ReleaseVerifier.Verify(parsed, repository, architecture, clock.GetUtcNow(), name);
            return new Found(parsed, digest, mirror);
        }
    }

    private static ReleaseFile Parse(byte[] text, string name)
    {
        try
        {
            return ReleaseFile.Parse(text);
        }
        catch (InvalidDataException e)
        {
            throw new VerificationException(
                $"{name} is signed but malformed: {e.Message}", "tell the operators of the archive", e);
        }
    }
}
