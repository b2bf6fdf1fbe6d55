using RootfsImporter.Packages.Deb.Database;
using RootfsImporter.Packages.Deb.Repositories;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>
/// Chooses the packages of a profile from the indexes of its pockets: the set and the versions that apt chooses for
/// the same request in an empty system, or in that which is installed but without removing anything of it, or the reasons
/// why there is none. Pure and deterministic.
/// </summary>
internal static class DebResolver
{
    /// <summary>
    /// Resolves a selection for one architecture; the newest allowed version of a package wins over all indexes.
    /// Throws <see cref="ProfileException"/> for an included term that cannot be read.
    /// </summary>
    public static Resolution Resolve(
        PackageSelection selection, Architecture architecture, IReadOnlyList<DebIndex> indexes,
        DebInstalledPackages? installed)
    {
        DebUniverse universe = new(selection, architecture, indexes, installed?.Details ?? []);
        IReadOnlyList<DebRequest> requests = DebRequest.Read(selection, universe);
        DebExplanation explanation = new(universe, selection);
        IReadOnlyList<string> wrong = explanation.OfSelection();
        if (wrong.Count > 0)
        {
            return new Resolution.Unsatisfiable(wrong);
        }

        if (installed is not null && requests.Count == 0 && selection.Pin.Count == 0)
        {
            return new Resolution.Solved([]);
        }

        if (installed is not null && Foreign(installed, architecture) is { } foreign)
        {
            return new Resolution.Unsatisfiable([foreign]);
        }

        DebSolver solver = new(universe, requests, selection.Recommends);
        if (solver.Solve(out IReadOnlyList<DebChosen> chosen) is not { } core)
        {
            return chosen.Count > 0 && installed is { HasDpkg: false }
                ? new Resolution.Unsatisfiable(
                    ["the base has no dpkg, so that no packages can be added to it; take one that has, such as a 'slim' one"])
                : new Resolution.Solved([.. chosen.Select(Lock).OrderBy(p => p.Name, StringComparer.Ordinal)]);
        }

        return new Resolution.Unsatisfiable(solver.HasGivenUp
            ? ["the search took too long; its last attempt failed because:", .. explanation.OfCore(core)]
            : explanation.OfCore(core));
    }

    private static string? Foreign(DebInstalledPackages installed, Architecture architecture)
    {
        DebPackage[] foreign =
            [.. installed.Details.Where(p => p.Architecture != "all" && p.Architecture != architecture.Deb)];
        return foreign.Length == 0
            ? null
            : $"the base has {foreign.Length} packages of another architecture than {architecture}, such as {foreign[0]}; "
                + "packages can be added to systems of one architecture only";
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
                null when chosen.Rival is { } rival => $"needed by {rival.Name}, which cannot be with the installed version",
                null when chosen.IsSibling => "of the same source as a package that was chosen",
                null => "needed by a choice between others",
            },
            IsRequested = chosen.Request is not null,
        };
    }
}
