using RootfsImporter.Packages.Deb.Control;
using RootfsImporter.Packages.Deb.Repositories;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>Says in words why a request cannot be satisfied.</summary>
internal sealed class DebExplanation(DebUniverse universe, PackageSelection selection)
{
    private const int MaxReasons = 12;
    private const int MaxVersionsNamed = 4;

    /// <summary>What is wrong with the selection itself, before any search.</summary>
    public IReadOnlyList<string> OfSelection()
    {
        HashSet<string> excluded = new(selection.Exclude, StringComparer.Ordinal);
        IEnumerable<string> contradictions = selection.Include
            .SelectMany(term => DebRequest.ParseTerm(term, universe.Architecture.Deb) is { Alternatives: [var only] }
                ? new[] { only.Name }
                : [])
            .Where(excluded.Contains)
            .Select(name => $"{name} is both included and excluded");
        IEnumerable<string> installed = universe.Installed.Where(p => excluded.Contains(p.Name))
            .Select(p => $"{p.Name} is excluded, but the base has it; to take it away, name it in 'remove'");
        IEnumerable<string> pins = selection.Pin.OrderBy(p => p.Key, StringComparer.Ordinal)
            .Where(p => universe.Listed(p.Key).All(v => v.Version.Text != p.Value))
            .Select(p => $"{p.Key} is pinned to {p.Value}, {WhatIsListed(p.Key)}");
        return [.. contradictions.Concat(installed).Concat(pins).Distinct()];
    }

    /// <summary>The reasons behind clauses that cannot all hold, the most direct ones first.</summary>
    public IReadOnlyList<string> OfCore(IReadOnlyList<DebClause> core)
    {
        Dictionary<DebSolvable, DebClause> parents = FindParents(core);
        List<(string Text, bool IsDirect)> reasons = [];
        foreach (DebClause clause in core)
        {
            if (Describe(clause, parents) is { } text)
            {
                reasons.Add((text, Subjects(clause).All(s => IsOnTheDirectWay(s, parents))));
            }
        }

        // The ways through versions that apt would not even consider are noise when a direct way is blocked as well.
        List<string> chosen = [.. reasons.Where(r => r.IsDirect).Select(r => r.Text).Distinct()];
        if (chosen.Count == 0)
        {
            chosen = [.. reasons.Select(r => r.Text).Distinct()];
        }

        return chosen.Count <= MaxReasons
            ? chosen
            : [.. chosen.Take(MaxReasons), $"and {chosen.Count - MaxReasons} more reasons of the same kind"];
    }

    private string? Describe(DebClause clause, Dictionary<DebSolvable, DebClause> parents) => clause switch
    {
        DebClause.Requested { Options.Count: 0 } requested =>
            $"{requested.Request.Relation} ({requested.Request.Reason}): {WhyNone(requested.Request.Relation)}",
        DebClause.Needs { Problem: { } problem } needs =>
            $"{Chain(needs.Subject, parents)} cannot be used: {problem}",
        DebClause.Needs { Options.Count: 0 } needs =>
            $"{Chain(needs.Subject, parents)} needs {needs.Relation}, {WhyNone(needs.Relation)}",
        DebClause.Conflicts conflicts =>
            $"{Chain(conflicts.Subject, parents)} {(conflicts.IsBreaks ? "breaks" : "conflicts with")} "
            + $"{conflicts.Relation}, which is {Chain(conflicts.Other, parents)}",
        DebClause.SameName { First.Package.IsInstalled: true } same =>
            Describe(new DebClause.SameName(same.Second, same.First), parents),
        DebClause.SameName same =>
            $"two versions of {same.First.Name} are wanted: {Chain(same.First, parents)}, "
            + $"and {Chain(same.Second, parents)}",
        _ => null,
    };

    private static IEnumerable<DebSolvable> Subjects(DebClause clause) =>
        clause.Literals.Where(l => !l.IsWanted).Select(l => l.Solvable);

    /// <summary>For each package the clause that wants it, found from the requests outwards.</summary>
    private static Dictionary<DebSolvable, DebClause> FindParents(IReadOnlyList<DebClause> core)
    {
        Dictionary<DebSolvable, DebClause> parents = [];
        ILookup<DebSolvable, DebClause.Needs> needs = core.OfType<DebClause.Needs>().ToLookup(n => n.Subject);
        Find(core.OfType<DebClause.Requested>());

        // What is installed and needs another package says more of that one than that it is installed as well.
        ILookup<bool, DebClause.Stays> stays = core.OfType<DebClause.Stays>()
            .ToLookup(stay => stay.Options.Any(needs.Contains));
        Find(stays[true]);
        Find(stays[false]);
        return parents;

        void Find(IEnumerable<DebClause> roots)
        {
            Queue<DebClause> queue = new(roots);
            while (queue.TryDequeue(out DebClause? clause))
            {
                foreach (DebSolvable option in clause.Literals.Where(l => l.IsWanted).Select(l => l.Solvable))
                {
                    if (parents.TryAdd(option, clause))
                    {
                        foreach (DebClause.Needs next in needs[option])
                        {
                            queue.Enqueue(next);
                        }
                    }
                }
            }
        }
    }

    private static bool IsOnTheDirectWay(DebSolvable solvable, Dictionary<DebSolvable, DebClause> parents)
    {
        for (DebSolvable? s = solvable; s is not null; s = Parent(s, parents))
        {
            // A version that is not the candidate is on the way only where no candidate was an option.
            if (!s.IsCandidate && !s.Package.IsInstalled
                && (!parents.TryGetValue(s, out DebClause? by)
                    || by.Literals.Any(l => l.IsWanted && l.Solvable.IsCandidate)))
            {
                return false;
            }
        }

        return true;
    }

    private static DebSolvable? Parent(DebSolvable solvable, Dictionary<DebSolvable, DebClause> parents) =>
        parents.TryGetValue(solvable, out DebClause? by) && by is DebClause.Needs needs ? needs.Subject : null;

    /// <summary>A package and who wants it, back to the request: <c>b 1, needed by a 2 (included)</c>.</summary>
    private static string Chain(DebSolvable solvable, Dictionary<DebSolvable, DebClause> parents)
    {
        List<string> parts = [];
        DebSolvable? current = solvable;
        while (current is not null)
        {
            string reason = parents.GetValueOrDefault(current) switch
            {
                DebClause.Requested requested => $" ({requested.Request.Reason})",
                _ when current.Package.IsInstalled => " (installed)",
                DebClause.Stays stays => $" (in the place of {stays.Installed.Version})",
                _ => "",
            };
            parts.Add($"{current}{reason}");
            current = Parent(current, parents);
        }

        string needed = string.Join(", needed by ", parts.Skip(1));
        return parts.Count == 1 ? parts[0]
            : parts[0].EndsWith(')') ? $"{parts[0][..^1]}; needed by {needed})"
            : $"{parts[0]} (needed by {needed})";
    }

    private string WhyNone(RelationGroup group) => group.Alternatives.Count == 1
        ? WhyNone(group.Alternatives[0])
        : string.Join("; ", group.Alternatives.Select(a => $"{a.Name}: {WhyNone(a)}"));

    private string WhyNone(Relation relation)
    {
        string name = relation.Name;
        IReadOnlyList<string> providers = universe.ProviderNames(name);
        if (selection.Exclude.Contains(name))
        {
            return "which the profile excludes";
        }

        if (relation.Qualifier is { } qualifier && qualifier is not ("any" or "native")
            && qualifier != universe.Architecture.Deb)
        {
            return $"which is of architecture {qualifier}; only {universe.Architecture} is built";
        }

        if (universe.Versions(name) is [var newest, ..])
        {
            return relation.Qualifier == "any" && relation.Accepts(newest.Version)
                ? "which is not Multi-Arch: allowed"
                : selection.Pin.TryGetValue(name, out string? pin) ? $"but {name} is pinned to {pin}"
                : universe.Listed(name).Any(p => relation.Accepts(p.Version)) && relation.Qualifier != "any"
                    ? $"which the phased-update policy leaves out ({WhatIsListed(name)})"
                : WhatIsListed(name);
        }

        return providers.Count == 0 ? $"which no index has{Suggestion(name)}"
            : providers.All(selection.Exclude.Contains)
                ? $"which only {string.Join(" and ", providers)} would provide, and the profile excludes it"
            : $"which is provided by {string.Join(", ", providers.Take(MaxVersionsNamed))}, but in no such version";
    }

    private string WhatIsListed(string name)
    {
        IReadOnlyList<DebPackage> listed = universe.Listed(name);
        if (listed.Count == 0)
        {
            return $"which no index has{Suggestion(name)}";
        }

        string Name(DebPackage p) => $"{p.Version} ({p.Repository.Pocket.Suite})";
        string others = string.Join(", ", listed.Skip(1).Take(MaxVersionsNamed).Select(Name));
        return $"the newest is {Name(listed[0])}{(others.Length > 0 ? $", beside {others}" : "")}";
    }

    private string Suggestion(string name) =>
        NearestNames.Of(name, universe.Names) is { Count: > 0 } near
            ? $"; did you mean {string.Join(" or ", near)}?"
            : "";
}
