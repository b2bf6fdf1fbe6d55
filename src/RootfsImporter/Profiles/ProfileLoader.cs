using System.Text.RegularExpressions;

namespace RootfsImporter.Profiles;

/// <summary>Loads profiles from YAML files. See docs/profiles.md for the format.</summary>
public static partial class ProfileLoader
{
    /// <summary>
    /// Loads a profile with all that it extends, and a variant merged over it last.
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
        ProfileLocator locator = new(searchDirectories);
        (ProfileFile file, string? named) = Locate(nameOrPath, locator);
        if (named is not null && variant is not null && named != variant)
        {
            throw new ProfileException(
                $"'{nameOrPath}' names the variant '{named}', but '{variant}' is asked for too",
                "give one of them");
        }

        return Read(file, named ?? variant, locator);
    }

    /// <summary>
    /// Loads every profile of the directories that is not only a parent, sorted by name, without a variant.
    /// </summary>
    /// <exception cref="ProfileException">One of them is wrong; the message says where.</exception>
    public static IReadOnlyList<Profile> List(IReadOnlyList<string> searchDirectories)
    {
        ProfileLocator locator = new(searchDirectories);
        return [.. locator.All().Where(file => !file.IsAbstract).Select(file => Read(file, null, locator))];
    }

    private static Profile Read(ProfileFile file, string? variant, ProfileLocator locator)
    {
        if (file.IsAbstract)
        {
            throw new ProfileException(
                $"'{file.Name}' is only a parent of other profiles: its name begins with '_'",
                Suggestion.Hint(file.Name, ConcreteNames(locator)));
        }

        if (!NamePattern().IsMatch(file.Name))
        {
            throw new ProfileException(
                $"'{file.Name}' is not a name for a profile",
                "rename the file: letters, digits, '.', '_' and '-', a letter or digit first");
        }

        ProfileVariants merged = ProfileVariants.Split(new ProfileParents(locator).Read(file));
        YamlNode.Mapping chosen = variant is null ? merged.Base : merged.Apply(variant, file.Name);

        // A mistake in a variant is reported even when that variant is not asked for.
        foreach (string other in merged.Names)
        {
            YamlNode.Mapping applied = ProfileMerge.Settle(merged.Apply(other, file.Name));
            ProfileMapping.Map(applied, file.Name, other, merged.Names);
        }

        return ProfileMapping.Map(ProfileMerge.Settle(chosen), file.Name, variant, merged.Names);
    }

    /// <summary>
    /// The file, and the variant when the name carries one. The longest name that exists wins.
    /// </summary>
    private static (ProfileFile File, string? Variant) Locate(string nameOrPath, ProfileLocator locator)
    {
        if (locator.Find(nameOrPath) is ProfileFile exact)
        {
            return (exact, null);
        }

        if (ProfileLocator.IsPath(nameOrPath))
        {
            throw new ProfileException($"profile file {nameOrPath} does not exist");
        }

        for (int dash = nameOrPath.LastIndexOf('-'); dash > 0; dash = nameOrPath.LastIndexOf('-', dash - 1))
        {
            if (locator.Find(nameOrPath[..dash]) is ProfileFile file)
            {
                return (file, nameOrPath[(dash + 1)..]);
            }
        }

        IReadOnlyList<string> names = ConcreteNames(locator);
        throw new ProfileException(
            $"unknown profile '{nameOrPath}'",
            Suggestion.Hint(nameOrPath, names)
                ?? "no profiles were found; is the directory 'distros' in place?");
    }

    private static string[] ConcreteNames(ProfileLocator locator) =>
        [.. locator.All().Where(file => !file.IsAbstract).Select(file => file.Name)];

    // The name becomes part of image references and file names.
    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]
    private static partial Regex NamePattern();
}
