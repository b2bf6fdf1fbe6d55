using System.Text.RegularExpressions;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Stores;

/// <summary>An image in a namespace of containerd's.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Namespace">The namespace: <c>default</c>, <c>k8s.io</c>, <c>moby</c>.</param>
/// <param name="Reference">The image's name, with a tag.</param>
internal sealed partial record ContainerdPlace(PlaceText Text, string Namespace, Reference Reference)
{
    private const int MaxNamespaceLength = 76;

    /// <summary><c>containerd:NAMESPACE/NAME:TAG</c>.</summary>
    internal static ContainerdTarget ParseTarget(PlaceText text, TargetDefaults defaults) => new(Parse(text), defaults);

    /// <summary>As <see cref="ParseTarget"/>.</summary>
    internal static ArchiveSource ParseSource(PlaceText text, TargetDefaults defaults)
    {
        ContainerdPlace place = Parse(text);
        return new ArchiveSource(
            text.Text,
            cancellationToken => new ContainerdClient(place, defaults).ExportAsync(cancellationToken),
            ProgramArchive.ReadAsync);
    }

    private static ContainerdPlace Parse(PlaceText text)
    {
        int slash = text.Place.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            throw text.Error("it has no namespace", $"write containerd:default/{text.Place}, or the namespace you mean");
        }

        string name = text.Place[..slash];
        return name.Length <= MaxNamespaceLength && Identifier().IsMatch(name)
            ? new ContainerdPlace(text, name, text.Reference(text.Place[(slash + 1)..]))
            : throw text.Error(
                $"'{name}' is not a namespace of containerd",
                "a namespace is up to 76 letters and digits, joined by one of . _ -; write "
                    + $"containerd:default/{text.Place} for the one that ctr uses");
    }

    /// <summary>containerd, identifiers/validate.go.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Identifier();
}
