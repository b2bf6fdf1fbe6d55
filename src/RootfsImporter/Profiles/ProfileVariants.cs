namespace RootfsImporter.Profiles;

/// <summary>A merged profile taken apart: what it is, and the variants that can be merged over it.</summary>
internal sealed record ProfileVariants(YamlNode.Mapping Base, IReadOnlyList<YamlEntry> Variants)
{
    /// <summary>The variants' names, in the order of the file.</summary>
    public IReadOnlyList<string> Names => [.. Variants.Select(variant => variant.Key)];

    /// <summary>Takes <c>variants</c> out of a merged profile.</summary>
    public static ProfileVariants Split(YamlNode.Mapping merged)
    {
        YamlNode.Mapping rest = merged.Without(ProfileKeys.Variants);
        return merged.Find(ProfileKeys.Variants)?.Value switch
        {
            null or YamlNode.Scalar { IsNull: true } => new ProfileVariants(rest, []),
            YamlNode.Mapping variants => new ProfileVariants(
                rest, [.. variants.Entries.Where(e => e.Value is not YamlNode.Scalar { IsNull: true })]),
            YamlNode other => throw other.Mark.Error($"'variants' is a mapping, found {other.Kind}"),
        };
    }

    /// <summary>
    /// The profile with one variant merged over it; <paramref name="profile"/> is named in the error, which stands at the
    /// place <paramref name="at"/> that asked for it, if any.
    /// </summary>
    public YamlNode.Mapping Apply(string variant, string profile, YamlMark? at = null)
    {
        YamlEntry entry = Variants.FirstOrDefault(entry => entry.Key == variant)
            ?? throw YamlMark.Error(
                at,
                $"profile '{profile}' has no variant '{variant}'",
                Suggestion.Hint(variant, Names) ?? "it has no variants");
        return entry.Value is YamlNode.Mapping over
            ? ProfileInheritance.Merge(Base, over) with { Mark = Base.Mark }
            : throw entry.Value.Mark.Error($"the variant '{variant}' is a mapping, found {entry.Value.Kind}");
    }
}
