namespace RootfsImporter.Profiles;

/// <summary>
/// Writes a merged profile as a YAML profile of its own, without parents and variants. A base stays a base; what the profile
/// does not have and its base has is unset.
/// </summary>
public static partial class ProfileWriter
{
    /// <summary>
    /// The profile as text that loads again to the same profile. Deterministic: the same profile gives the
    /// same text.
    /// </summary>
    /// <param name="profile">What to write.</param>
    /// <param name="directory">
    /// The directory that key files, copied files and the base's profile are named relative to, where the text is meant
    /// to be stored; null: absolute paths, which are refused for copied files when the text is loaded. The name of a base
    /// image stays as it is.
    /// </param>
    public static string Write(Profile profile, string? directory = null)
    {
        YamlWriter yaml = new();
        Profile? under = profile.Base?.Profile;
        yaml.Comment(Heading(profile));
        WriteBase(yaml, profile.Base, directory);
        yaml.Pair("title", profile.Title);
        yaml.Pair("distribution", profile.Distribution);
        yaml.Pair("version", profile.Version);
        yaml.Pair("family", profile.Family);
        yaml.Pair("suite", profile.Suite);
        Optional(yaml, "endOfLife", Date(profile.EndOfLife), Date(under?.EndOfLife));
        yaml.List("architectures", profile.Architectures.Select(architecture => architecture.Deb));
        yaml.Section("archives", () => WriteArchives(yaml, profile, under));
        yaml.Section("pockets", () => WritePockets(yaml, profile, under));
        yaml.List("components", profile.Components);
        yaml.Section("keys", () => WriteKeys(yaml, profile, directory));
        if (profile.Family == "deb")
        {
            yaml.Pair("usrMerge", ProfileValues.UsrMergeName(profile.UsrMerge));
        }

        yaml.Section("packages", () => WritePackages(yaml, profile.Packages, profile.Family));
        WriteSteps(yaml, profile, directory);
        yaml.Section("image", () => WriteImage(yaml, profile.Image));
        yaml.Section("seal", () => WriteSeal(yaml, profile.Seal, under?.Seal, profile.Family));
        return yaml.ToString();
    }

    private static string Heading(Profile profile)
    {
        string variant = profile.Variant is null ? "" : $", variant {profile.Variant}";
        string variants = string.Join(", ", profile.Variants);
        return $"{profile.Name}{variant}, merged{(variants.Length == 0 ? "" : $" (variants: {variants})")}";
    }

    private static void WriteArchives(YamlWriter yaml, Profile profile, Profile? under)
    {
        foreach (Archive archive in profile.Archives.Values.OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            Archive? inherited = under?.Archives.GetValueOrDefault(archive.Name);
            yaml.Section(archive.Name, () =>
            {
                List(yaml, "mirrors", archive.Mirrors.Select(Text), inherited?.Mirrors.Select(Text));
                Optional(yaml, "beside", archive.Beside, inherited?.Beside);
                Optional(yaml, "debootstrapScript", archive.DebootstrapScript, inherited?.DebootstrapScript);
                yaml.List("architectures", archive.Architectures?.Select(each => each.Deb) ?? []);
                if (archive.Architectures is null && inherited?.Architectures is not null)
                {
                    yaml.Nothing("architectures");
                }
            });
        }

        Unset(yaml, under?.Archives.Keys, profile.Archives.Keys);
    }

    private static void WritePockets(YamlWriter yaml, Profile profile, Profile? under)
    {
        foreach (Pocket pocket in profile.Pockets)
        {
            yaml.Section(pocket.Name, () =>
            {
                yaml.Pair("suite", pocket.Suite);
                yaml.Pair("archive", pocket.Archive);
                Optional(
                    yaml, "tag", pocket.Tag, under?.Pockets.FirstOrDefault(other => other.Name == pocket.Name)?.Tag);
            });
        }

        Unset(yaml, under?.Pockets.Select(pocket => pocket.Name), profile.Pockets.Select(pocket => pocket.Name));
    }

    private static void WriteKeys(YamlWriter yaml, Profile profile, string? directory)
    {
        foreach (PinnedKey key in profile.Keys)
        {
            string file = PathFrom(directory, key.Path);
            yaml.Item(() =>
            {
                yaml.Pair("fingerprint", key.Fingerprint);
                yaml.Pair("file", file);
                yaml.List("architectures", key.Architectures?.Select(each => each.Deb) ?? []);
            });
        }
    }

    private static void WritePackages(YamlWriter yaml, PackageSelection packages, string family)
    {
        bool isDeb = family == "deb";
        if (isDeb)
        {
            yaml.Pair("essential", packages.Essential);
        }

        yaml.List("priorities", packages.Priorities);
        yaml.List("include", packages.Include);
        yaml.List("exclude", packages.Exclude);
        yaml.Map("pin", Sorted(packages.Pin));
        yaml.List("extract", packages.Extract);
        if (isDeb)
        {
            yaml.Pair("recommends", packages.Recommends);
            yaml.Pair("phasedUpdates", ProfileValues.PhasedName(packages.PhasedUpdates));
        }
        else
        {
            yaml.Pair("scripts", ProfileValues.ScriptsName(packages.Scripts));
        }
    }

    private static void WriteImage(YamlWriter yaml, ImageSettings image)
    {
        yaml.List("cmd", image.Cmd);
        yaml.List("entrypoint", image.Entrypoint);
        yaml.Map("env", image.Env.Select(Variable));
        yaml.Map("labels", Sorted(image.Labels));
        yaml.OptionalPair("user", image.User);
        yaml.OptionalPair("workingDir", image.WorkingDir);
        yaml.List("volumes", image.Volumes);
        yaml.List("exposedPorts", image.ExposedPorts);
    }

    private static void WriteSeal(YamlWriter yaml, SealSettings seal, SealSettings? under, string family)
    {
        if (family == "deb")
        {
            yaml.Pair("dockerSettings", seal.DockerSettings);
        }

        List(yaml, "sourceComponents", seal.SourceComponents, under?.SourceComponents);
        List(yaml, "sourceSuites", seal.SourceSuites, under?.SourceSuites);
        string[] unset = [.. (under?.ImageMirrors.Keys ?? []).Except(seal.ImageMirrors.Keys)];
        if (unset.Length + seal.ImageMirrors.Count > 0)
        {
            yaml.Section("imageMirrors", () =>
            {
                foreach ((string archive, Uri mirror) in seal.ImageMirrors.OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    yaml.Pair(archive, Text(mirror));
                }

                Unset(yaml, unset, []);
            });
        }

        List(yaml, "pathExclude", seal.PathExclude, under?.PathExclude);
        List(yaml, "pathInclude", seal.PathInclude, under?.PathInclude);
    }

    private static IEnumerable<KeyValuePair<string, string>> Sorted(
        IReadOnlyDictionary<string, string> pairs) =>
        pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal);

    private static KeyValuePair<string, string> Variable(string variable)
    {
        int equals = variable.IndexOf('=', StringComparison.Ordinal);
        return new(variable[..equals], variable[(equals + 1)..]);
    }
}
