namespace RootfsImporter.Profiles;

/// <summary>The keys that each section of a profile file knows.</summary>
internal static class ProfileKeys
{
    public const string Extends = "extends";
    public const string Variants = "variants";
    public const string Base = "base";

    public static IReadOnlyList<string> Root { get; } =
    [
        "title", "distribution", "version", "family", "suite", "endOfLife", "architectures", "archives",
        "pockets", "components", "keys", "usrMerge", "packages", "image", "seal",
        Base, "buildOnly", "files", "run", "remove",
    ];

    /// <summary>What an image has in it, as opposed to what its distribution is.</summary>
    public static IReadOnlyList<string> Content { get; } =
        [Base, "packages", "image", "buildOnly", "files", "run", "remove", Variants];

    public static IReadOnlyList<string> Archive { get; } =
        ["mirrors", "beside", "debootstrapScript", "architectures"];

    public static IReadOnlyList<string> Pocket { get; } = ["suite", "archive", "tag"];

    public static IReadOnlyList<string> Key { get; } = ["fingerprint", "file", "architectures"];

    public static IReadOnlyList<string> Packages { get; } =
    [
        "essential", "priorities", "include", "exclude", "pin", "recommends", "phasedUpdates", "extract", "scripts",
    ];

    public static IReadOnlyList<string> File { get; } = ["source", "target", "mode", "owner"];

    public static IReadOnlyList<string> Command { get; } = ["command", "network"];

    public static IReadOnlyList<string> Image { get; } =
        ["cmd", "entrypoint", "env", "labels", "user", "workingDir", "volumes", "exposedPorts"];

    public static IReadOnlyList<string> Seal { get; } =
        ["dockerSettings", "sourceComponents", "sourceSuites", "imageMirrors", "pathExclude", "pathInclude"];

    /// <summary>The family whose profiles alone have this key, in whichever section; null: every family's have it.</summary>
    public static string? FamilyOf(string key) => key switch
    {
        "tag" or "extract" or "scripts" => "apk",
        "beside" or "debootstrapScript" or "components" or "usrMerge" or "essential" or "priorities" or "recommends"
            or "phasedUpdates" or "dockerSettings" or "sourceComponents" or "sourceSuites" or "pathExclude"
            or "pathInclude" => "deb",
        _ => null,
    };

    /// <summary>
    /// What to do about a key that <paramref name="section"/> does not know: the key that was probably meant,
    /// or the section that it belongs to.
    /// </summary>
    public static string? Hint(string key, IReadOnlyList<string> section)
    {
        string bare = key.TrimEnd('+');
        if (bare != key && section.Contains(bare))
        {
            return $"'{key}' appends a list: write '{bare}+: [...]'";
        }

        if (Suggestion.Closest(bare, section) is string closest)
        {
            return $"did you mean '{closest}'?";
        }

        if (bare is Extends or Variants)
        {
            return $"'{bare}' stands at the top of a profile file only";
        }

        (string Name, IReadOnlyList<string> Keys)[] sections =
            [
                ("packages", Packages), ("image", Image), ("seal", Seal), ("archives", Archive), ("files", File),
                ("run", Command),
            ];
        foreach ((string name, IReadOnlyList<string> keys) in sections)
        {
            if (keys.Contains(bare) && !ReferenceEquals(keys, section))
            {
                return $"'{bare}' belongs in '{name}'";
            }
        }

        return $"known are {string.Join(", ", section)}";
    }
}
