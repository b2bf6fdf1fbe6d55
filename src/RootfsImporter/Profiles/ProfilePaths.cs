using Mono.Unix.Native;
using RootfsImporter.Linux;

namespace RootfsImporter.Profiles;

/// <summary>Paths in a profile: of what it copies, of where that goes, of what it removes.</summary>
internal static class ProfilePaths
{
    /// <summary>
    /// The absolute path of a file, link or directory beside the profile file that names it, or below. It never leads out of
    /// the profile's directory: whoever builds somebody else's profile puts no other file of the host into an image.
    /// </summary>
    public static string Source(YamlNode.Scalar value)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(value.Mark.File)) ?? "/";
        string[] parts = value.Value.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (ProfileValues.Line(value).StartsWith('/') || parts.Contains(".."))
        {
            throw value.Mark.Error(
                $"{value.Kind} is not below the directory of this file",
                "files are copied from beside the profile: put it there, and name it relative to this file");
        }

        string path = directory;
        foreach (string part in parts.Where(part => part != "."))
        {
            if (path != directory && KindOf(value, path) == FilePermissions.S_IFLNK)
            {
                throw value.Mark.Error(
                    $"{value.Kind} leads through the symbolic link {Path.GetRelativePath(directory, path)}",
                    "name what it leads to; links are copied as they are, and not followed");
            }

            path = Path.Combine(path, part);
        }

        return KindOf(value, path) is FilePermissions.S_IFREG or FilePermissions.S_IFDIR or FilePermissions.S_IFLNK
            ? path
            : throw value.Mark.Error($"{value.Kind} is no file, directory or symbolic link");
    }

    /// <summary>Whether a source is a directory.</summary>
    public static bool IsDirectory(string source) => KindOf(Posix.Stat(source)) == FilePermissions.S_IFDIR;

    /// <summary>Where a file goes in the image.</summary>
    public static string Target(YamlNode.Scalar value)
    {
        string path = ProfileValues.AbsolutePath(value);
        return path != "/" && path.EndsWith('/') && IsCanonical(path[..^1])
            ? throw value.Mark.Error(
                $"{value.Kind} ends in '/', expected the path of the file itself", $"such as '{value.Excerpt}NAME'")
            : path == "/" || IsCanonical(path)
                ? path
                : throw NotCanonical(value);
    }

    /// <summary>What is removed: a path of which the last component may have wildcards.</summary>
    public static string Removed(YamlNode.Scalar value)
    {
        string path = ProfileValues.AbsolutePath(value);
        if (!IsCanonical(path))
        {
            throw path == "/" ? value.Mark.Error("the root itself cannot be removed") : NotCanonical(value);
        }

        return path.AsSpan(0, path.LastIndexOf('/')).ContainsAny('*', '?', '[')
            ? throw value.Mark.Error($"only the last component has wildcards, found {value.Kind}")
            : path;
    }

    private static ProfileException NotCanonical(YamlNode.Scalar value) =>
        value.Mark.Error($"expected a path without empty components, '.' and '..', found {value.Kind}");

    private static bool IsCanonical(string path) =>
        path.Length > 1 && path[1..].Split('/').All(part => part is not ("" or "." or ".."));

    private static FilePermissions KindOf(YamlNode.Scalar value, string path)
    {
        try
        {
            return KindOf(Posix.Stat(path));
        }
        catch (IOException exception)
        {
            throw value.Mark.Error(
                $"cannot copy {value.Kind}: {exception.Message}", "the path is relative to this file", exception);
        }
    }

    private static FilePermissions KindOf(Stat status) => status.st_mode & FilePermissions.S_IFMT;
}
