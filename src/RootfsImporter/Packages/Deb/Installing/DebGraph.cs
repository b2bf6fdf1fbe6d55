using RootfsImporter.Packages.Deb.Control;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>Who depends on whom among unpacked packages.</summary>
internal sealed class DebGraph
{
    private readonly Dictionary<string, List<UnpackedDeb>> _providers = new(StringComparer.Ordinal);

    /// <summary>Indexes the packages by their names and by what they provide.</summary>
    public DebGraph(IReadOnlyList<UnpackedDeb> packages)
    {
        Packages = packages;
        foreach (UnpackedDeb package in packages)
        {
            Add(package.Control.Package, package);
        }

        foreach (UnpackedDeb package in packages)
        {
            foreach (RelationGroup provided in package.Control.Relations("Provides"))
            {
                Add(provided.Alternatives[0].Name, package);
            }
        }
    }

    /// <summary>All packages, sorted by name.</summary>
    public IReadOnlyList<UnpackedDeb> Packages { get; }

    /// <summary>Every package after what it depends on, as <see cref="DebOrder"/> has it.</summary>
    public IReadOnlyList<UnpackedDeb> InDependencyOrder()
    {
        Dictionary<string, UnpackedDeb> byName = Packages.ToDictionary(p => p.Control.Package, StringComparer.Ordinal);
        return [.. DebOrder.Sort([.. Packages.Select(p => p.Control.ForOrder())]).Select(item => byName[item.Name])];
    }

    /// <summary>
    /// What has to be configured before all else: base-passwd, what base-files Pre-Depends on (awk), base-files.
    /// </summary>
    public IReadOnlyList<UnpackedDeb> ConfiguredFirst() =>
    [
        .. Named("base-passwd"),
        .. Closure(Named("base-files"), ["Pre-Depends"]).Where(p => p.Control.Package != "base-passwd"),
    ];

    /// <summary>The Essential packages and all that they depend on.</summary>
    public IReadOnlySet<string> EssentialClosure() =>
        Closure(Packages.Where(p => p.Control["Essential"] == "yes"), ["Pre-Depends", "Depends"])
            .Select(p => p.Control.Package)
            .ToHashSet(StringComparer.Ordinal);

    private List<UnpackedDeb> Named(string name) => [.. Packages.Where(p => p.Control.Package == name)];

    private List<UnpackedDeb> Closure(IEnumerable<UnpackedDeb> start, IReadOnlyList<string> fields)
    {
        List<UnpackedDeb> ordered = [];
        HashSet<UnpackedDeb> seen = [];
        foreach (UnpackedDeb package in start)
        {
            Visit(package, fields, seen, ordered);
        }

        return ordered;
    }

    private void Visit(
        UnpackedDeb package, IReadOnlyList<string> fields, HashSet<UnpackedDeb> seen, List<UnpackedDeb> ordered)
    {
        if (!seen.Add(package))
        {
            return;
        }

        foreach (RelationGroup group in fields.SelectMany(package.Control.Relations))
        {
            // The set is resolved: whichever alternative is there is the one that counts.
            UnpackedDeb? chosen = group.Alternatives
                .SelectMany(relation => _providers.GetValueOrDefault(relation.Name) ?? [])
                .FirstOrDefault();
            if (chosen is not null)
            {
                Visit(chosen, fields, seen, ordered);
            }
        }

        ordered.Add(package);
    }

    private void Add(string name, UnpackedDeb package)
    {
        if (!_providers.TryGetValue(name, out List<UnpackedDeb>? list))
        {
            _providers.Add(name, list = []);
        }

        list.Add(package);
    }
}
