using System.Text.RegularExpressions;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>Reads targets as people write them, in the spelling of skopeo: <c>TRANSPORT:PLACE</c>.</summary>
public static partial class TargetParser
{
    private static readonly Transport[] Known =
    [
        new("oci", "oci:DIR[:TAG]", ParseOci),
        new("docker-archive", "docker-archive:FILE[:NAME:TAG]", ParseDockerArchive),
        new("docker-daemon", "docker-daemon:NAME:TAG", ParseDockerDaemon),
        new("tar", "tar:FILE", ParseTar),
    ];

    /// <summary>The syntax of every transport, for help texts: <c>oci:DIR[:TAG]</c>.</summary>
    public static IReadOnlyList<string> Syntaxes { get; } = [.. Known.Select(transport => transport.Syntax)];

    /// <summary>
    /// Reads a target. Throws <see cref="ProfileException"/> for what is none, with the transports there are and the
    /// nearest of them.
    /// </summary>
    public static ITarget Parse(string text, TargetDefaults defaults)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? text : text[..colon];
        string place = colon < 0 ? "" : text[(colon + 1)..];
        if (Known.FirstOrDefault(transport => transport.Name == name) is not { } known)
        {
            throw new ProfileException($"target '{text}' has no known transport", HintFor(text, name, place));
        }

        return place.Length == 0
            ? throw new ProfileException($"target '{text}' does not say where to", $"write {known.Syntax}")
            : known.Parse(text, place, defaults);
    }

    private static OciLayoutTarget ParseOci(string text, string place, TargetDefaults defaults)
    {
        (string directory, string? tag) = SplitPath(text, place, "oci:DIR[:TAG]");
        tag ??= defaults.Tag;
        return RefName().IsMatch(tag)
            ? new OciLayoutTarget(text, directory, tag, defaults)
            : throw new ProfileException(
                $"target '{text}': '{tag}' is not a tag of an OCI layout",
                "a tag is letters and digits, joined by one of - . _ : @ + /");
    }

    private static DockerArchiveTarget ParseDockerArchive(string text, string place, TargetDefaults defaults)
    {
        (string file, string? name) = SplitPath(text, place, "docker-archive:FILE[:NAME:TAG]");
        Reference reference = name is null ? defaults.Reference : ParseReference(text, name);
        return new DockerArchiveTarget(text, file, reference.WithDefaultTag(), defaults);
    }

    private static DockerDaemonTarget ParseDockerDaemon(string text, string place, TargetDefaults defaults) =>
        new(text, ParseReference(text, place), defaults);

    private static TarTarget ParseTar(string text, string place, TargetDefaults defaults) => place == "-"
        ? throw new ProfileException($"target '{text}': a tar cannot go to standard output", "write tar:FILE")
        : new TarTarget(text, place, defaults);

    /// <summary>A path ends at the first colon, as in skopeo: there is no way to write one that has a colon.</summary>
    private static (string Path, string? Label) SplitPath(string text, string place, string syntax)
    {
        int colon = place.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return (place, null);
        }

        return colon > 0 && colon < place.Length - 1
            ? (place[..colon], place[(colon + 1)..])
            : throw new ProfileException($"target '{text}' has nothing on one side of a colon", $"write {syntax}");
    }

    private static Reference ParseReference(string text, string name) =>
        Reference.TryParse(name, out Reference? reference) && reference.Digest is null
            ? reference.WithDefaultTag()
            : throw new ProfileException(
                $"target '{text}': '{name}' is not an image name with a tag",
                "write it as ubuntu:24.04 or 127.0.0.1:5000/team/ubuntu:24.04; only a tag has capitals");

    private static string HintFor(string text, string name, string place)
    {
        string syntaxes = $"targets are {string.Join(", ", Syntaxes)}";
        if (text.StartsWith('.') || text.StartsWith('/') || (place.Length == 0 && !text.EndsWith(':')))
        {
            return Nearest(name) is { } transport ? $"did you mean '{transport.Syntax}'? {syntaxes}"
                : text.Length == 0 ? syntaxes
                : $"for an OCI layout in a directory write 'oci:{text}'; {syntaxes}";
        }

        return Nearest(name) is { } nearest ? $"did you mean '{nearest.Name}:{place}'? {syntaxes}" : syntaxes;
    }

    private static Transport? Nearest(string name)
    {
        Transport nearest = Known.MinBy(transport => Suggestion.Distance(name, transport.Name))!;
        if (Suggestion.Distance(name, nearest.Name) <= Math.Max(1, nearest.Name.Length / 4))
        {
            return nearest;
        }

        return name.Length < 3
            ? null
            : Known.FirstOrDefault(transport => transport.Name.StartsWith(name, StringComparison.Ordinal));
    }

    /// <summary>The value of org.opencontainers.image.ref.name (image-spec, annotations.md).</summary>
    [GeneratedRegex(
        @"\A[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex RefName();

    private sealed record Transport(string Name, string Syntax, Func<string, string, TargetDefaults, ITarget> Parse);
}
