using System.Globalization;
using System.Text.RegularExpressions;

namespace RootfsImporter.Targets.Layouts;

/// <summary>What people write for an OCI layout, in a directory or in an archive.</summary>
internal static partial class LayoutPlace
{
    /// <summary>What follows the path of a source, for the table of transports.</summary>
    internal const string SourceSuffix = "[:TAG|:@N|@DIGEST]";

    /// <summary><c>oci:DIR[:TAG]</c>.</summary>
    internal static OciLayoutTarget ParseTarget(PlaceText text, TargetDefaults defaults)
    {
        (string directory, string tag) = PathAndTag(text, defaults);
        return new OciLayoutTarget(text.Text, directory, tag, defaults);
    }

    /// <summary><c>oci-archive:FILE[:TAG]</c>.</summary>
    internal static OciArchiveTarget ParseArchiveTarget(PlaceText text, TargetDefaults defaults)
    {
        (string file, string tag) = PathAndTag(text, defaults);
        return new OciArchiveTarget(text.Text, file, tag, defaults);
    }

    /// <summary><c>oci:DIR</c> and which image of it.</summary>
    internal static OciLayoutSource ParseSource(PlaceText text, TargetDefaults defaults)
    {
        (string directory, ImageChoice choice) = PathAndChoice(text);
        return new OciLayoutSource(text.Text, directory, choice, defaults);
    }

    /// <summary><c>oci-archive:FILE</c> and which image of it.</summary>
    internal static ArchiveSource ParseArchiveSource(PlaceText text, TargetDefaults defaults)
    {
        (string file, ImageChoice choice) = PathAndChoice(text);
        return new ArchiveSource(
            text.Text,
            cancellationToken => ArchiveFiles.OpenAsync(
                Path.GetFullPath(file, defaults.BaseDirectory), defaults.TemporaryDirectory, cancellationToken),
            (files, cancellationToken) => new LayoutReader(text.Text, files).ReadAsync(choice, cancellationToken));
    }

    /// <summary>What follows the path, after a colon: <c>@N</c> for a place in the list, as skopeo has it, or a name.</summary>
    internal static ImageChoice ChoiceOf(PlaceText text, string? label)
    {
        if (label is null || !label.StartsWith('@'))
        {
            return label is null ? new ImageChoice.Only() : new ImageChoice.Named(label);
        }

        return int.TryParse(label.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? new ImageChoice.At(index)
            : throw text.Error($"'{label}' is no place in a list", $"write {text.Syntax}; the first is @0");
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

    private static (string Path, ImageChoice Choice) PathAndChoice(PlaceText text)
    {
        if (Addressed().Match(text.Place) is { Success: true } match)
        {
            return (match.Groups["path"].Value, new ImageChoice.Addressed(Digest.Parse(match.Groups["digest"].Value)));
        }

        (string path, string? label) = text.SplitPath();
        return (path, ChoiceOf(text, label));
    }

    /// <summary>The value of org.opencontainers.image.ref.name (image-spec, annotations.md).</summary>
    [GeneratedRegex(
        @"\A[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex RefName();

    [GeneratedRegex(@"\A(?<path>[^:]+):?@(?<digest>sha256:[0-9a-f]{64})\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Addressed();
}
