namespace RootfsImporter.Profiles;

/// <summary>Where the profiles lie that come with the tool.</summary>
internal static class ProfileDirectories
{
    private const string Name = "distros";

    /// <summary>
    /// <c>distros/</c> in <paramref name="baseDirectory"/> (an installed tool has it beside the executable), else in the
    /// source tree that it lies in; null when there is neither.
    /// </summary>
    public static string? Find(string baseDirectory)
    {
        string installed = Path.Combine(baseDirectory, Name);
        if (Directory.Exists(installed))
        {
            return installed;
        }

        for (DirectoryInfo? directory = new(baseDirectory); directory is not null; directory = directory.Parent)
        {
            string path = Path.Combine(directory.FullName, Name);
            if (Directory.Exists(path) && File.Exists(Path.Combine(directory.FullName, "RootfsImporter.sln")))
            {
                return path;
            }
        }

        return null;
    }
}
