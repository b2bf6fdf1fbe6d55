namespace RootfsImporter;

/// <summary>Finds what was probably meant by a word that is not known.</summary>
internal static class Suggestion
{
    /// <summary>
    /// Longer words are not compared: nobody mistypes them, and the cost grows with the square.
    /// </summary>
    private const int MaxLength = 64;

    /// <summary>
    /// The candidate nearest to <paramref name="word"/>, or null when none is near. Case, <c>-</c> and
    /// <c>_</c> do not count: <c>end-of-life</c> is <c>endOfLife</c>. Of equally near candidates the first in
    /// ordinal order is taken.
    /// </summary>
    public static string? Closest(string word, IEnumerable<string> candidates)
    {
        string key = Fold(word);
        if (key.Length is 0 or > MaxLength)
        {
            return null;
        }

        string? closest = null;
        int least = Math.Max(1, key.Length / 3) + 1;
        foreach (string candidate in candidates.Order(StringComparer.Ordinal))
        {
            string other = Fold(candidate);
            if (other.Length <= MaxLength && Distance(key, other) is int distance && distance < least)
            {
                (closest, least) = (candidate, distance);
            }
        }

        return closest;
    }

    /// <summary>
    /// <c>did you mean 'suite'?</c>, or else the known words as a list, or null when there are none.
    /// </summary>
    public static string? Hint(string word, IReadOnlyCollection<string> candidates)
    {
        if (Closest(word, candidates) is string closest)
        {
            return $"did you mean '{closest}'?";
        }

        return candidates.Count == 0 ? null : $"known are {string.Join(", ", candidates)}";
    }

    /// <summary>
    /// The Damerau-Levenshtein distance in its restricted form (optimal string alignment): insertions,
    /// deletions, substitutions and swaps of neighbours, no part edited twice.
    /// </summary>
    public static int Distance(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        // Three rows of the table are enough: a swap looks back two.
        int[] beforePrevious = new int[right.Length + 1];
        int[] previous = new int[right.Length + 1];
        int[] current = new int[right.Length + 1];
        for (int column = 0; column <= right.Length; column++)
        {
            previous[column] = column;
        }

        for (int row = 1; row <= left.Length; row++)
        {
            current[0] = row;
            for (int column = 1; column <= right.Length; column++)
            {
                int substitution = previous[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1);
                current[column] = Math.Min(substitution, Math.Min(previous[column], current[column - 1]) + 1);
                if (row > 1 && column > 1
                    && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1])
                {
                    current[column] = Math.Min(current[column], beforePrevious[column - 2] + 1);
                }
            }

            (beforePrevious, previous, current) = (previous, current, beforePrevious);
        }

        return previous[right.Length];
    }

    private static string Fold(string word) => word
        .Replace("-", "", StringComparison.Ordinal)
        .Replace("_", "", StringComparison.Ordinal)
        .ToLowerInvariant();
}
