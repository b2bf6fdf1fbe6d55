using RootfsImporter.Net;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;

namespace RootfsImporter;

/// <summary>The repositories of a profile for one architecture, and their verified indexes.</summary>
/// <param name="Repositories">The repositories, in the profile's order.</param>
/// <param name="Indexes">The index of each.</param>
internal sealed record ProfileIndexes(IReadOnlyList<Repository> Repositories, IReadOnlyList<PackageIndex> Indexes)
{
    /// <summary>Finds the mirrors and reads the signed indexes, all at once.</summary>
    public static async Task<ProfileIndexes> ReadAsync(
        Profile profile, Architecture architecture, IReadOnlyDictionary<string, IReadOnlyList<Uri>> userMirrors,
        IPackageFamily family, Downloader downloader, StageClock stages, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, ArchiveMirrors> mirrors = await MirrorResolver.ResolveAsync(
            new MirrorRequest { Profile = profile, Architecture = architecture, Mirrors = userMirrors }, cancellationToken);
        IReadOnlyList<Repository> repositories = RepositoryPlan.Create(profile, architecture, mirrors);
        IReadOnlyList<PackageIndex> indexes = await stages.RunAsync(
            "indexes",
            async () => await Task.WhenAll(repositories.Select(repository => family.ReadIndexAsync(
                repository, architecture, downloader, cancellationToken))),
            found => $"{found.Length} signed indexes");
        return new ProfileIndexes(repositories, indexes);
    }
}
