using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>Which way images go.</summary>
internal enum PlaceKind
{
    /// <summary>To the place.</summary>
    Target,

    /// <summary>From the place.</summary>
    Source,
}

/// <summary>A target or source as it was written, for the transport that reads it.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="Text">All of it: <c>oci:images:noble</c>.</param>
/// <param name="Place">What follows the transport; never empty: <c>images:noble</c>.</param>
/// <param name="Syntax">How it should be written.</param>
internal sealed record PlaceText(PlaceKind Kind, string Text, string Place, string Syntax)
{
    /// <summary><c>target</c> or <c>source</c>.</summary>
    public string Noun => NounOf(Kind);

    /// <summary><c>target</c> or <c>source</c>.</summary>
    public static string NounOf(PlaceKind kind) => kind == PlaceKind.Source ? "source" : "target";

    /// <summary>What is wrong with it: <c>target 'TEXT': PROBLEM</c>.</summary>
    public ProfileException Error(string problem, string hint) => new($"{Noun} '{Text}': {problem}", hint);

    /// <summary>
    /// The path, and what follows the first colon or null: as in skopeo, there is no way to write a path that has a
    /// colon.
    /// </summary>
    public (string Path, string? Label) SplitPath()
    {
        int colon = Place.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return (Place, null);
        }

        return colon > 0 && colon < Place.Length - 1
            ? (Place[..colon], Place[(colon + 1)..])
            : throw new ProfileException($"{Noun} '{Text}' has nothing on one side of a colon", $"write {Syntax}");
    }

    /// <summary>A part of the place as an image name; with the tag <c>latest</c> when it has none.</summary>
    public Reference Reference(string name) =>
        Oci.Reference.TryParse(name, out Reference? reference) && reference.Digest is null
            ? reference.WithDefaultTag()
            : throw Error(
                $"'{name}' is not an image name with a tag",
                "write it as ubuntu:24.04 or 127.0.0.1:5000/team/ubuntu:24.04; only a tag has capitals");
}
