using RootfsImporter.Packages;
using RootfsImporter.Profiles;

namespace RootfsImporter.Stages;

/// <summary>Turns a profile into exact packages.</summary>
public static class Resolver
{
    /// <summary>
    /// Chooses the packages. Throws <see cref="ResolveException"/> with the reasons when no set satisfies the profile.
    /// </summary>
    public static async Task<Lockfile> ResolveAsync(
        Profile profile, IPackageFamily family, Architecture architecture, IReadOnlyList<PackageIndex> indexes,
        CancellationToken cancellationToken)
    {
        Resolution resolution = await family.ResolveAsync(profile, architecture, indexes, cancellationToken);
        return resolution switch
        {
            Resolution.Solved solved => new Lockfile
            {
                Profile = profile.Name,
                Variant = profile.Variant,
                Architecture = architecture,
                SourceDateEpoch = solved.NewestBuild ?? indexes.Max(index => index.Published),
                PhasedUpdates = profile.Packages.PhasedUpdates,
                Indexes =
                [
                    .. indexes.Select(index => new LockedIndex(
                        index.Repository.Pocket.Archive, index.Repository.Pocket.Suite, index.SignedBy,
                        index.Published)),
                ],
                Packages = solved.Packages,
            },
            Resolution.Unsatisfiable unsatisfiable => throw new ResolveException(
                $"no set of packages makes {profile.Name} for {architecture}:\n  "
                    + string.Join("\n  ", unsatisfiable.Reasons),
                "change what the profile or the options include, exclude or pin"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
