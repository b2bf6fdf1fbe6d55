using System.Globalization;
using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// The order in which apk installs (apk-tools, src/solver.c, the changeset): through the world by name, for each package
/// first what it depends on, as it lists that, and right after it what is there because of it (install_if).
/// </summary>
internal sealed class ApkOrder
{
    private readonly Dictionary<string, UnpackedApk> _chosen = new(StringComparer.Ordinal);
    private readonly Dictionary<UnpackedApk, List<UnpackedApk>> _inducedBy = [];
    private readonly HashSet<UnpackedApk> _begun = [];
    private readonly List<UnpackedApk> _order = [];

    private ApkOrder(IReadOnlyList<UnpackedApk> packages)
    {
        foreach (UnpackedApk package in packages)
        {
            _chosen.Add(package.Package.Name, package);
        }

        // Of several packages that provide one name, apk takes that with the highest priority.
        foreach (UnpackedApk package in packages.OrderByDescending(Priority))
        {
            foreach (ApkDependency provided in package.Info.All("provides").SelectMany(UnpackedApk.Terms))
            {
                _chosen.TryAdd(provided.Name, package);
            }
        }

        foreach (UnpackedApk package in packages)
        {
            foreach (UnpackedApk cause in Chosen(package, "install_if"))
            {
                if (!_inducedBy.TryGetValue(cause, out List<UnpackedApk>? induced))
                {
                    _inducedBy.Add(cause, induced = []);
                }

                induced.Add(package);
            }
        }
    }

    /// <summary>All packages in order.</summary>
    /// <param name="world">The terms of the world, in any order.</param>
    /// <param name="packages">The packages to install, sorted by name; a set in which all dependencies are met.</param>
    public static IReadOnlyList<UnpackedApk> Of(IEnumerable<ApkDependency> world, IReadOnlyList<UnpackedApk> packages)
    {
        ApkOrder order = new(packages);
        foreach (ApkDependency term in world.OrderBy(term => term.Name, ApkNames.Order))
        {
            order.Visit(order._chosen.GetValueOrDefault(term.Name));
        }

        // Whatever is there for another reason than the world.
        foreach (UnpackedApk package in packages)
        {
            order.Visit(package);
        }

        return order._order;
    }

    private static int Priority(UnpackedApk package) => int.TryParse(
        package.Info["provider_priority"], NumberStyles.None, CultureInfo.InvariantCulture, out int priority)
        ? priority
        : 0;

    private IEnumerable<UnpackedApk> Chosen(UnpackedApk package, string field) => package.Info.All(field)
        .SelectMany(UnpackedApk.Terms)
        .Where(term => !term.IsConflict)
        .Select(term => _chosen.GetValueOrDefault(term.Name)!)
        .Where(needed => needed is not null);

    // Depth first, on a stack of its own: how long a chain of dependencies is, is the archive's decision.
    private void Visit(UnpackedApk? first)
    {
        Stack<IEnumerator<UnpackedApk>> path = [];
        UnpackedApk? next = first;
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
    private IEnumerable<UnpackedApk> Around(UnpackedApk package)
    {
        foreach (UnpackedApk needed in Chosen(package, "depend"))
        {
            yield return needed;
        }

        _order.Add(package);
        foreach (UnpackedApk induced in _inducedBy.GetValueOrDefault(package, []))
        {
            if (Chosen(induced, "install_if").All(_begun.Contains))
            {
                yield return induced;
            }
        }
    }
}
