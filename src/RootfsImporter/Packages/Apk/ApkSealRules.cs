using RootfsImporter.Profiles;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages.Apk;

/// <summary>The seal rules of apk: its caches, locks and logs go, the image's own repositories come.</summary>
internal static class ApkSealRules
{
    /// <summary>The rules for a profile, in order.</summary>
    /// <param name="profile">The merged profile.</param>
    /// <param name="repositories">What the packages were read from, one per pocket, in the profile's order.</param>
    public static IReadOnlyList<SealRule> For(Profile profile, IReadOnlyList<Repository> repositories) =>
        throw new NotImplementedException($"{profile.Name} {repositories.Count}");
}
