using RootfsImporter.Profiles;

namespace RootfsImporter.Importing;

/// <summary>Which profile describes the release that a tree is of.</summary>
internal static class ProfileMatch
{
    /// <summary>
    /// The profile of the tree's distribution and release, or null. Point releases are their release's (Alpine 3.20.3 is
    /// 3.20), and what Alpine calls an alpha is its branch edge. Of several the one counts that is named after the release;
    /// others may be derived of it.
    /// </summary>
    public static Profile? Find(IReadOnlyList<Profile> profiles, OsRelease? release)
    {
        if (release?.VersionId is not string version)
        {
            return null;
        }

        Profile[] found =
        [
            .. profiles.Where(profile => profile.Variant is null && profile.Distribution == release.Id
                && IsOf(version, profile.Version)),
        ];
        return found.FirstOrDefault(profile => profile.Name == $"{profile.Distribution}-{profile.Version}")
            ?? (found is [Profile only] ? only : null);
    }

    private static bool IsOf(string version, string release) => release == "edge"
        ? version.Contains("_alpha", StringComparison.Ordinal)
        : version == release
            || (version.StartsWith(release + ".", StringComparison.Ordinal) && !version.Contains('_', StringComparison.Ordinal));
}
