namespace RootfsImporter.Profiles;

/// <summary>A profile file: its path and the name that it has by it.</summary>
internal sealed record ProfileFile(string Path)
{
    public const string Extension = ".yaml";

    /// <summary>The file name without extension: <c>ubuntu-24.04</c>.</summary>
    public string Name { get; } = System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>Whether it is only a parent of others, by convention of its name: <c>_ubuntu</c>.</summary>
    public bool IsAbstract => Name.StartsWith('_');
}

/// <summary>Finds profile files by name in directories, the first that has it winning, or by path.</summary>
internal sealed class ProfileLocator(IReadOnlyList<string> directories)
{
    /// <summary>Whether it is meant as a path: it has a separator or the extension of a profile.</summary>
    public static bool IsPath(string nameOrPath) =>
        nameOrPath.Contains('/', StringComparison.Ordinal)
        || nameOrPath.EndsWith(ProfileFile.Extension, StringComparison.Ordinal)
        || nameOrPath.EndsWith(".yml", StringComparison.Ordinal);

    /// <summary>
    /// The file of a name or path, or null. Both are first looked for in <paramref name="beside"/>.
    /// </summary>
    public ProfileFile? Find(string nameOrPath, string? beside = null)
    {
        if (IsPath(nameOrPath))
        {
            string path = beside is null ? nameOrPath : Path.Combine(beside, nameOrPath);
            return File.Exists(path) ? new ProfileFile(path) : null;
        }

        IEnumerable<string> candidates = beside is null ? directories : directories.Prepend(beside);
        return candidates
            .Select(directory => Path.Combine(directory, nameOrPath + ProfileFile.Extension))
            .Where(File.Exists)
            .Select(path => new ProfileFile(path))
            .FirstOrDefault();
    }

    /// <summary>Every file, one for each name, sorted by name.</summary>
    public IReadOnlyList<ProfileFile> All(string? beside = null)
    {
        Dictionary<string, ProfileFile> files = [];
        foreach (string directory in beside is null ? directories : directories.Prepend(beside))
        {
            foreach (ProfileFile file in FilesIn(directory))
            {
                files.TryAdd(file.Name, file);
            }
        }

        return [.. files.Values.OrderBy(file => file.Name, StringComparer.Ordinal)];
    }

    private static IEnumerable<ProfileFile> FilesIn(string directory)
    {
        directory = directory.Length == 0 ? "." : directory;
        if (!Directory.Exists(directory))
        {
            return [];
        }

        try
        {
            string[] paths = Directory.GetFiles(directory, "*" + ProfileFile.Extension);
            return paths.Select(path => new ProfileFile(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ProfileException(
                $"cannot list the profiles in {directory}: {exception.Message}", null, exception);
        }
    }
}
