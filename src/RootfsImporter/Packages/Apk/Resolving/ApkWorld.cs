using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>Reads what a profile asks for, as apk's world file says it (apk-world(5)).</summary>
internal static class ApkWorld
{
    /// <summary>
    /// The terms of a selection, sorted by name as apk does: what is included, and what is excluded with <c>!</c>. Throws
    /// <see cref="ProfileException"/> for a term that is none.
    /// </summary>
    public static IReadOnlyList<ApkTerm> Read(PackageSelection selection, ApkUniverse universe) =>
    [
        .. universe.Terms([
                .. selection.Include.Select(ParseTerm),
                .. selection.Exclude.Select(t => ParseWanted(t) with { IsConflict = true }),
            ])
            .OrderBy(t => t.Name.Text, StringComparer.Ordinal),
    ];

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
