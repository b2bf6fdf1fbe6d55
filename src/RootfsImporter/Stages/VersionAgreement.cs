using RootfsImporter.Packages;

namespace RootfsImporter.Stages;

/// <summary>
/// Whether the architectures of one index are the same release of everything. They are not while an archive has built an
/// update for some of them only, and then a user of the index would get a fix or not, depending on the machine.
/// </summary>
internal static class VersionAgreement
{
    private const int MaxListed = 8;

    /// <summary>
    /// Compares the packages that several lockfiles have in common. Throws <see cref="ResolveException"/> when their
    /// versions differ, or reports a warning when they may.
    /// </summary>
    public static void Check(
        IReadOnlyList<Lockfile> lockfiles, IPackageFamily family, bool mayDiffer, IProgress<BuildEvent> events)
    {
        IReadOnlyList<string> differences = Differences(lockfiles, family);
        if (differences.Count == 0)
        {
            return;
        }

        string message = $"the architectures disagree in the versions of {differences.Count} "
            + $"package{(differences.Count == 1 ? "" : "s")}";
        string[] listed = differences.Count <= MaxListed
            ? [.. differences]
            : [.. differences.Take(MaxListed), $"and {differences.Count - MaxListed} more"];
        if (!mayDiffer)
        {
            throw new ResolveException(
                $"{message}:\n  {string.Join("\n  ", listed)}",
                "wait until the archives have the same versions for all, pin one in the profile, or let them differ with "
                    + "--allow-version-skew");
        }

        events.Report(new BuildEvent.Warning($"{message}: {string.Join("; ", listed)}"));
    }

    /// <summary>A line for each package with several versions: <c>bash: 5.2-1 on amd64, 5.2-2 on arm64</c>; by name.</summary>
    internal static IReadOnlyList<string> Differences(IReadOnlyList<Lockfile> lockfiles, IPackageFamily family) =>
    [
        .. lockfiles
            .SelectMany(lockfile => lockfile.Packages.Select(package => (lockfile.Architecture, Package: package)))
            .GroupBy(located => located.Package.Name, StringComparer.Ordinal)
            .Where(same => same.Select(located => family.ComparableVersion(located.Package)).Distinct().Count() > 1)
            .OrderBy(same => same.Key, StringComparer.Ordinal)
            .Select(same => $"{same.Key}: "
                + string.Join(", ", same.Select(located => $"{located.Package.Version} on {located.Architecture}"))),
    ];
}
