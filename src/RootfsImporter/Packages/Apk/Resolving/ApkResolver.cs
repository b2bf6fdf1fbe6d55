using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Repositories;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>
/// Chooses packages as apk's solver does in an empty root (apk-tools, src/solver.c): the same set in the same versions, or
/// the reasons why there is none. Where that fails, a more careful search has a second try. Pure and deterministic.
/// </summary>
internal static class ApkResolver
{
    /// <summary>
    /// The packages that satisfy the profile's world, sorted by name (ordinal), or the reasons why none do. Packages that
    /// the profile only extracts are among them, with the reason <c>extracted</c>. Throws <see cref="ProfileException"/> for
    /// a term that cannot be read.
    /// </summary>
    /// <param name="selection">What is asked for: include, exclude, pin, extract.</param>
    /// <param name="architecture">The architecture to build.</param>
    /// <param name="packages">The packages of all repositories, in the profile's order of pockets.</param>
    public static Resolution Resolve(
        PackageSelection selection, Architecture architecture, IReadOnlyList<ApkPackage> packages)
    {
        ApkUniverse universe = new(selection, architecture, packages);
        ApkExplanation explanation = new(universe, selection);
        IReadOnlyList<string> wrong = explanation.OfSelection();
        if (wrong.Count > 0)
        {
            return new Resolution.Unsatisfiable(wrong);
        }

        ApkInstallSet set = Choose(selection, universe, isCareful: false);
        if (set.Faults.Count > 0)
        {
            ApkUniverse afresh = new(selection, architecture, packages);
            ApkInstallSet careful = Choose(selection, afresh, isCareful: true);
            (universe, set) = careful.Faults.Count == 0 ? (afresh, careful) : (universe, set);
        }

        List<string> reasons = [.. explanation.Of(set)];
        Dictionary<ApkCandidate, ApkReason> chosen = set.Packages.ToDictionary(
            p => p, p => set.ReasonOf(p) ?? throw new InvalidOperationException());
        foreach (ApkDependency term in selection.Extract.Select(ApkWorld.ParseWanted))
        {
            if (ToExtract(universe, term) is not { } extracted)
            {
                reasons.Add(explanation.OfExtract(term));
            }
            else if (set.Packages.All(p => p.Name != extracted.Name))
            {
                chosen.TryAdd(extracted, new ApkReason("extracted", null));
            }
        }

        return reasons.Count > 0 ? new Resolution.Unsatisfiable(reasons) : Solved(chosen, architecture);
    }

    private static ApkInstallSet Choose(PackageSelection selection, ApkUniverse universe, bool isCareful)
    {
        IReadOnlyList<ApkTerm> world = ApkWorld.Read(selection, universe);
        new ApkSolver(universe, world).Solve(isCareful);
        return new ApkInstallSet(world);
    }

    // Only by the package's own name, and nothing that it needs.
    private static ApkCandidate? ToExtract(ApkUniverse universe, ApkDependency term)
    {
        ApkName name = universe.Name(term.Name);
        ulong tags = ApkCandidate.Untagged | universe.Tag(term.Tag);
        return name.Providers.Where(p => p.Candidate.Name == name && p.Satisfies(term))
            .Select(p => p.Candidate).Where(c => c.Unusable is null && (c.Tags & tags) != 0)
            .OrderByDescending(c => c.Package.Version).ThenBy(c => c.Repository).FirstOrDefault();
    }

    private static Resolution.Solved Solved(
        Dictionary<ApkCandidate, ApkReason> chosen, Architecture architecture)
    {
        long newest = chosen.Keys.Select(c => c.Package.BuildTime).DefaultIfEmpty().Max();
        return new Resolution.Solved(
            [.. chosen.OrderBy(c => c.Key.Package.Name, StringComparer.Ordinal)
                .Select(c => Lock(c.Key.Package, c.Value, architecture))])
        {
            NewestBuild = newest > 0 ? newest : null,
        };
    }

    private static LockedPackage Lock(ApkPackage package, ApkReason reason, Architecture architecture)
    {
        Pocket pocket = package.Repository.Pocket;
        return new LockedPackage
        {
            Name = package.Name,
            Version = package.Version.ToString(),
            Architecture = package.Architecture,
            Archive = pocket.Archive,
            Pocket = pocket.Name,
            Path = $"{pocket.Suite}/{architecture.Apk}/{package.Name}-{package.Version}.apk",
            Size = package.Size,
            Checksum = package.Checksum,
            Reason = reason.Text,
            IsRequested = reason.IsRequested,
        };
    }
}
