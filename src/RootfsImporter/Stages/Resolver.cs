using RootfsImporter.Packages;
using RootfsImporter.Profiles;

namespace RootfsImporter.Stages;

/// <summary>Turns a profile into exact packages.</summary>
public static class Resolver
{
    /// <summary>
    /// Chooses the packages. Throws <see cref="ResolveException"/> with the reasons when no set satisfies the profile.
    /// </summary>
    /// <param name="profile">What is asked for.</param>
    /// <param name="family">Its package family.</param>
    /// <param name="architecture">The architecture.</param>
    /// <param name="indexes">The verified indexes, in the profile's order.</param>
    /// <param name="installed">What the profile's base has; null when it has no base.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<Lockfile> ResolveAsync(
        Profile profile, IPackageFamily family, Architecture architecture, IReadOnlyList<PackageIndex> indexes,
        InstalledPackages? installed, CancellationToken cancellationToken)
    {
        async Task<Resolution.Solved> SolveAsync(PackageSelection selection) =>
            await family.ResolveAsync(selection, architecture, indexes, installed, cancellationToken) switch
            {
                Resolution.Solved solved => solved,
                Resolution.Unsatisfiable unsatisfiable => throw new ResolveException(
                    $"no set of packages makes {profile.Name} for {architecture}:\n  "
                        + string.Join("\n  ", unsatisfiable.Reasons),
                    "change what the profile or the options include, exclude or pin"),
                _ => throw new System.Diagnostics.UnreachableException(),
            };

        Resolution.Solved solved = await SolveAsync(profile.Packages);
        if (profile.BuildOnly.Count > 0)
        {
            // What stays is chosen first: what is there for a while must not change it.
            Resolution.Solved all = await SolveAsync(WithBuildOnly(profile, solved.Packages));
            solved = solved with { Packages = MarkBuildOnly(all.Packages, solved.Packages, installed) };
        }

        return new Lockfile
        {
            Profile = profile.Name,
            Variant = profile.Variant,
            Architecture = architecture,
            SourceDateEpoch = solved.NewestBuild ?? indexes.Max(index => index.Published),
            PhasedUpdates = profile.Packages.PhasedUpdates,
            Indexes =
            [
                .. indexes.Select(index => new LockedIndex(
                    index.Repository.Pocket.Archive, index.Repository.Pocket.Suite, index.SignedBy, index.Published)),
            ],
            Packages = solved.Packages,
        };
    }

    private static PackageSelection WithBuildOnly(Profile profile, IReadOnlyList<LockedPackage> staying)
    {
        Dictionary<string, string> pins = new(profile.Packages.Pin);
        foreach (LockedPackage package in staying)
        {
            pins[package.Name] = package.Version;
        }

        return profile.Packages with
        {
            Include = [.. profile.Packages.Include, .. staying.Select(package => package.Name), .. profile.BuildOnly],
            Pin = pins,
        };
    }

    private static IReadOnlyList<LockedPackage> MarkBuildOnly(
        IReadOnlyList<LockedPackage> all, IReadOnlyList<LockedPackage> staying, InstalledPackages? installed)
    {
        Dictionary<string, LockedPackage> stays = staying.ToDictionary(package => package.Name);
        HashSet<string> known = [.. installed?.Packages.Select(package => package.Name) ?? []];
        return
        [
            .. all.Select(package => stays.TryGetValue(package.Name, out LockedPackage? same)
                ? same
                : package with { IsBuildOnly = !known.Contains(package.Name) }),
        ];
    }
}
