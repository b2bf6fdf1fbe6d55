namespace RootfsImporter.Profiles;

/// <summary>Writes out what a profile file may say shorter, before it is merged.</summary>
internal static class ProfileShorthand
{
    private const string Packages = "packages";
    private const string Include = "include";

    /// <summary>
    /// <c>packages: [...]</c> becomes <c>packages: {include: [...]}</c>, and <c>packages+: [...]</c> appends to that list;
    /// in the file and in each of its variants.
    /// </summary>
    public static YamlNode.Mapping Expand(YamlNode.Mapping file)
    {
        YamlNode.Mapping expanded = ExpandPackages(file);
        return expanded with
        {
            Entries =
            [
                .. expanded.Entries.Select(entry => entry.Key == ProfileKeys.Variants ? Variants(entry) : entry),
            ],
        };
    }

    private static YamlEntry Variants(YamlEntry entry) => entry.Value is not YamlNode.Mapping variants
        ? entry
        : entry with
        {
            Value = variants with
            {
                Entries =
                [
                    .. variants.Entries.Select(variant => variant.Value is YamlNode.Mapping mapping
                        ? variant with { Value = ExpandPackages(mapping) }
                        : variant),
                ],
            },
        };

    private static YamlNode.Mapping ExpandPackages(YamlNode.Mapping mapping)
    {
        if (mapping.Find(Packages + "+") is { Value: YamlNode.Sequence } append && mapping.Find(Packages) is not null)
        {
            throw append.Mark.Error(
                $"'{Packages}' and '{append.Key}' in one mapping", $"put everything into '{Packages}'");
        }

        return mapping with { Entries = [.. mapping.Entries.Select(Expand)] };
    }

    private static YamlEntry Expand(YamlEntry entry) => (entry.Key, entry.Value) switch
    {
        (Packages, YamlNode.Sequence list) => With(entry, Include, list),
        (Packages + "+", YamlNode.Sequence list) => With(entry, Include + "+", list),
        _ => entry,
    };

    private static YamlEntry With(YamlEntry entry, string key, YamlNode.Sequence list) => new(
        entry.Mark, Packages, new YamlNode.Mapping(list.Mark, [new YamlEntry(entry.Mark, key, list)]));
}
