using RootfsImporter.Packages.Deb.Repositories;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>
/// Chooses the packages of a profile from the indexes of its pockets: the set and the versions that apt chooses for
/// the same request in an empty system, or the reasons why there is none. Pure and deterministic.
/// </summary>
internal static class DebResolver
{
    /// <summary>
    /// Resolves a selection for one architecture; the newest allowed version of a package wins over all indexes.
    /// Throws <see cref="ProfileException"/> for an included term that cannot be read.
    /// </summary>
    public static Resolution Resolve(
        PackageSelection selection, Architecture architecture, IReadOnlyList<DebIndex> indexes)
    {
        DebUniverse universe = new(selection, architecture, indexes);
        IReadOnlyList<DebRequest> requests = DebRequest.Read(selection, universe);
        DebExplanation explanation = new(universe, selection);
        IReadOnlyList<string> wrong = explanation.OfSelection();
        if (wrong.Count > 0)
        {
            return new Resolution.Unsatisfiable(wrong);
        }

        DebSolver solver = new(universe, requests, selection.Recommends);
        if (solver.Solve(out IReadOnlyList<DebChosen> chosen) is not { } core)
        {
            return new Resolution.Solved(
                [.. chosen.Select(Lock).OrderBy(p => p.Name, StringComparer.Ordinal)]);
        }

        return new Resolution.Unsatisfiable(solver.HasGivenUp
            ? ["the search took too long; its last attempt failed because:", .. explanation.OfCore(core)]
            : explanation.OfCore(core));
    }

    private static LockedPackage Lock(DebChosen chosen)
    {
        DebPackage package = chosen.Solvable.Package;
        return new LockedPackage
        {
            Name = package.Name,
            Version = package.Version.Text,
            Architecture = package.Architecture,
            Archive = package.Repository.Pocket.Archive,
            Pocket = package.Repository.Pocket.Name,
            Path = package.Filename,
            Size = package.Size,
            Checksum = package.Digest.ToString(),
            Reason = chosen.Request?.Reason ?? chosen.Need switch
            {
                { IsOptional: true } need => $"recommended by {need.Subject.Name}",
                { } need => $"needed by {need.Subject.Name}",
                null => "needed by a choice between others",
            },
            IsRequested = chosen.Request is not null,
        };
    }
}
