using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Database;
using RootfsImporter.Packages.Apk.Repositories;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>
/// Chooses packages as apk's solver does in an empty root, or in one in which some are installed (apk-tools, src/solver.c):
/// the same set in the same versions, or the reasons why there is none. Where that fails, a more careful search has a second
/// try. Pure and deterministic.
/// </summary>
internal static class ApkResolver
{
    /// <summary>
    /// The packages that satisfy the profile's world, sorted by name (ordinal), or the reasons why none do. Packages that
    /// the profile only extracts are among them, with the reason <c>extracted</c>; what is installed and stays is not.
    /// Throws <see cref="ProfileException"/> for a term that cannot be read.
    /// </summary>
    /// <param name="selection">What is asked for: include, exclude, pin, extract.</param>
    /// <param name="architecture">The architecture to build.</param>
    /// <param name="packages">The packages of all repositories, in the profile's order of pockets.</param>
    /// <param name="installed">
    /// What is installed, or null. None of it goes, and it is preferred to what is newer; its world goes on to be satisfied.
    /// </param>
    public static Resolution Resolve(
        PackageSelection selection, Architecture architecture, IReadOnlyList<ApkPackage> packages, InstalledApks? installed)
    {
        if (installed is not null
            && selection is { Include.Count: 0, Exclude.Count: 0, Extract.Count: 0, Pin.Count: 0 })
        {
            return Solved([], architecture, installed);
        }

        ApkUniverse? first = new(selection, architecture, packages, installed);
        IReadOnlyList<string> wrong = new ApkExplanation(first, selection).OfSelection();
        if (wrong.Count > 0)
        {
            return new Resolution.Unsatisfiable(wrong);
        }

        ApkUniverse Prepare()
        {
            // A search works on its universe once.
            ApkUniverse fresh = first ?? new ApkUniverse(selection, architecture, packages, installed);
            first = null;
            return fresh;
        }

        (ApkUniverse universe, ApkInstallSet set) = Search(selection, Prepare, installed);
        ApkExplanation explanation = new(universe, selection);
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

        return reasons.Count > 0 ? new Resolution.Unsatisfiable(reasons) : Solved(chosen, architecture, installed);
    }

    // apk would remove what nothing needs any more. Here nothing goes: it is asked for by its name in a further search.
    private static (ApkUniverse Universe, ApkInstallSet Set) Search(
        PackageSelection selection, Func<ApkUniverse> prepare, InstalledApks? installed)
    {
        HashSet<string> kept = new(StringComparer.Ordinal);
        while (true)
        {
            (ApkUniverse universe, ApkInstallSet set) = Choose(selection, prepare, installed, kept);
            HashSet<string> there = [.. set.Packages.Select(package => package.Package.Name)];
            string[] missing =
                [.. (installed?.Packages ?? []).Select(package => package.Name).Where(name => !there.Contains(name))];
            if (set.Faults.Count > 0 || !missing.Any(kept.Add))
            {
                return (universe, set);
            }

            kept.UnionWith(missing);
        }
    }

    private static (ApkUniverse Universe, ApkInstallSet Set) Choose(
        PackageSelection selection, Func<ApkUniverse> prepare, InstalledApks? installed, IReadOnlySet<string> kept)
    {
        (ApkUniverse Universe, ApkInstallSet Set) ChooseOnce(bool isCareful)
        {
            ApkUniverse universe = prepare();
            IReadOnlyList<ApkTerm> world = ApkWorld.Read(selection, universe, installed, kept.Order(StringComparer.Ordinal));
            new ApkSolver(universe, world).Solve(isCareful);
            return (universe, new ApkInstallSet(world));
        }

        (ApkUniverse Universe, ApkInstallSet Set) plain = ChooseOnce(isCareful: false);
        if (plain.Set.Faults.Count == 0)
        {
            return plain;
        }

        (ApkUniverse Universe, ApkInstallSet Set) careful = ChooseOnce(isCareful: true);
        return careful.Set.Faults.Count == 0 ? careful : plain;
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
        Dictionary<ApkCandidate, ApkReason> chosen, Architecture architecture, InstalledApks? installed)
    {
        Dictionary<string, string> versions = (installed?.Packages ?? []).ToDictionary(p => p.Name, p => p.Version);
        ApkReason ReasonOf(ApkCandidate candidate, ApkReason reason) =>
            versions.TryGetValue(candidate.Package.Name, out string? version)
                ? reason with { Text = $"replaces {version} of the base" }
                : reason;

        // With what stays, so that an image on top is never older than its base.
        long newest = chosen.Keys.Select(c => c.Package.BuildTime)
            .Concat((installed?.Apks ?? []).Select(package => package.Package.BuildTime)).DefaultIfEmpty().Max();
        return new Resolution.Solved(
            [.. chosen.Where(c => !c.Key.IsInstalled).OrderBy(c => c.Key.Package.Name, StringComparer.Ordinal)
                .Select(c => Lock(c.Key.Package, ReasonOf(c.Key, c.Value), architecture))])
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
