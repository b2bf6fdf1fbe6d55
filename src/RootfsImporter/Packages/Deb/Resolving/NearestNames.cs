namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>Finds what a misspelt name may have meant.</summary>
internal static class NearestNames
{
    private const int MaxSuggestions = 3;
    private const int MaxNameLength = 128;

    /// <summary>The names that differ least, best first; empty when all differ by more than a third.</summary>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> names)
    {
        int limit = Math.Clamp(name.Length / 3, 1, 3);
        return name.Length > MaxNameLength
            ? []
            :
            [
                .. names.Where(n => Math.Abs(n.Length - name.Length) <= limit)
                    .Select(n => (Name: n, Distance: Suggestion.Distance(name, n)))
                    .Where(n => n.Distance <= limit)
                    .OrderBy(n => n.Distance).ThenBy(n => n.Name, StringComparer.Ordinal)
                    .Take(MaxSuggestions).Select(n => n.Name),
            ];
    }
}
