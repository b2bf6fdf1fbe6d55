using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Database;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>What a removal takes with it, and in which order (apk-tools, src/app_del.c and src/solver.c).</summary>
internal sealed class ApkRemoval
{
    private readonly ILookup<string, (InstalledApk Package, ApkVersion? Version)> _providers;
    private readonly InstalledApks _installed;
    private readonly HashSet<InstalledApk> _asked;

    private ApkRemoval(InstalledApks installed, IReadOnlyList<string> names, IReadOnlySet<string> kept)
    {
        _installed = installed;
        Dictionary<string, InstalledApk> byName = installed.Apks.ToDictionary(package => package.Name);
        _asked =
        [
            .. names.Select(name => byName.TryGetValue(name, out InstalledApk? package)
                ? package
                : throw new SandboxException(
                    $"removing {name}: it is not installed", "leave it out of what is to be removed")),
        ];
        _providers = installed.Apks
            .SelectMany(package => package.Provides
                .Select(provided => (provided.Name, Has: (package, provided.Version)))
                .Prepend((package.Name, Has: (package, (ApkVersion?)package.Package.Version))))
            .ToLookup(pair => pair.Name, pair => pair.Has, StringComparer.Ordinal);
        World = [.. installed.World.Where(term => term.IsConflict || !IsGiven(term))];
        HashSet<InstalledApk> reached = Reach(installed.World, [], []);
        UnneededBefore = [.. installed.Apks.Where(package => !reached.Contains(package)).Select(package => package.Name)];
        HashSet<InstalledApk> staying = Reach(
            World,
            [
                .. installed.Apks.Where(package => !_asked.Contains(package)
                    && (UnneededBefore.Contains(package.Name) || kept.Contains(package.Name))),
            ],
            _asked);
        CheckNeeds(staying);
        Packages = Order([.. installed.Apks.Where(package => !staying.Contains(package))]);
    }

    /// <summary>What goes, in order: a package before those that it needs.</summary>
    public IReadOnlyList<InstalledApk> Packages { get; }

    /// <summary>The names of packages that nothing needed in the first place.</summary>
    private HashSet<string> UnneededBefore { get; }

    /// <summary>The terms of the world that stay.</summary>
    public IReadOnlyList<ApkDependency> World { get; }

    /// <summary>
    /// Plans the removal of some packages, and of what is there only because of them. Throws
    /// <see cref="SandboxException"/> for one that is not installed, or that something which stays needs.
    /// </summary>
    /// <param name="installed">What is there.</param>
    /// <param name="names">The names of the packages.</param>
    /// <param name="kept">Names of packages that stay though nothing needs them.</param>
    public static ApkRemoval Plan(InstalledApks installed, IReadOnlyList<string> names, IReadOnlySet<string> kept) =>
        new(installed, names, kept);

    /// <summary>The names of packages that nothing needs.</summary>
    public static IReadOnlySet<string> Unneeded(InstalledApks installed) =>
        new ApkRemoval(installed, [], new HashSet<string>()).UnneededBefore;

    private IEnumerable<InstalledApk> ProvidersOf(ApkDependency term) => _providers[term.Name]
        .Where(has => term.Names(has.Version, has.Package.Checksum)).Select(has => has.Package);

    /// <summary>Whether all that fulfils a term of the world is to go, so that it is given up.</summary>
    private bool IsGiven(ApkDependency term)
    {
        InstalledApk[] providers = [.. ProvidersOf(term)];
        return providers.Any(package => _asked.Contains(package)
            && (package.Name == term.Name || providers.All(_asked.Contains)));
    }

    /// <summary>All that a world and some packages need, and what comes by itself with it.</summary>
    private HashSet<InstalledApk> Reach(
        IEnumerable<ApkDependency> world, IReadOnlyList<InstalledApk> also, HashSet<InstalledApk> without)
    {
        HashSet<InstalledApk> reached = [];
        Queue<InstalledApk> queue = new(also.Concat(Needed(world)));
        while (true)
        {
            while (queue.TryDequeue(out InstalledApk? package))
            {
                if (reached.Add(package))
                {
                    foreach (InstalledApk needed in Needed(package.Depends))
                    {
                        queue.Enqueue(needed);
                    }
                }
            }

            foreach (InstalledApk package in _installed.Apks.Where(package => !without.Contains(package)
                && !reached.Contains(package) && package.InstallIf.Count > 0
                && package.InstallIf.All(term => ProvidersOf(term).Any(reached.Contains) != term.IsConflict)))
            {
                queue.Enqueue(package);
            }

            if (queue.Count == 0)
            {
                return reached;
            }
        }

        IEnumerable<InstalledApk> Needed(IEnumerable<ApkDependency> terms) => terms.Where(term => !term.IsConflict)
            .SelectMany(ProvidersOf).Where(package => !without.Contains(package));
    }

    private void CheckNeeds(HashSet<InstalledApk> staying)
    {
        foreach (InstalledApk package in staying.OrderBy(package => package.Name, StringComparer.Ordinal))
        {
            foreach (ApkDependency term in package.Depends.Where(term => !term.IsConflict))
            {
                InstalledApk[] providers = [.. ProvidersOf(term)];
                if (providers.Length > 0 && !providers.Any(staying.Contains))
                {
                    throw new SandboxException(
                        $"removing {providers[0]}: {package}, which stays, needs "
                            + (term.Name == providers[0].Name ? "it" : $"{term} of it"),
                        $"leave {providers[0].Name} in the image, or remove {package.Name}, too");
                }
            }
        }
    }

    /// <summary>
    /// The order of apk: through the database, from what nothing needs any more; before a package those that need it, after
    /// it what it alone needed.
    /// </summary>
    private List<InstalledApk> Order(IReadOnlyList<InstalledApk> going)
    {
        Dictionary<InstalledApk, InstalledApk[]> needs = going.ToDictionary(
            package => package,
            package => package.Depends.Where(term => !term.IsConflict).SelectMany(ProvidersOf)
                .Where(needed => needed != package && going.Contains(needed)).Distinct().ToArray());
        ILookup<InstalledApk, InstalledApk> neededBy = needs
            .SelectMany(pair => pair.Value.Select(needed => (needed, By: pair.Key))).ToLookup(p => p.needed, p => p.By);
        Dictionary<InstalledApk, int> open = going.ToDictionary(package => package, package => neededBy[package].Count());
        HashSet<InstalledApk> begun = [];
        List<InstalledApk> order = [];
        Stack<IEnumerator<InstalledApk>> path = [];
        foreach (InstalledApk first in going.Where(package => open[package] == 0).Concat(going))
        {
            Enter(first);
            while (path.TryPeek(out IEnumerator<InstalledApk>? around))
            {
                if (around.MoveNext())
                {
                    Enter(around.Current);
                }
                else
                {
                    path.Pop().Dispose();
                }
            }
        }

        return order;

        void Enter(InstalledApk package)
        {
            if (begun.Add(package))
            {
                path.Push(Around(package).GetEnumerator());
            }
        }

        IEnumerable<InstalledApk> Around(InstalledApk package)
        {
            foreach (InstalledApk user in neededBy[package])
            {
                yield return user;
            }

            order.Add(package);
            foreach (InstalledApk needed in needs[package].Where(needed => --open[needed] == 0))
            {
                yield return needed;
            }
        }
    }
}
