using System.Security.Cryptography;
using RootfsImporter.Net;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.Signing;

namespace RootfsImporter.Packages.Apk.Repositories;

/// <summary>Fetches and verifies one repository's index.</summary>
/// <remarks>
/// A mirror whose index does not verify is skipped with a warning like one that does not answer. It is more likely
/// half-updated or behind a login page than hostile; and a hostile one gains nothing by being skipped, since every other
/// mirror has to pass the same checks. When none passes, the first one's error is thrown.
/// </remarks>
internal sealed class ApkRepositoryReader(IProgress<BuildEvent> events)
{
    /// <summary>As compressed: Alpine's largest has 2 MB, Wolfi's 30 MB.</summary>
    private const long MaxIndexBytes = 256 << 20;

    /// <summary>
    /// Reads <c>SUITE/ARCH/APKINDEX.tar.gz</c> and verifies its signature against the repository's pinned keys. Throws
    /// <see cref="FetchException"/> when no mirror has it, <see cref="VerificationException"/> when no pinned key signed it,
    /// and <see cref="ProfileException"/> for an architecture that Alpine does not have.
    /// </summary>
    public async Task<ApkIndex> ReadAsync(
        Repository repository, Architecture architecture, Downloader downloader, CancellationToken cancellationToken)
    {
        string name = architecture.Apk ?? throw new ProfileException(
            $"there are no apk packages for the architecture {architecture}",
            "there are for " + string.Join(", ", Architecture.All.Where(a => a.Apk is not null)));
        string path = $"{repository.Pocket.Suite}/{name}/APKINDEX.tar.gz";
        List<RootfsImporterException> errors = [];
        foreach (Uri mirror in repository.Mirrors)
        {
            string shown = MirrorAddress.Display(MirrorAddress.WithSlash(mirror)) + path;
            try
            {
                byte[] file = await downloader.GetDocumentAsync([mirror], path, MaxIndexBytes, cancellationToken)
                    ?? throw new FetchException(
                        $"{shown} does not exist",
                        $"check that the mirror has {repository.Pocket.Suite} for {name}, "
                        + "or name another one with --mirror");
                return Verify(file, repository, architecture, shown);
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
            $"there is no mirror for the repository {repository.Pocket.Suite}", "name one with --mirror");
    }

    /// <summary>Verifies an index that is in memory; <paramref name="shown"/> is what messages call it.</summary>
    public static ApkIndex Verify(byte[] file, Repository repository, Architecture architecture, string shown)
    {
        try
        {
            ApkSignatures signatures = ApkIndexFile.ReadSignatures(file);
            RsaVerifier.Verify(
                file.AsSpan((int)signatures.SignedStart), [.. signatures.All.Select(ToRsa).OfType<RsaSignature>()], shown,
                repository.Keys);
            using ApkIndexFile content = ApkIndexFile.Open(file);
            ApkIndex index = new()
            {
                Repository = repository,
                SignedBy = Digest.Of(file),
                Published = content.ModifiedTime,
                Architecture = architecture,
                File = file,
            };

            // An index that was made reproducibly says nothing of when.
            return index.Published > 0 ? index : index with
            {
                Published = ApkIndexParser.Parse(index).Max(package => (long?)package.BuildTime) ?? 0,
            };
        }
        catch (InvalidDataException e)
        {
            throw new VerificationException(
                $"{shown} is not an index of apk v2: {e.Message}",
                ApkMagic.IsV3(file)
                    ? ApkMagic.V3Hint
                    : "a proxy or a login page may have answered instead of the mirror; name another one with --mirror",
                e);
        }
    }

    /// <summary>Null for a kind that apk does not use any more (DSA), or not yet.</summary>
    private static RsaSignature? ToRsa(ApkSignature signature)
    {
        // What abuild writes is RSA with SHA-1; there is nothing else in Alpine's repositories.
#pragma warning disable CA5350
        HashAlgorithmName? algorithm = signature.Kind switch
        {
            "RSA" => HashAlgorithmName.SHA1,
            "RSA256" => HashAlgorithmName.SHA256,
            "RSA512" => HashAlgorithmName.SHA512,
            _ => null,
        };
#pragma warning restore CA5350
        return algorithm is { } known ? new RsaSignature(signature.KeyName, known, signature.Value) : null;
    }
}
