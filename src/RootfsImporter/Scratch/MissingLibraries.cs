using RootfsImporter.Linking;

namespace RootfsImporter.Scratch;

/// <summary>Says which libraries are missing.</summary>
internal static class MissingLibraries
{
    /// <summary>One error that names each library, who needs it and where it was looked for.</summary>
    public static ResolveException Explain(IReadOnlyList<MissingLibrary> missing, ScratchRequest request)
    {
        string where = request.Packages is { } packages ? $" in the packages of {packages.Profile.Name}"
            : request.Root == "/" ? ""
            : $" in {request.Root}";
        string count = missing.Count == 1 ? "a library is" : $"{missing.Count} libraries are";
        return new ResolveException(
            $"{count} missing{where}:\n  {string.Join("\n  ", missing.Select(Line))}",
            request.Packages is null
                ? "install what has them, name another root with --root, or take them out of packages with --from"
                : "name the packages that have them with --package");
    }

    private static string Line(MissingLibrary library)
    {
        string searched = library.Searched.Count == 0 ? "" : $" (looked for in {string.Join(", ", library.Searched)})";
        return $"{library.Name}, needed by {string.Join(", ", library.NeededBy)}{searched}";
    }
}
