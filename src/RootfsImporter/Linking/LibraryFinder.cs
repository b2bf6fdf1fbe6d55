using RootfsImporter.Files;

namespace RootfsImporter.Linking;

/// <summary>Where a C library's dynamic linker looks.</summary>
internal abstract class LibraryFinder
{
    /// <summary>Whether a library that is loaded also goes by its DT_SONAME.</summary>
    public abstract bool KnowsSoNames { get; }

    /// <summary>The places where it would look for a library that an object needs, in order.</summary>
    public abstract IEnumerable<Candidate> Candidates(LinkObject by, string name);

    /// <summary>Whether a name needs no file: it means the dynamic linker itself.</summary>
    public virtual bool IsBuiltIn(string name) => false;

    /// <summary>The elements of a search path, with <c>$ORIGIN</c> and its like expanded.</summary>
    /// <param name="libraries">The root of paths that do not begin with <c>$ORIGIN</c>.</param>
    /// <param name="elements">The elements of the path.</param>
    /// <param name="owner">The object whose path it is.</param>
    /// <param name="name">The library.</param>
    /// <param name="expand">Expands what else there is; null for an element that cannot be used.</param>
    protected static IEnumerable<Candidate> InPath(
        ILinkRoot libraries, IReadOnlyList<string> elements, LinkObject owner, string name, Func<string, string?> expand)
    {
        foreach (string element in elements)
        {
            if (TokenOf(element) is string token)
            {
                string below = element[token.Length..];
                if (expand(below) is string rest)
                {
                    yield return new Candidate(
                        owner.View, $"{owner.Origin}{rest}/{name}",
                        owner.MovedOrigin is string moved ? Normalize($"{moved}{rest}/{name}") : null);
                }
            }
            else if (element.StartsWith('/') && expand(element) is string directory)
            {
                // Elements without a slash at their start are relative to wherever a process happens to be: to be found
                // there is no property of an image.
                yield return new Candidate(libraries, $"{directory}/{name}", null);
            }
        }
    }

    /// <summary>A name with a slash, which is a path and not searched for.</summary>
    protected static Candidate Direct(ILinkRoot libraries, LinkObject by, string name) =>
        TokenOf(name) is string token
            ? new Candidate(
                by.View, by.Origin + name[token.Length..],
                by.MovedOrigin is string moved ? Normalize(moved + name[token.Length..]) : null)
            : new Candidate(libraries, name.StartsWith('/') ? name : "/" + name, null);

    private static string? TokenOf(string element) =>
        element.StartsWith("$ORIGIN", StringComparison.Ordinal) ? "$ORIGIN"
        : element.StartsWith("${ORIGIN}", StringComparison.Ordinal) ? "${ORIGIN}"
        : null;

    /// <summary>A path without <c>..</c>, taken as text: in the image its directories are no links.</summary>
    private static RootPath Normalize(string path)
    {
        List<string> components = [];
        foreach (string component in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (component == "..")
            {
                components.RemoveRange(Math.Max(components.Count - 1, 0), Math.Min(components.Count, 1));
            }
            else
            {
                components.Add(component);
            }
        }

        return RootPath.Parse(string.Join('/', components));
    }
}
