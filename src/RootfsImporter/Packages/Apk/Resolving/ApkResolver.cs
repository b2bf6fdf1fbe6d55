using RootfsImporter.Packages.Apk.Repositories;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>Chooses packages as apk's solver does (apk-tools, src/solver.c).</summary>
internal static class ApkResolver
{
    /// <summary>
    /// The packages that satisfy the profile's world, sorted by name (ordinal), or the reasons why none do. Packages that
    /// the profile only extracts are among them, with the reason <c>extracted</c>.
    /// </summary>
    /// <param name="profile">The merged profile: include, exclude, pin, extract.</param>
    /// <param name="architecture">The architecture to build.</param>
    /// <param name="packages">The packages of all repositories, in the profile's order of pockets.</param>
    public static Resolution Resolve(
        Profile profile, Architecture architecture, IReadOnlyList<ApkPackage> packages) =>
        throw new NotImplementedException();
}
