namespace RootfsImporter.Packages.Deb;

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
                    .Select(n => (Name: n, Distance: Distance(name, n)))
                    .Where(n => n.Distance <= limit)
                    .OrderBy(n => n.Distance).ThenBy(n => n.Name, StringComparer.Ordinal)
                    .Take(MaxSuggestions).Select(n => n.Name),
            ];
    }

    /// <summary>Edits from one to the other: insert, delete, replace (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(
                    Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
