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

    /// <summary>Edits from one to the other: insert, delete, replace, swap neighbours (string alignment).</summary>
    private static int Distance(string a, string b)
    {
        int[] beforeLast = new int[b.Length + 1];
        int[] last = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int[] row = new int[b.Length + 1];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(Math.Min(last[j], row[j - 1]) + 1, replaced);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
                }
            }

            (beforeLast, last) = (last, row);
        }

        return last[b.Length];
    }
}
