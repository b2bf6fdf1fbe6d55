using RootfsImporter.Packages.Deb.Control;
using RootfsImporter.Packages.Deb.Repositories;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>Which of the listed versions of a package a profile allows: pins, exclusions and phased updates.</summary>
internal sealed class DebVersionPolicy(PackageSelection selection, Architecture architecture)
{
    private readonly HashSet<string> _excluded = new(selection.Exclude, StringComparer.Ordinal);

    // A version that the profile names exactly is taken at its word, phased or not.
    private readonly HashSet<(string Name, string Version)> _named =
    [
        .. selection.Include
            .SelectMany(term => DebRequest.ParseTerm(term, architecture.Deb).Alternatives)
            .Where(r => r.Operator == RelationOperator.Equal)
            .Select(r => (r.Name, r.Version.Text)),
    ];

    /// <summary>
    /// Sorts versions, newest first; of equal ones the first remains, but one that is installed before all others, and one
    /// that is not phased before one that is.
    /// </summary>
    public static IReadOnlyList<DebPackage> NewestFirst(IReadOnlyList<DebPackage> packages)
    {
        if (packages.Count == 1)
        {
            return packages;
        }

        List<DebPackage> sorted =
        [
            .. packages.OrderByDescending(p => p.Version)
                .ThenBy(p => !p.IsInstalled)
                .ThenBy(p => p.PhasedUpdatePercentage < 100 && !IsSecurity(p.Repository.Pocket)),
        ];
        for (int i = sorted.Count - 1; i > 0; i--)
        {
            if (sorted[i].Version.CompareTo(sorted[i - 1].Version) == 0)
            {
                sorted.RemoveAt(i);
            }
        }

        return sorted;
    }

    /// <summary>Whether a package must not be installed.</summary>
    public bool IsExcluded(string name) => _excluded.Contains(name);

    /// <summary>What remains of a package's versions, given newest first.</summary>
    public IReadOnlyList<DebPackage> Allowed(string name, IReadOnlyList<DebPackage> listed)
    {
        if (IsExcluded(name))
        {
            return [];
        }

        if (selection.Pin.TryGetValue(name, out string? pin))
        {
            return [.. listed.Where(p => p.Version.Text == pin)];
        }

        DebPackage? installed = listed.FirstOrDefault(p => p.IsInstalled);
        List<DebPackage> allowed = [.. listed.Where(p => !IsHeldBack(p) && !IsStepBack(p, installed))];

        // A package that exists only as a phased update is new, and there is nothing to stay with.
        return allowed.Count == 0 ? listed : allowed;
    }

    /// <summary>Whether the phasing policy leaves a version out. Security updates are never phased.</summary>
    public bool IsHeldBack(DebPackage package)
    {
        int least = selection.PhasedUpdates switch
        {
            PhasedUpdates.Exclude => 100,
            PhasedUpdates.ExcludeHalted => 1,
            _ => 0,
        };
        return package.PhasedUpdatePercentage < least
            && !IsSecurity(package.Repository.Pocket)
            && !_named.Contains((package.Name, package.Version.Text));
    }

    /// <summary>Whether a version is older than the installed one, and nobody asked for it.</summary>
    private bool IsStepBack(DebPackage package, DebPackage? installed) =>
        installed is not null && package.Version < installed.Version
        && !_named.Contains((package.Name, package.Version.Text));

    private static bool IsSecurity(Pocket pocket) =>
        pocket.Name == "security" || pocket.Suite.EndsWith("-security", StringComparison.Ordinal);
}
