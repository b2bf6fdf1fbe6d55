using System.Text.RegularExpressions;

namespace RootfsImporter.Profiles;

/// <summary>Turns the merged, settled nodes of a profile into the record, checking each value.</summary>
internal sealed partial class ProfileMapping
{
    private readonly string _family;
    private readonly string _suite;
    private readonly string _version;
    private readonly ProfileSection _root;
    private readonly ProfileBase? _base;

    private ProfileMapping(YamlNode.Mapping root, ProfileBase? stand)
    {
        _base = stand;


        // What a profile may say depends on its family, which therefore comes first.
        _family = root.Find("family") is YamlEntry family
            ? ProfileValues.Family(ProfileSection.AsScalar(family.Value, family.Key))
            : throw root.Mark.Error(
                "required key 'family' is missing",
                stand is null ? null : "'extends: ubuntu-24.04' says what the distribution of a base image is");
        _root = new ProfileSection(root, "profile", ProfileKeys.Root, _family);
        _suite = ProfileValues.Suite(_root.RequireScalar("suite"));
        _version = ProfileValues.Version(_root.RequireScalar("version"));
    }

    /// <summary>
    /// The profile, on the base <paramref name="stand"/> if any; throws <see cref="ProfileException"/> at the first value
    /// that is wrong.
    /// </summary>
    public static Profile Map(
        YamlNode.Mapping root, string name, string? variant, IReadOnlyList<string> variants, ProfileBase? stand) =>
        new ProfileMapping(root, stand).ToProfile(name, variant, variants);

    private Profile ToProfile(string name, string? variant, IReadOnlyList<string> variants)
    {
        if (_base?.Profile is Profile under)
        {
            CheckBase(under);
        }

        IReadOnlyDictionary<string, Archive> archives = Archives();
        PackageSelection packages = Packages();
        string[] buildOnly = BuildOnly(packages);
        return new Profile
        {
            Name = name,
            Variant = variant,
            Variants = variants,
            Title = ProfileValues.Line(Expand(_root.RequireScalar("title"))),
            Distribution = ProfileValues.Distribution(_root.RequireScalar("distribution")),
            Version = _version,
            Family = _family,
            Suite = _suite,
            EndOfLife = _root.Scalar("endOfLife") is YamlNode.Scalar date ? ProfileValues.Date(date) : null,
            Architectures = ArchitectureNames(_root),
            Archives = archives,
            Pockets = Pockets(archives),
            Components = _family == "deb"
                ? [.. Scalars(_root, "components").Select(ProfileValues.Component).Distinct()]
                : [],
            Keys = Keys(),
            UsrMerge = _root.Scalar("usrMerge") is YamlNode.Scalar merge ? ProfileValues.UsrMerge(merge) : UsrMerge.None,
            Packages = packages,
            Image = Image(),
            Seal = Seal(archives),
            Base = _base,
            BuildOnly = buildOnly,
            Files = Files(),
            Run = Run(),
            Remove = Remove(packages, buildOnly),
        };
    }

    private Dictionary<string, Archive> Archives()
    {
        YamlNode node = _root.Require("archives");
        Dictionary<string, Archive> archives = [];
        foreach (YamlEntry entry in _root.Entries("archives"))
        {
            ProfileSection section = new(entry.Value, entry.Key, ProfileKeys.Archive, _family);
            if (entry.Key == MainArchive && section.Scalar("beside") is YamlNode.Scalar beside)
            {
                throw beside.Mark.Error("'main' cannot lie beside itself",
                    "'beside' is for the other archives");
            }

            archives.Add(entry.Key, new Archive
            {
                Name = entry.Key,
                Mirrors = [.. section.List("mirrors").Select(value => ProfileValues.Address(Expand(value)))],
                Beside = section.Scalar("beside") is YamlNode.Scalar segment
                    ? ProfileValues.Segment(Expand(segment))
                    : null,
                DebootstrapScript = section.Scalar("debootstrapScript") is YamlNode.Scalar script
                    ? ProfileValues.Segment(Expand(script))
                    : null,
                Architectures = section.Find("architectures") is null
                    ? null
                    : ArchitectureNames(section),
            });
        }

        return archives.ContainsKey(MainArchive)
            ? archives
            : throw node.Mark.Error("the archive 'main' is missing",
                "the archive that holds the release is 'main'");
    }

    private List<Pocket> Pockets(IReadOnlyDictionary<string, Archive> archives)
    {
        YamlNode node = _root.Require("pockets");
        List<Pocket> pockets = [];
        foreach (YamlEntry entry in _root.Entries("pockets"))
        {
            ProfileSection section = new(entry.Value, entry.Key, ProfileKeys.Pocket, _family);
            pockets.Add(new Pocket
            {
                Name = entry.Key,
                Suite = ProfileValues.Suite(Expand(section.RequireScalar("suite"))),
                Archive = section.Scalar("archive") is YamlNode.Scalar archive
                    ? ArchiveName(archive.Mark, archive.Value, archives)
                    : MainArchive,
                Tag = section.Scalar("tag") is YamlNode.Scalar tag ? ProfileValues.Tag(tag) : null,
            });
        }

        return pockets.Count > 0
            ? pockets
            : throw node.Mark.Error("'pockets' is empty, expected at least one");
    }

    private List<PinnedKey> Keys()
    {
        List<PinnedKey> keys = [];
        foreach (YamlNode item in _root.RequireItems("keys"))
        {
            ProfileSection section = new(item, "key", ProfileKeys.Key, _family);
            string fingerprint = ProfileValues.Fingerprint(section.RequireScalar("fingerprint"), _family);
            YamlNode.Scalar file = section.RequireScalar("file");

            // Relative to the file that names it: a parent's keys lie beside the parent.
            string directory = Path.GetDirectoryName(Path.GetFullPath(file.Mark.File)) ?? "/";
            string path = Path.GetFullPath(Path.Combine(directory, ProfileValues.Line(file)));
            if (!File.Exists(path))
            {
                throw file.Mark.Error(
                    $"key file {file.Kind} does not exist (looked for {path})",
                    "the path is relative to this file");
            }

            if (!keys.Any(key => key.Fingerprint == fingerprint))
            {
                keys.Add(new PinnedKey(fingerprint, path)
                {
                    Architectures = section.Find("architectures") is null ? null : ArchitectureNames(section),
                });
            }
        }

        return keys;
    }

    private const string MainArchive = "main";

    private static string ArchiveName(
        YamlMark mark, string name, IReadOnlyDictionary<string, Archive> archives) =>
        archives.ContainsKey(name)
            ? name
            : throw mark.Error($"unknown archive '{name}'", Suggestion.Hint(name, [.. archives.Keys]));

    private static IReadOnlyList<Architecture> ArchitectureNames(ProfileSection section) =>
        [.. Scalars(section, "architectures").Select(ProfileValues.ArchitectureName).Distinct()];

    private static IEnumerable<YamlNode.Scalar> Scalars(ProfileSection section, string key) =>
        section.RequireItems(key).Select(item => ProfileSection.AsScalar(item, key));

    /// <summary>
    /// <c>{suite}</c> and <c>{version}</c> stand for the profile's own, so that a parent can say them. Any other name in
    /// braces is a mistake, except a shell's <c>${name}</c> and a template's <c>{{name}}</c>, which stay as they are.
    /// </summary>
    private YamlNode.Scalar Expand(YamlNode.Scalar value) => value with
    {
        Value = Placeholder().Replace(value.Value, match => match.Groups[1].Value switch
        {
            "suite" => _suite,
            "version" => _version,
            string unknown => throw value.Mark.Error(
                $"unknown placeholder '{match.Value}'",
                Suggestion.Closest(unknown, ["suite", "version"]) is string closest
                    ? $"did you mean '{{{closest}}}'?"
                    : "known are {suite}, {version}"),
        }),
    };

    [GeneratedRegex(@"(?<![${])\{([A-Za-z][A-Za-z0-9_-]*)\}")]
    private static partial Regex Placeholder();
}
