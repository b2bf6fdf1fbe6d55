using RootfsImporter.Net;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages;

/// <summary>Joins a profile's pockets with the mirrors that were found for its archives.</summary>
public static class RepositoryPlan
{
    /// <summary>
    /// One repository for each pocket whose archive has mirrors, in the profile's order. Archives without any, because
    /// they do not hold the architecture, are left out; so are keys that sign other architectures only.
    /// </summary>
    public static IReadOnlyList<Repository> Create(
        Profile profile, Architecture architecture, IReadOnlyDictionary<string, ArchiveMirrors> mirrors) =>
    [
        .. profile.Pockets.Where(pocket => mirrors.ContainsKey(pocket.Archive)).Select(pocket => new Repository
        {
            Pocket = pocket,
            Components = profile.Components,
            Mirrors = mirrors[pocket.Archive].InOrder,
            CanonicalMirror = mirrors[pocket.Archive].Canonical,
            Keys = [.. profile.Keys.Where(key => key.Architectures?.Contains(architecture) != false)],
        }),
    ];
}
