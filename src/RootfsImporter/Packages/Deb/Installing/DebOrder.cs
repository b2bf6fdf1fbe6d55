using RootfsImporter.Packages.Deb.Control;
using RootfsImporter.Packages.Deb.Repositories;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>What an installation order has to know of a package.</summary>
internal sealed record DebOrderItem(
    string Name,
    DebVersion Version,
    IReadOnlyList<RelationGroup> PreDepends,
    IReadOnlyList<RelationGroup> Depends,
    IReadOnlyList<RelationGroup> Provides)
{
    /// <summary>Of a package of an index; throws <see cref="InvalidDataException"/> for malformed relations.</summary>
    public static DebOrderItem Of(DebPackage package) =>
        new(package.Name, package.Version, package.PreDepends, package.Depends, package.Provides);

    /// <summary>
    /// Of a package's control file; throws <see cref="InvalidDataException"/> for malformed relations and
    /// <see cref="FormatException"/> for a malformed version.
    /// </summary>
    public static DebOrderItem Of(Deb822Paragraph control, string architecture) => new(
        control["Package"] ?? "",
        DebVersion.Parse(control["Version"] ?? ""),
        RelationParser.Parse(control.Value("Pre-Depends"u8), architecture),
        RelationParser.Parse(control.Value("Depends"u8), architecture),
        RelationParser.Parse(control.Value("Provides"u8), architecture));
}

/// <summary>
/// The order in which a set of packages is installed: what a package needs stands before it. Where packages need one
/// another in a circle, the circle that waits for nothing outside is opened, at a Depends rather than a Pre-Depends,
/// and at the first name when nothing else decides. The order depends on the set only.
/// </summary>
internal static class DebOrder
{
    /// <summary>Sorts a set of packages; their names are distinct.</summary>
    public static IReadOnlyList<DebOrderItem> Sort(IReadOnlyList<DebOrderItem> packages)
    {
        DebOrderItem[] items = [.. packages.OrderBy(p => p.Name, StringComparer.Ordinal)];
        ILookup<string, int> byName = Enumerable.Range(0, items.Length)
            .SelectMany(i => NamesOf(items[i]).Select(n => (Name: n, Item: i)))
            .ToLookup(p => p.Name, p => p.Item, StringComparer.Ordinal);
        List<int>[] before = [.. items.Select((item, i) => Needed(item.PreDepends, items, byName, i))];
        List<int>[] all =
            [.. items.Select((item, i) => Needed([.. item.PreDepends, .. item.Depends], items, byName, i))];

        List<DebOrderItem> order = new(items.Length);
        bool[] isDone = new bool[items.Length];
        while (order.Count < items.Length)
        {
            int ready = 0;
            while (ready < items.Length && (isDone[ready] || all[ready].Exists(n => !isDone[n])))
            {
                ready++;
            }

            foreach (int next in ready < items.Length ? [ready] : OpenCircle(before, all, isDone))
            {
                isDone[next] = true;
                order.Add(items[next]);
            }
        }

        return order;
    }

    private static IEnumerable<string> NamesOf(DebOrderItem item) =>
        item.Provides.SelectMany(g => g.Alternatives).Select(r => r.Name).Prepend(item.Name).Distinct();

    /// <summary>For each group the first alternative in the set, or none: that it is complete is not checked here.</summary>
    private static List<int> Needed(
        IReadOnlyList<RelationGroup> groups, DebOrderItem[] items, ILookup<string, int> byName, int self)
    {
        List<int> needed = [];
        foreach (RelationGroup group in groups)
        {
            List<int> found = [.. group.Alternatives.SelectMany(r => byName[r.Name]
                .Where(i => items[i].Name != r.Name || r.Accepts(items[i].Version)))];
            if (found.Count > 0 && !found.Contains(self) && !needed.Contains(found[0]))
            {
                needed.Add(found[0]);
            }
        }

        return needed;
    }

    /// <summary>
    /// When everything waits for something: the members of a circle that waits for itself only, in the order of
    /// least unmet needs.
    /// </summary>
    private static List<int> OpenCircle(List<int>[] before, List<int>[] all, bool[] isDone)
    {
        // What is in such a circle reaches the circle and no more; what waits for it from outside reaches more.
        List<int> circle = [];
        for (int i = 0; i < all.Length; i++)
        {
            List<int> reached = isDone[i] ? [] : Reached(i, all, isDone);
            if (reached.Count > 0 && (circle.Count == 0 || reached.Count < circle.Count))
            {
                circle = reached;
            }
        }

        HashSet<int> open = [.. circle];
        List<int> order = [];
        while (open.Count > 0)
        {
            int next = open
                .OrderBy(i => before[i].Count(open.Contains))
                .ThenBy(i => all[i].Count(open.Contains))
                .ThenBy(i => i)
                .First();
            open.Remove(next);
            order.Add(next);
        }

        return order;
    }

    private static List<int> Reached(int start, List<int>[] all, bool[] isDone)
    {
        HashSet<int> seen = [start];
        List<int> reached = [start];
        for (int k = 0; k < reached.Count; k++)
        {
            reached.AddRange(all[reached[k]].Where(n => !isDone[n] && seen.Add(n)));
        }

        return reached;
    }
}
