namespace RootfsImporter.Profiles;

/// <summary>Loads profiles from YAML files. See docs/profiles.md for the format.</summary>
public static class ProfileLoader
{
    /// <summary>
    /// Loads a profile with all that it extends and stands on, and a variant merged over it last.
    /// </summary>
    /// <param name="nameOrPath">
    /// A name (<c>ubuntu-24.04</c>), a name with a variant (<c>ubuntu-24.04-slim</c>), or the path of a YAML
    /// file.
    /// </param>
    /// <param name="variant">The variant (<c>slim</c>), or null for that of the name, if any.</param>
    /// <param name="searchDirectories">
    /// Where names are looked for; the first directory that has one wins.
    /// </param>
    /// <exception cref="ProfileException">
    /// The profile does not exist or is wrong; the message says where.
    /// </exception>
    public static Profile Load(string nameOrPath, string? variant, IReadOnlyList<string> searchDirectories)
    {
        ProfileReader reader = new(new ProfileLocator(searchDirectories));
        (ProfileFile file, string? named) = reader.Find(nameOrPath) ?? throw Unknown(nameOrPath, reader);
        if (named is not null && variant is not null && named != variant)
        {
            throw new ProfileException(
                $"'{nameOrPath}' names the variant '{named}', but '{variant}' is asked for too",
                "give one of them");
        }

        return reader.Read(file, named ?? variant);
    }

    /// <summary>
    /// Loads every profile of the directories that is not only a parent, sorted by name, without a variant.
    /// </summary>
    /// <exception cref="ProfileException">One of them is wrong; the message says where.</exception>
    public static IReadOnlyList<Profile> List(IReadOnlyList<string> searchDirectories)
    {
        ProfileLocator locator = new(searchDirectories);
        return
        [
            .. locator.All().Where(file => !file.IsAbstract).Select(file => new ProfileReader(locator).Read(file, null)),
        ];
    }

    private static ProfileException Unknown(string nameOrPath, ProfileReader reader) =>
        ProfileLocator.IsPath(nameOrPath)
            ? new ProfileException($"profile file {nameOrPath} does not exist")
            : new ProfileException(
                $"unknown profile '{nameOrPath}'",
                Suggestion.Hint(nameOrPath, reader.ConcreteNames())
                    ?? "no profiles were found; is the directory 'distros' in place?");
}
