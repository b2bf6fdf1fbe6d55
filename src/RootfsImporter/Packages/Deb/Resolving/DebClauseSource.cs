using RootfsImporter.Packages.Deb.Control;
using RootfsImporter.Packages.Deb.Repositories;

namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>Makes the clauses of a solvable when they are first asked for.</summary>
internal sealed class DebClauseSource(DebUniverse universe, bool followRecommends)
{
    private readonly Dictionary<DebSolvable, IReadOnlyList<DebClause.Needs>> _needs = [];
    private readonly Dictionary<DebSolvable, IReadOnlyList<DebClause>> _rivalries = [];

    /// <summary>What a solvable needs, in the order in which apt walks it: Pre-Depends, Depends, Recommends.</summary>
    public IReadOnlyList<DebClause.Needs> Needs(DebSolvable solvable)
    {
        if (!_needs.TryGetValue(solvable, out IReadOnlyList<DebClause.Needs>? needs))
        {
            needs = MakeNeeds(solvable);
            _needs.Add(solvable, needs);
        }

        return needs;
    }

    /// <summary>What cannot be with a solvable: other versions of it, what it conflicts with or breaks.</summary>
    public IReadOnlyList<DebClause> Rivalries(DebSolvable solvable)
    {
        if (!_rivalries.TryGetValue(solvable, out IReadOnlyList<DebClause>? rivalries))
        {
            rivalries =
            [
                .. universe.Versions(solvable.Name).Where(v => v != solvable)
                    .Select(v => new DebClause.SameName(solvable, v)),
                .. MakeConflicts(solvable),
            ];
            _rivalries.Add(solvable, rivalries);
        }

        return rivalries;
    }

    private List<DebClause.Needs> MakeNeeds(DebSolvable solvable)
    {
        DebPackage package = solvable.Package;
        try
        {
            List<DebClause.Needs> needs = [.. package.PreDepends.Concat(package.Depends).Select(g => Need(g, false))];
            if (followRecommends)
            {
                needs.AddRange(NewRecommends(package).Select(g => Need(g, true)));
            }

            // What a package itself provides it need not wait for.
            needs.RemoveAll(n => n.Options.Contains(solvable));

            // Read here, so that a package whose relations cannot be read is never chosen.
            _ = (package.Conflicts, package.Breaks);
            return needs;
        }
        catch (InvalidDataException e)
        {
            return [new DebClause.Needs(solvable, new RelationGroup([]), [], false, e.Message)];
        }

        DebClause.Needs Need(RelationGroup group, bool isOptional) =>
            new(solvable, group, universe.Options(group), isOptional, null);
    }

    /// <summary>As apt has it, nothing is brought for what was recommended before: somebody chose to go without.</summary>
    private IEnumerable<RelationGroup> NewRecommends(DebPackage package)
    {
        if (package.IsInstalled)
        {
            return [];
        }

        DebPackage? before = universe.Listed(package.Name).FirstOrDefault(p => p.IsInstalled);
        HashSet<string> known = [.. before?.Recommends.Select(group => group.ToString()) ?? []];
        return package.Recommends.Where(group => !known.Contains(group.ToString()));
    }

    private IEnumerable<DebClause.Conflicts> MakeConflicts(DebSolvable solvable)
    {
        if (Needs(solvable).Any(n => n.Problem is not null))
        {
            return [];
        }

        return Of(solvable.Package.Conflicts, false).Concat(Of(solvable.Package.Breaks, true));

        IEnumerable<DebClause.Conflicts> Of(IReadOnlyList<RelationGroup> groups, bool isBreaks) =>
            from relation in groups.SelectMany(g => g.Alternatives)
            from other in universe.HitBy(relation, solvable.Name)
            select new DebClause.Conflicts(solvable, relation, isBreaks, other);
    }
}
