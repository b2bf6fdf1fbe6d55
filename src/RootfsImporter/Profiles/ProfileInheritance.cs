namespace RootfsImporter.Profiles;

/// <summary>
/// Merges a profile over its parents, and a variant over its profile: as <see cref="ProfileMerge"/> does, and with what
/// holds between keys.
/// </summary>
internal static class ProfileInheritance
{
    private const string Image = "image";
    private const string Entrypoint = "entrypoint";
    private const string Cmd = "cmd";

    /// <summary>
    /// <paramref name="over"/> merged on top of <paramref name="under"/>. A new entry point resets the command, which
    /// was meant for the old one, as ENTRYPOINT of a Dockerfile does.
    /// </summary>
    public static YamlNode.Mapping Merge(YamlNode.Mapping under, YamlNode.Mapping over) =>
        ProfileMerge.Merge(ReplacesEntrypoint(over) ? WithoutCmd(under) : under, over);

    /// <summary>
    /// What a profile says of the distribution alone, without what it puts into an image: what a profile inherits from the
    /// one that it stands on, whose image has the content already.
    /// </summary>
    public static YamlNode.Mapping WithoutContent(YamlNode.Mapping profile) => profile with
    {
        Entries = [.. profile.Entries.Where(entry => !ProfileKeys.Content.Contains(entry.Key.TrimEnd('+')))],
    };

    private static bool ReplacesEntrypoint(YamlNode.Mapping profile) =>
        profile.Find(Image)?.Value is YamlNode.Mapping image
        && image.Find(Entrypoint)?.Value is YamlNode.Sequence
        && image.Find(Cmd) is null
        && image.Find(Cmd + "+") is null;

    private static YamlNode.Mapping WithoutCmd(YamlNode.Mapping profile) => profile with
    {
        Entries =
        [
            .. profile.Entries.Select(entry => entry.Key == Image && entry.Value is YamlNode.Mapping image
                ? entry with { Value = image.Without(Cmd).Without(Cmd + "+") }
                : entry),
        ],
    };
}
