using System.Globalization;

namespace RootfsImporter.Profiles;

/// <summary>Writes a merged profile as a YAML profile of its own, without parents and variants.</summary>
public static class ProfileWriter
{
    /// <summary>
    /// The profile as text that loads again to the same profile. Deterministic: the same profile gives the
    /// same text.
    /// </summary>
    /// <param name="profile">What to write.</param>
    /// <param name="directory">
    /// The directory that key files are named relative to, where the text is meant to be stored; null:
    /// absolute paths.
    /// </param>
    public static string Write(Profile profile, string? directory = null)
    {
        YamlWriter yaml = new();
        yaml.Comment(Heading(profile));
        yaml.Pair("title", profile.Title);
        yaml.Pair("distribution", profile.Distribution);
        yaml.Pair("version", profile.Version);
        yaml.Pair("family", profile.Family);
        yaml.Pair("suite", profile.Suite);
        yaml.OptionalPair("endOfLife", profile.EndOfLife?.ToString("O", CultureInfo.InvariantCulture));
        yaml.List("architectures", profile.Architectures.Select(architecture => architecture.Deb));
        yaml.Section("archives", () => WriteArchives(yaml, profile));
        yaml.Section("pockets", () => WritePockets(yaml, profile));
        yaml.List("components", profile.Components);
        yaml.Section("keys", () => WriteKeys(yaml, profile, directory));
        if (profile.Family == "deb")
        {
            yaml.Pair("usrMerge", ProfileValues.UsrMergeName(profile.UsrMerge));
        }

        yaml.Section("packages", () => WritePackages(yaml, profile.Packages, profile.Family));
        yaml.Section("image", () => WriteImage(yaml, profile.Image));
        yaml.Section("seal", () => WriteSeal(yaml, profile.Seal, profile.Family));
        return yaml.ToString();
    }

    private static string Heading(Profile profile)
    {
        string variant = profile.Variant is null ? "" : $", variant {profile.Variant}";
        string variants = string.Join(", ", profile.Variants);
        return $"{profile.Name}{variant}, merged{(variants.Length == 0 ? "" : $" (variants: {variants})")}";
    }

    private static void WriteArchives(YamlWriter yaml, Profile profile)
    {
        foreach (Archive archive in profile.Archives.Values.OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            yaml.Section(archive.Name, () =>
            {
                yaml.List("mirrors", archive.Mirrors.Select(mirror => mirror.AbsoluteUri));
                yaml.OptionalPair("beside", archive.Beside);
                yaml.OptionalPair("debootstrapScript", archive.DebootstrapScript);
                yaml.List("architectures", archive.Architectures?.Select(each => each.Deb) ?? []);
            });
        }
    }

    private static void WritePockets(YamlWriter yaml, Profile profile)
    {
        foreach (Pocket pocket in profile.Pockets)
        {
            yaml.Section(pocket.Name, () =>
            {
                yaml.Pair("suite", pocket.Suite);
                yaml.Pair("archive", pocket.Archive);
                yaml.OptionalPair("tag", pocket.Tag);
            });
        }
    }

    private static void WriteKeys(YamlWriter yaml, Profile profile, string? directory)
    {
        foreach (PinnedKey key in profile.Keys)
        {
            string file = directory is null ? key.Path : Path.GetRelativePath(directory, key.Path);
            yaml.Item(
                [new("fingerprint", key.Fingerprint), new("file", file)],
                "architectures", key.Architectures?.Select(each => each.Deb) ?? []);
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

    private static void WriteSeal(YamlWriter yaml, SealSettings seal, string family)
    {
        if (family == "deb")
        {
            yaml.Pair("dockerSettings", seal.DockerSettings);
        }

        yaml.List("sourceComponents", seal.SourceComponents);
        yaml.List("sourceSuites", seal.SourceSuites);
        yaml.Map(
            "imageMirrors",
            Sorted(seal.ImageMirrors.ToDictionary(pair => pair.Key, pair => pair.Value.AbsoluteUri)));
        yaml.List("pathExclude", seal.PathExclude);
        yaml.List("pathInclude", seal.PathInclude);
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
