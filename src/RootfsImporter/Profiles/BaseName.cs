using System.Text.RegularExpressions;

namespace RootfsImporter.Profiles;

/// <summary>What <c>base</c> names.</summary>
/// <param name="Mark">The place of the name.</param>
/// <param name="Name">A profile's name or path, or a place of images.</param>
/// <param name="Variant">The variant that stands beside the name, or null.</param>
internal sealed partial record BaseName(YamlMark Mark, string Name, string? Variant)
{
    private const string ProfileKey = "profile";
    private const string VariantKey = "variant";

    private static readonly IReadOnlyList<string> Keys = [ProfileKey, VariantKey];

    /// <summary>
    /// Whether it is a place of images, which begins with a word and a colon: <c>oci:images:noble</c>,
    /// <c>docker://registry.example/base</c>. A path with a colon in it says <c>./</c> first.
    /// </summary>
    public bool IsImage => Variant is null && ImagePattern().IsMatch(Name);

    /// <summary>The directory of the file that names it, where relative paths start; as the file was named.</summary>
    public string Directory => Path.GetDirectoryName(Mark.File) ?? "";

    /// <summary>Reads the value of <c>base</c>; throws <see cref="ProfileException"/>.</summary>
    public static BaseName Read(YamlNode node) => node switch
    {
        YamlNode.Scalar name => Checked(new BaseName(name.Mark, ProfileValues.Line(name), null)),
        YamlNode.Mapping mapping => Read(mapping),
        _ => throw node.Mark.Error(
            $"'base' takes a profile or an image, found {node.Kind}", "an image stands on one base"),
    };

    private static BaseName Read(YamlNode.Mapping mapping)
    {
        ProfileSection section = new(mapping, ProfileKeys.Base, Keys, family: null);
        YamlNode.Scalar profile = section.RequireScalar(ProfileKey);
        BaseName name = new(
            profile.Mark,
            ProfileValues.Line(profile),
            section.Scalar(VariantKey) is YamlNode.Scalar variant ? ProfileValues.Line(variant) : null);
        return ImagePattern().IsMatch(name.Name)
            ? throw profile.Mark.Error(
                $"expected a profile's name or path, found the image '{profile.Excerpt}'",
                $"write 'base: {profile.Excerpt}'")
            : name;
    }

    private static BaseName Checked(BaseName name) => name.IsImage && name.Name.EndsWith(':')
        ? throw name.Mark.Error($"expected a place of an image after '{name.Name}'", "such as 'oci:images:noble'")
        : name;

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.-]*:")]
    private static partial Regex ImagePattern();
}
