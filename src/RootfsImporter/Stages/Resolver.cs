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
            // What stays is chosen first: what is there for a while must not change it. Another version of a package of the
            // base stays, too, with what that needs.
            HashSet<string> known = [.. installed?.Packages.Select(package => package.Name) ?? []];
            Resolution.Solved all = await SolveAsync(WithBuildOnly(profile, solved.Packages));
            LockedPackage[] replaced = [.. all.Packages.Except(solved.Packages).Where(package => known.Contains(package.Name))];
            if (replaced.Length > 0)
            {
                solved = await SolveAsync(Including(profile.Packages, [.. solved.Packages, .. replaced]));
                all = await SolveAsync(WithBuildOnly(profile, solved.Packages));
            }

            solved = solved with { Packages = MarkBuildOnly(all.Packages, solved.Packages, known) };
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

    private static PackageSelection WithBuildOnly(Profile profile, IReadOnlyList<LockedPackage> staying) =>
        Including(profile.Packages with { Include = [.. profile.Packages.Include, .. profile.BuildOnly] }, staying);

    /// <summary>The selection with exact packages; those of which only files are taken have their own list in it.</summary>
    private static PackageSelection Including(PackageSelection selection, IReadOnlyList<LockedPackage> packages)
    {
        LockedPackage[] installed = [.. packages.Where(package => !selection.Extract.Contains(package.Name))];
        Dictionary<string, string> pins = new(selection.Pin);
        foreach (LockedPackage package in installed)
        {
            pins[package.Name] = package.Version;
        }

        return selection with
        {
            Include = [.. selection.Include, .. installed.Select(package => package.Name)],
            Pin = pins,
        };
    }

    private static IReadOnlyList<LockedPackage> MarkBuildOnly(
        IReadOnlyList<LockedPackage> all, IReadOnlyList<LockedPackage> staying, HashSet<string> known)
    {
        Dictionary<string, LockedPackage> stays = staying.ToDictionary(package => package.Name);
        return
        [
            .. all.Select(package => stays.TryGetValue(package.Name, out LockedPackage? same)
                ? same
                : package with { IsBuildOnly = !known.Contains(package.Name) }),
        ];
    }
}
