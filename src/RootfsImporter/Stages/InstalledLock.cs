using RootfsImporter.Packages;
using RootfsImporter.Profiles;

namespace RootfsImporter.Stages;

/// <summary>The lock of what another program installed.</summary>
internal static class InstalledLock
{
    /// <summary>
    /// Finds each installed package, in exactly its version, in the verified indexes, and warns of what differs from the
    /// native choice. Throws <see cref="VerificationException"/> when the indexes do not have one.
    /// </summary>
    /// <param name="program">Who installed them.</param>
    /// <param name="profile">The profile.</param>
    /// <param name="family">Its family.</param>
    /// <param name="installed">What is installed.</param>
    /// <param name="native">The native choice, from the same indexes.</param>
    /// <param name="indexes">The indexes, in the profile's order.</param>
    /// <param name="events">Receives the warning.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<Lockfile> ResolveAsync(
        string program, Profile profile, IPackageFamily family, InstalledPackages installed, Lockfile native,
        IReadOnlyList<PackageIndex> indexes, IProgress<BuildEvent> events, CancellationToken cancellationToken)
    {
        PackageSelection selection = new()
        {
            Essential = false,
            Priorities = [],
            Include = [.. installed.Packages.Select(package => $"{package.Name}={package.Version}")],
            Exclude = profile.Packages.Exclude,
            PhasedUpdates = profile.Packages.PhasedUpdates,
        };
        Resolution resolution = await family.ResolveAsync(
            selection, native.Architecture, indexes, installed: null, cancellationToken);
        if (resolution is not Resolution.Solved solved)
        {
            throw new VerificationException(
                $"{program} installed what the verified indexes do not have:\n  "
                    + string.Join("\n  ", ((Resolution.Unsatisfiable)resolution).Reasons),
                "when the archive was updated meanwhile, or mirrors differ, building again mends it");
        }

        Dictionary<string, LockedPackage> chosen = native.Packages.ToDictionary(package => package.Name);
        HashSet<string> names = [.. installed.Packages.Select(package => package.Name)];
        Warn(program, installed, chosen, events);
        return native with
        {
            Packages =
            [
                // The family's own choice of an alternative that nobody installed is none: dependencies are met.
                .. solved.Packages.Where(package => names.Contains(package.Name))
                    .Select(package => Reasoned(program, package, chosen)),
            ],
        };
    }

    private static LockedPackage Reasoned(
        string program, LockedPackage package, Dictionary<string, LockedPackage> chosen) =>
        chosen.TryGetValue(package.Name, out LockedPackage? same)
            ? package with { Reason = same.Reason, IsRequested = same.IsRequested }
            : package with { Reason = $"chosen by {program}", IsRequested = false };

    private static void Warn(
        string program, InstalledPackages installed, Dictionary<string, LockedPackage> chosen,
        IProgress<BuildEvent> events)
    {
        Dictionary<string, string> versions = installed.Packages.ToDictionary(
            package => package.Name, package => package.Version);
        string[] differences =
        [
            .. chosen.Keys.Union(versions.Keys).Order(StringComparer.Ordinal)
                .Select(name => (Name: name, Here: versions.GetValueOrDefault(name), Native: chosen.GetValueOrDefault(name)?.Version))
                .Where(package => package.Here != package.Native)
                .Select(package => $"{package.Name} {package.Here ?? "not at all"} for {package.Native ?? "nothing"}"),
        ];
        if (differences.Length > 0)
        {
            events.Report(new BuildEvent.Warning(
                $"{program} installed other packages than the native engine would: {string.Join(", ", differences)}"));
        }
    }
}
