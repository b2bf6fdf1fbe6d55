using System.Text.RegularExpressions;

namespace RootfsImporter.Targets;

/// <summary>What people write for an OCI layout, in a directory or in an archive.</summary>
internal static partial class LayoutPlace
{
    /// <summary><c>oci:DIR[:TAG]</c>.</summary>
    internal static OciLayoutTarget ParseTarget(PlaceText text, TargetDefaults defaults)
    {
        (string directory, string tag) = PathAndTag(text, defaults);
        return new OciLayoutTarget(text.Text, directory, tag, defaults);
    }

    private static (string Path, string Tag) PathAndTag(PlaceText text, TargetDefaults defaults)
    {
        (string path, string? tag) = text.SplitPath();
        tag ??= defaults.Tag;
        return RefName().IsMatch(tag)
            ? (path, tag)
            : throw text.Error(
                $"'{tag}' is not a tag of an OCI layout", "a tag is letters and digits, joined by one of - . _ : @ + /");
    }

    /// <summary>The value of org.opencontainers.image.ref.name (image-spec, annotations.md).</summary>
    [GeneratedRegex(
        @"\A[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex RefName();
}
