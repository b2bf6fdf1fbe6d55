using RootfsImporter.Packages.Deb.Control;
using RootfsImporter.Packages.Deb.Repositories;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>
/// All that can be chosen: the packages of the indexes under a profile's policy. Solvables are made when they are
/// first looked at, since a base touches a few hundred of tens of thousands.
/// </summary>
internal sealed class DebUniverse
{
    private readonly DebVersionPolicy _policy;
    private readonly Dictionary<string, List<DebPackage>> _packages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<DebSolvable>> _solvables = new(StringComparer.Ordinal);
    private Dictionary<string, List<string>>? _providers;
    private int _nextId;

    /// <summary>
    /// Prepares what is installed and the packages of the indexes; on equal versions what is installed wins, and then an
    /// earlier index.
    /// </summary>
    public DebUniverse(
        PackageSelection selection, Architecture architecture, IReadOnlyList<DebIndex> indexes,
        IReadOnlyList<DebPackage> installed)
    {
        Architecture = architecture;
        Installed = installed;
        _policy = new DebVersionPolicy(selection, architecture);
        foreach (DebPackage package in installed.Concat(indexes.SelectMany(i => i.Packages)))
        {
            if (package.Architecture != "all" && package.Architecture != architecture.Deb)
            {
                continue;
            }

            if (!_packages.TryGetValue(package.Name, out List<DebPackage>? versions))
            {
                _packages.Add(package.Name, versions = new List<DebPackage>(1));
            }

            versions.Add(package);
        }
    }

    /// <summary>The architecture that is built.</summary>
    public Architecture Architecture { get; }

    /// <summary>What is installed, sorted by name; empty when the system begins with nothing.</summary>
    public IReadOnlyList<DebPackage> Installed { get; }

    /// <summary>Every name in the indexes and of what is installed, allowed or not.</summary>
    public IReadOnlyCollection<string> Names => _packages.Keys;

    /// <summary>The versions listed under a name, newest first, whether the policy allows them or not.</summary>
    public IReadOnlyList<DebPackage> Listed(string name) =>
        _packages.TryGetValue(name, out List<DebPackage>? versions) ? DebVersionPolicy.NewestFirst(versions) : [];

    /// <summary>The versions that the policy allows, newest first.</summary>
    public IReadOnlyList<DebSolvable> Versions(string name)
    {
        if (_solvables.TryGetValue(name, out IReadOnlyList<DebSolvable>? known))
        {
            return known;
        }

        IReadOnlyList<DebPackage> allowed = _policy.Allowed(name, Listed(name));
        List<DebSolvable> made = new(allowed.Count);
        foreach (DebPackage package in allowed)
        {
            made.Add(new DebSolvable(package, _nextId++, isCandidate: made.Count == 0));
        }

        _solvables.Add(name, made);
        return made;
    }

    /// <summary>
    /// The names, in order, of which a listed version is such as the condition wants; excluded ones are not among them.
    /// One version in one pocket is enough, as for apt's patterns and for debootstrap: in xenial <c>locales</c> is
    /// required by its first version only, and belongs to the base for ever.
    /// </summary>
    public IReadOnlyList<string> NamesWhere(Func<DebPackage, bool> condition) =>
    [
        .. _packages.Where(p => p.Value.Exists(v => condition(v))).Select(p => p.Key)
            .Where(n => !_policy.IsExcluded(n)).Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// What satisfies a group, in the order in which apt prefers it: alternative by alternative, the package of that
    /// name before its providers, essential and protected ones and higher priorities first. Versions that are no
    /// candidates follow after all that are: apt would not take them, a full search may have to.
    /// </summary>
    public IReadOnlyList<DebSolvable> Options(RelationGroup group)
    {
        List<DebSolvable> options = [];
        List<DebSolvable> older = [];
        foreach (Relation relation in group.Alternatives)
        {
            List<DebSolvable> found = [.. Satisfying(relation)];
            found.Sort((a, b) => ComparePreference(relation.Name, a, b));
            options.AddRange(found.Where(s => s.IsCandidate));
            older.AddRange(found.Where(s => !s.IsCandidate));
        }

        return [.. options.Concat(older).Distinct()];
    }

    /// <summary>
    /// What fulfils a request: for the plain name of a package its candidate first, as apt upgrades what it is asked to
    /// install; for every other term what is installed first.
    /// </summary>
    public IReadOnlyList<DebSolvable> RequestOptions(RelationGroup group)
    {
        IReadOnlyList<DebSolvable> options = Options(group);
        bool isPlainName = group.Alternatives is [{ Operator: RelationOperator.Any } only] && Versions(only.Name).Count > 0;
        return isPlainName ? options : [.. options.OrderBy(option => !option.Package.IsInstalled)];
    }

    /// <summary>The versions under which an installed package may stay: its own, if it may, then newer ones.</summary>
    public IReadOnlyList<DebSolvable> StayOptions(string name) =>
        [.. Versions(name).OrderBy(version => !version.Package.IsInstalled)];

    /// <summary>All that a negative relation (Conflicts, Breaks) of a package hits; never the package's own name.</summary>
    public IEnumerable<DebSolvable> HitBy(Relation relation, string subject)
    {
        bool appliesHere = relation.Qualifier is null or "any" or "native" || relation.Qualifier == Architecture.Deb;
        if (!appliesHere)
        {
            return [];
        }

        Relation unqualified = relation with { Qualifier = null };
        return Satisfying(unqualified).Where(s => s.Name != subject).Distinct();
    }

    /// <summary>The names of the allowed and other packages that provide a name in any version.</summary>
    public IReadOnlyList<string> ProviderNames(string name) =>
        (_providers ??= FindProviders()).TryGetValue(name, out List<string>? providers) ? providers : [];

    private IEnumerable<DebSolvable> Satisfying(Relation relation)
    {
        foreach (DebSolvable version in Versions(relation.Name))
        {
            if (FitsQualifier(version.Package, relation.Qualifier) && relation.Accepts(version.Version))
            {
                yield return version;
            }
        }

        foreach (DebSolvable provider in ProviderNames(relation.Name).SelectMany(Versions))
        {
            if (provider.Package.HasProvides && Provides(provider.Package, relation))
            {
                yield return provider;
            }
        }
    }

    // In a build of one architecture a qualifier other than "any" either names that architecture or nothing.
    private bool FitsQualifier(DebPackage package, string? qualifier) => qualifier switch
    {
        null or "native" => true,
        "any" => package.MultiArch == MultiArch.Allowed,
        _ => qualifier == Architecture.Deb,
    };

    // An unversioned Provides satisfies no versioned relation (deb-control(5), "Provides").
    private bool Provides(DebPackage package, Relation relation)
    {
        foreach (Relation provided in ReadProvides(package))
        {
            bool fits = relation.Qualifier is null or "native"
                || relation.Qualifier == Architecture.Deb || relation.Qualifier == provided.Qualifier;
            if (provided.Name == relation.Name && fits
                && (relation.Operator == RelationOperator.Any
                    || (provided.Operator == RelationOperator.Equal && relation.Accepts(provided.Version))))
            {
                return true;
            }
        }

        return false;
    }

    private Dictionary<string, List<string>> FindProviders()
    {
        Dictionary<string, List<string>> providers = new(StringComparer.Ordinal);
        foreach (DebPackage package in _packages.Values.SelectMany(v => v).Where(p => p.HasProvides))
        {
            foreach (string provided in package.ProvidedNames())
            {
                if (!providers.TryGetValue(provided, out List<string>? names))
                {
                    providers.Add(provided, names = []);
                }

                // All versions of a package come one after the other.
                if (names.Count == 0 || names[^1] != package.Name)
                {
                    names.Add(package.Name);
                }
            }
        }

        return providers;
    }

    // A Provides that cannot be read provides nothing: its package remains usable by name.
    private static IEnumerable<Relation> ReadProvides(DebPackage package)
    {
        try
        {
            return package.Provides.SelectMany(g => g.Alternatives);
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }

    // apt-pkg depcache.cc, CompareProviders, as far as one architecture and an empty system go. At the end apt takes
    // what entered its cache last; indexes being sorted by name, that is nearly always the last name.
    private static int ComparePreference(string name, DebSolvable a, DebSolvable b)
    {
        if ((a.Name == name) != (b.Name == name))
        {
            return a.Name == name ? -1 : 1;
        }

        int flags = Rank(a.Package).CompareTo(Rank(b.Package));
        if (flags != 0)
        {
            return flags;
        }

        int names = string.CompareOrdinal(b.Name, a.Name);
        return names != 0 ? names : b.Version.CompareTo(a.Version);
    }

    private static (bool NotEssential, bool NotProtected, int Priority) Rank(DebPackage package) => (
        !package.IsEssential,
        !package.IsProtected,
        package.Priority switch { "required" => 1, "important" => 2, "standard" => 3, "optional" => 4, _ => 5 });
}
