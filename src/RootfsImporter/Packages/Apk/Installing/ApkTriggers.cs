using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Database;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>What a package wants to be told of: globs of directories (abuild's <c>triggers</c>).</summary>
internal static class ApkTriggers
{
    /// <summary>
    /// The directories that a package's trigger is run for, as its arguments: those that match, sorted. (apk has them in the
    /// order of its hash table.) A glob of apk 3 that begins with <c>+</c> matches only what has changed.
    /// </summary>
    /// <param name="package">The package.</param>
    /// <param name="directories">The directories: all of the root, for a package that is new.</param>
    /// <param name="hasChanged">Which of them have changed.</param>
    public static IReadOnlyList<string> Arguments(
        IRootApk package, IEnumerable<RootPath> directories, Func<RootPath, bool> hasChanged)
    {
        string[] all = [.. package.Triggers.Where(glob => glob.StartsWith('/'))];
        string[] changed = [.. package.Triggers.Where(glob => glob.StartsWith("+/", StringComparison.Ordinal))];
        return all.Length + changed.Length == 0
            ? []
            :
            [
                .. directories
                    .Where(path => all.Any(glob => IsMatch(glob, path.ToString()))
                        || (changed.Any(glob => IsMatch(glob[1..], path.ToString())) && hasChanged(path)))
                    .Order().Select(path => path.ToString()),
            ];
    }

    /// <summary>fnmatch(3) with FNM_PATHNAME: a wildcard does not match a slash.</summary>
    private static bool IsMatch(string glob, string path)
    {
        string[] patterns = glob.Split('/');
        string[] components = path.Split('/');
        return patterns.Length == components.Length
            && patterns.Zip(components).All(pair => SealGlob.IsMatch(pair.First, pair.Second));
    }
}
