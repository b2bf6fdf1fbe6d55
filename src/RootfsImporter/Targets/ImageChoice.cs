namespace RootfsImporter.Targets;

/// <summary>Which of the images of a place is meant.</summary>
internal abstract record ImageChoice
{
    private ImageChoice()
    {
    }

    /// <summary>The only one there is.</summary>
    public sealed record Only : ImageChoice;

    /// <summary>The one of that tag or name.</summary>
    public sealed record Named(string Name) : ImageChoice;

    /// <summary>The one whose manifest or index has that digest.</summary>
    public sealed record Addressed(Digest Digest) : ImageChoice;

    /// <summary>The one at that place of the list, which starts at 0.</summary>
    public sealed record At(int Index) : ImageChoice;

    /// <summary>
    /// Takes one of a list. Throws <see cref="FetchException"/> when it is not there, with the names that are, and when it
    /// is not clear which is meant.
    /// </summary>
    /// <param name="source">The source as the user wrote it.</param>
    /// <param name="items">The list.</param>
    /// <param name="isNamed">Whether an item has a name.</param>
    /// <param name="namesOf">The names of an item, for the error.</param>
    public T Take<T>(
        string source, IReadOnlyList<T> items, Func<T, string, bool> isNamed, Func<T, IEnumerable<string>> namesOf)
    {
        T[] found = this switch
        {
            Named named => [.. items.Where(item => isNamed(item, named.Name))],
            At at => [.. items.Skip(at.Index).Take(1)],
            _ => [.. items],
        };
        if (found.Length == 1)
        {
            return found[0];
        }

        string[] names = [.. items.SelectMany(namesOf).Distinct(StringComparer.Ordinal).Take(20)];
        string hint = items.Count == 0 ? "name a place that an image was put into"
            : names.Length > 0 ? $"name one of {string.Join(", ", names)}, or its place in the list as @0 to @{items.Count - 1}"
            : $"name its place in the list, as @0 to @{items.Count - 1}";
        throw new FetchException($"cannot read {source}: {Problem(items.Count, found.Length)}", hint);
    }

    private string Problem(int all, int found) => this switch
    {
        _ when all == 0 => "it holds no image",
        Named named when found == 0 => $"it has no image '{named.Name}'",
        Named named => $"it has {found} images '{named.Name}'",
        At at => $"it has no image @{at.Index}, but {all}",
        _ => $"it holds {all} images, and which is not said",
    };
}
