using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Database;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>Reads what a profile asks for, as apk's world file says it (apk-world(5)).</summary>
internal static class ApkWorld
{
    /// <summary>
    /// The terms of a selection, sorted by name as apk does: what is included, what is excluded with <c>!</c>, and of the
    /// world of what is installed what says nothing of a name that the selection does. Throws
    /// <see cref="ProfileException"/> for a term that is none.
    /// </summary>
    /// <param name="selection">What is asked for.</param>
    /// <param name="universe">All that can be chosen.</param>
    /// <param name="installed">What is installed, or null.</param>
    /// <param name="kept">Names of installed packages that nothing needs, and that stay nevertheless.</param>
    public static IReadOnlyList<ApkTerm> Read(
        PackageSelection selection, ApkUniverse universe, InstalledApks? installed, IEnumerable<string> kept)
    {
        IReadOnlyList<ApkTerm> asked = universe.Terms(
        [
            .. selection.Include.Select(ParseTerm),
            .. selection.Exclude.Select(t => ParseWanted(t) with { IsConflict = true }),
        ]);
        HashSet<ApkName> names = [.. asked.Select(term => term.Name)];
        IEnumerable<ApkTerm> ofBase = universe.Terms(installed?.World ?? [])
            .Where(term => !names.Contains(term.Name) && IsSatisfied(term))
            .Concat(universe.Terms([.. kept.Select(name => new ApkDependency { Name = name })]))
            .Select(term => term with { IsOfBase = true });
        return [.. asked.Concat(ofBase).OrderBy(t => t.Name.Text, StringComparer.Ordinal)];
    }

    // What was wrong with the base before is not for this build to mend.
    private static bool IsSatisfied(ApkTerm term)
    {
        IEnumerable<ApkProvider> installed = term.Name.Providers.Where(p => p.Candidate.IsInstalled);
        return term.Dependency.IsConflict
            ? installed.All(p => p.Satisfies(term.Dependency))
            : installed.Any(p => p.Satisfies(term.Dependency));
    }

    /// <summary>As <see cref="ParseTerm"/>, for lists in which <c>!</c> has no meaning.</summary>
    public static ApkDependency ParseWanted(string term)
    {
        ApkDependency dependency = ParseTerm(term);
        return dependency.IsConflict
            ? throw NoTerm(term, "the '!' is too much")
            : dependency;
    }

    private static ApkDependency ParseTerm(string term) =>
        ApkDependency.TryParse(term, out ApkDependency? dependency, out string? problem)
            ? dependency
            : throw NoTerm(term, problem);

    private static ProfileException NoTerm(string term, string problem) => new(
        $"'{term}' is no package term: {problem}",
        "write it as apk's world file has it: 'curl', 'curl=8.5.0-r0', 'curl>8', 'curl~8.5' or 'curl@edge'");
}
