using System.Text.RegularExpressions;

namespace RootfsImporter.Profiles;

/// <summary>Reads profiles together with all that they extend and stand on. Its memory is of one load.</summary>
internal sealed partial class ProfileReader(ProfileLocator locator)
{
    /// <summary>The most profiles that stand on each other.</summary>
    public const int MaxBases = 8;

    /// <summary>The most bases of one profile, of all its variants together.</summary>
    public const int MaxBaseProfiles = 64;

    private readonly List<string> _chain = [];
    private readonly Dictionary<(string Path, string? Variant), LoadedProfile> _bases = [];

    /// <summary>The profile of a file; throws <see cref="ProfileException"/>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="variant">The variant that is merged over it, or null.</param>
    public Profile Read(ProfileFile file, string? variant) => Read(file, variant, null).Profile;

    /// <summary>
    /// The file of a name or path, and the variant when the name carries one; null when there is none. The longest name
    /// that exists wins.
    /// </summary>
    public (ProfileFile File, string? Variant)? Find(string nameOrPath, string? beside = null)
    {
        if (locator.Find(nameOrPath, beside) is ProfileFile exact)
        {
            return (exact, null);
        }

        if (ProfileLocator.IsPath(nameOrPath))
        {
            return null;
        }

        for (int dash = nameOrPath.LastIndexOf('-'); dash > 0; dash = nameOrPath.LastIndexOf('-', dash - 1))
        {
            if (locator.Find(nameOrPath[..dash], beside) is ProfileFile file)
            {
                return (file, nameOrPath[(dash + 1)..]);
            }
        }

        return null;
    }

    /// <summary>The names that can be built, to suggest one of them.</summary>
    public string[] ConcreteNames(string? beside = null) =>
        [.. locator.All(beside).Where(file => !file.IsAbstract).Select(file => file.Name)];

    private LoadedProfile Read(ProfileFile file, string? variant, YamlMark? at)
    {
        CheckName(file, at);
        _chain.Add(Path.GetFullPath(file.Path));
        ProfileVariants merged = ProfileVariants.Split(new ProfileParents(locator).Read(file));
        YamlNode.Mapping chosen = variant is null ? merged.Base : merged.Apply(variant, file.Name, at);

        // A mistake in a variant is reported even when that variant is not asked for.
        foreach (string other in merged.Names)
        {
            Map(merged.Apply(other, file.Name, at), file.Name, other, merged.Names);
        }

        LoadedProfile loaded = Map(chosen, file.Name, variant, merged.Names);
        _chain.RemoveAt(_chain.Count - 1);
        return loaded;
    }

    private LoadedProfile Map(YamlNode.Mapping profile, string name, string? variant, IReadOnlyList<string> variants)
    {
        YamlNode.Mapping own = ProfileMerge.Settle(profile);
        if (own.Find(ProfileKeys.Base) is not YamlEntry entry)
        {
            return new LoadedProfile(ProfileMapping.Map(own, name, variant, variants, null), own);
        }

        BaseName named = BaseName.Read(entry.Value);
        LoadedProfile? under = named.IsImage ? null : ReadBase(named);
        YamlNode.Mapping whole = under is null
            ? own
            : ProfileMerge.Settle(ProfileInheritance.Merge(ProfileInheritance.WithoutContent(under.Merged), profile));
        ProfileBase stand = new()
        {
            Name = named.Name,
            Directory = Path.GetFullPath(named.Directory.Length == 0 ? "." : named.Directory),
            Profile = under?.Profile,
        };
        return new LoadedProfile(ProfileMapping.Map(whole, name, variant, variants, stand), whole);
    }

    private LoadedProfile ReadBase(BaseName named)
    {
        (ProfileFile file, string? carried) = Find(named.Name, named.Directory) ?? throw Unknown(named);
        if (carried is not null && named.Variant is not null && carried != named.Variant)
        {
            throw named.Mark.Error(
                $"'{named.Name}' names the variant '{carried}', but '{named.Variant}' is asked for too", "give one of them");
        }

        string path = Path.GetFullPath(file.Path);
        int first = _chain.IndexOf(path);
        if (first >= 0)
        {
            IEnumerable<string?> cycle = _chain.Skip(first).Select(Path.GetFileNameWithoutExtension).Append(file.Name);
            throw named.Mark.Error(
                $"profiles stand on each other in a cycle: {string.Join(" -> ", cycle)}",
                "a profile cannot be its own base, directly or through others");
        }

        (string, string?) key = (path, carried ?? named.Variant);
        if (_bases.TryGetValue(key, out LoadedProfile? known))
        {
            return known;
        }

        if (_chain.Count > MaxBases || _bases.Count >= MaxBaseProfiles)
        {
            throw named.Mark.Error(_chain.Count > MaxBases
                ? $"more than {MaxBases} profiles stand on each other"
                : $"more than {MaxBaseProfiles} profiles are bases of one");
        }

        return _bases[key] = Read(file, key.Item2, named.Mark);
    }

    private ProfileException Unknown(BaseName named)
    {
        if (!ProfileLocator.IsPath(named.Name))
        {
            return named.Mark.Error(
                $"unknown base '{named.Name}'", Suggestion.Hint(named.Name, ConcreteNames(named.Directory)));
        }

        bool isFile = named.Name.StartsWith('.') || named.Name.EndsWith(ProfileFile.Extension, StringComparison.Ordinal);
        return named.Mark.Error(
            $"the base's profile file '{named.Name}' does not exist",
            isFile ? "the path is relative to this file" : $"an image in a registry is 'docker://{named.Name}'");
    }

    private void CheckName(ProfileFile file, YamlMark? at)
    {
        if (file.IsAbstract)
        {
            throw YamlMark.Error(at,
                $"'{file.Name}' is only a parent of other profiles: its name begins with '_'",
                Suggestion.Hint(file.Name, ConcreteNames()));
        }

        if (!NamePattern().IsMatch(file.Name))
        {
            throw YamlMark.Error(at,
                $"'{file.Name}' is not a name for a profile",
                "rename the file: letters, digits, '.', '_' and '-', a letter or digit first");
        }
    }

    // The name becomes part of image references and file names.
    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]
    private static partial Regex NamePattern();

    /// <summary>A profile, and the nodes that it was made of, from which profiles that stand on it inherit.</summary>
    private sealed record LoadedProfile(Profile Profile, YamlNode.Mapping Merged);
}
