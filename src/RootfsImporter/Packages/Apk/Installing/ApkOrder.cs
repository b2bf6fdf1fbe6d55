using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Database;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// The order in which apk installs (apk-tools, src/solver.c, the changeset): through the world by name, for each package
/// first what it depends on, as it lists that, and right after it what is there because of it (install_if).
/// </summary>
internal sealed class ApkOrder
{
    private readonly Dictionary<string, IRootApk> _chosen = new(StringComparer.Ordinal);
    private readonly Dictionary<IRootApk, List<IRootApk>> _inducedBy = [];
    private readonly HashSet<IRootApk> _begun = [];
    private readonly List<IRootApk> _order = [];

    private ApkOrder(IReadOnlyList<IRootApk> packages)
    {
        foreach (IRootApk package in packages)
        {
            _chosen.Add(package.Name, package);
        }

        // Of several packages that provide one name, apk takes that with the highest priority.
        foreach (IRootApk package in packages.OrderByDescending(package => package.ProviderPriority))
        {
            foreach (ApkDependency provided in package.Provides)
            {
                _chosen.TryAdd(provided.Name, package);
            }
        }

        foreach (IRootApk package in packages)
        {
            foreach (IRootApk cause in Chosen(package.InstallIf))
            {
                if (!_inducedBy.TryGetValue(cause, out List<IRootApk>? induced))
                {
                    _inducedBy.Add(cause, induced = []);
                }

                induced.Add(package);
            }
        }
    }

    /// <summary>All packages in order.</summary>
    /// <param name="world">The terms of the world, in any order.</param>
    /// <param name="packages">
    /// All packages that there will be, sorted by name: those to install and those that stay, a set in which all
    /// dependencies are met.
    /// </param>
    public static IReadOnlyList<IRootApk> Of(IEnumerable<ApkDependency> world, IReadOnlyList<IRootApk> packages)
    {
        ApkOrder order = new(packages);
        foreach (ApkDependency term in world.OrderBy(term => term.Name, ApkNames.Order))
        {
            order.Visit(order._chosen.GetValueOrDefault(term.Name));
        }

        // Whatever is there for another reason than the world.
        foreach (IRootApk package in packages)
        {
            order.Visit(package);
        }

        return order._order;
    }

    private IEnumerable<IRootApk> Chosen(IReadOnlyList<ApkDependency> terms) => terms
        .Where(term => !term.IsConflict)
        .Select(term => _chosen.GetValueOrDefault(term.Name)!)
        .Where(needed => needed is not null);

    // Depth first, on a stack of its own: how long a chain of dependencies is, is the archive's decision.
    private void Visit(IRootApk? first)
    {
        Stack<IEnumerator<IRootApk>> path = [];
        IRootApk? next = first;
        while (next is not null || path.Count > 0)
        {
            if (next is not null && _begun.Add(next))
            {
                path.Push(Around(next).GetEnumerator());
            }

            next = path.Count > 0 && path.Peek().MoveNext() ? path.Peek().Current : null;
            if (next is null && path.Count > 0)
            {
                path.Pop().Dispose();
            }
        }
    }

    /// <summary>What is installed before a package, then (noting the package itself) what after it.</summary>
    private IEnumerable<IRootApk> Around(IRootApk package)
    {
        foreach (IRootApk needed in Chosen(package.Depends))
        {
            yield return needed;
        }

        _order.Add(package);
        foreach (IRootApk induced in _inducedBy.GetValueOrDefault(package, []))
        {
            if (Chosen(induced.InstallIf).All(_begun.Contains))
            {
                yield return induced;
            }
        }
    }
}
