using RootfsImporter.Packages.Deb.Control;

namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>One thing that the profile asks for.</summary>
/// <param name="Relation">What has to be there.</param>
/// <param name="Reason">As a lock records it: <c>essential</c>, <c>priority required</c>, <c>included</c>.</param>
internal sealed record DebRequest(RelationGroup Relation, string Reason)
{
    /// <summary>
    /// Everything that a selection asks for: essential packages, those of the priorities, each in the order of their
    /// names, then what is included; of a system that is there already only the latter. Throws
    /// <see cref="ProfileException"/> for an included term that is none.
    /// </summary>
    public static IReadOnlyList<DebRequest> Read(Profiles.PackageSelection selection, DebUniverse universe)
    {
        List<DebRequest> requests = universe.Installed.Count == 0 ? ReadBase(selection, universe) : [];
        requests.AddRange(selection.Include.Select(
            term => new DebRequest(ParseTerm(term, universe.Architecture.Deb), "included")));
        return requests;
    }

    private static List<DebRequest> ReadBase(Profiles.PackageSelection selection, DebUniverse universe)
    {
        List<DebRequest> requests = [];
        if (selection.Essential)
        {
            requests.AddRange(universe.NamesWhere(p => p.IsEssential).Select(n => Of(n, "essential")));
        }

        HashSet<string> essential = [.. requests.Select(r => r.Relation.Alternatives[0].Name)];
        foreach (string priority in selection.Priorities)
        {
            requests.AddRange(universe.NamesWhere(p => p.Priority == priority)
                .Where(n => !essential.Contains(n)).Select(n => Of(n, $"priority {priority}")));
        }

        return requests;
    }

    /// <summary>
    /// Reads a term of a profile: a relation of a dependency field, or <c>name=version</c> as apt takes it. Throws
    /// <see cref="ProfileException"/>.
    /// </summary>
    public static RelationGroup ParseTerm(string term, string architecture)
    {
        int equals = term.IndexOf('=', StringComparison.Ordinal);
        string relation = equals > 0 && !term.Contains('(', StringComparison.Ordinal)
            ? $"{term[..equals].TrimEnd()} (= {term[(equals + 1)..].Trim()})"
            : term;
        try
        {
            IReadOnlyList<RelationGroup> groups = RelationParser.Parse(relation, architecture);
            if (groups.Count == 1)
            {
                return groups[0];
            }
        }
        catch (InvalidDataException e)
        {
            throw NoTerm(term, e);
        }

        throw NoTerm(term, null);
    }

    private static DebRequest Of(string name, string reason) =>
        new(new RelationGroup([new Relation { Name = name }]), reason);

    private static ProfileException NoTerm(string term, Exception? inner) => new(
        $"'{term}' is no package term{(inner is null ? "" : $": {inner.Message}")}",
        "write it as 'curl', 'curl=8.5.0-2' or 'hello (>= 2)', one package to a term",
        inner);
}
