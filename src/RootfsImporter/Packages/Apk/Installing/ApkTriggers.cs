using RootfsImporter.Files;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>What a package wants to be told of: globs of directories (abuild's <c>triggers</c>).</summary>
internal static class ApkTriggers
{
    /// <summary>The package's globs.</summary>
    public static IReadOnlyList<string> Of(UnpackedApk package) =>
        [.. package.Info.All("triggers").SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    /// <summary>
    /// The directories that the package's trigger is run for, as its arguments: those that match, in a fresh root all of
    /// which are changed, sorted. (apk has them in the order of its hash table.)
    /// </summary>
    public static IReadOnlyList<string> Arguments(UnpackedApk package, IEnumerable<RootPath> directories)
    {
        // A '+' before a glob (apk 3) means directories that changed, not all; here they are the same.
        string[] globs = [.. Of(package).Select(glob => glob.TrimStart('+')).Where(glob => glob.StartsWith('/'))];
        return globs.Length == 0
            ? []
            : [.. directories.Select(path => path.ToString()).Where(path => globs.Any(glob => IsMatch(glob, path)))];
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
