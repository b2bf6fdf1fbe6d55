using RootfsImporter.Targets;
using RootfsImporter.Targets.Docker;
using RootfsImporter.Targets.Layouts;
using RootfsImporter.Targets.Registries;
using RootfsImporter.Targets.Stores;

namespace RootfsImporter;

/// <summary>
/// Reads targets and sources as people write them, in the spelling of skopeo: <c>TRANSPORT:PLACE</c>. This is the one
/// table of transports.
/// </summary>
public static class TargetParser
{
    private static readonly Transport[] Known =
    [
        new("oci", "oci:DIR[:TAG]", LayoutPlace.ParseTarget, LayoutPlace.ParseSource)
        {
            SourceSyntax = "oci:DIR" + LayoutPlace.SourceSuffix,
        },
        new("oci-archive", "oci-archive:FILE[:TAG]", LayoutPlace.ParseArchiveTarget, LayoutPlace.ParseArchiveSource)
        {
            SourceSyntax = "oci-archive:FILE" + LayoutPlace.SourceSuffix,
        },
        new(
            "docker-archive", "docker-archive:FILE[:NAME:TAG]", DockerPlace.ParseArchiveTarget,
            DockerPlace.ParseArchiveSource)
        {
            SourceSyntax = "docker-archive:FILE[:NAME:TAG|:@N]",
        },
        new("docker-daemon", "docker-daemon:NAME:TAG", DockerPlace.ParseDaemonTarget, DockerPlace.ParseDaemonSource),
        new("dir", "dir:DIR", DirTarget.Parse, DirSource.Parse),
        new(
            "containers-storage", "containers-storage:[STORE]NAME:TAG", ContainersStoragePlace.ParseTarget,
            ContainersStoragePlace.ParseSource),
        new("containerd", "containerd:NAMESPACE/NAME:TAG", ContainerdPlace.ParseTarget, ContainerdPlace.ParseSource),
        new("tar", "tar:FILE", TarTarget.Parse, null),
        new("docker", "docker://[HOST[:PORT]/]NAME[:TAG]", RegistryPlace.ParseTarget, RegistryPlace.ParseSource)
        {
            Separator = "://",
            SourceSyntax = "docker://[HOST[:PORT]/]NAME[:TAG|@DIGEST]",
        },
    ];

    /// <summary>The syntax of every transport that takes images, for help texts: <c>oci:DIR[:TAG]</c>.</summary>
    public static IReadOnlyList<string> Syntaxes { get; } =
        [.. Of(PlaceKind.Target).Select(transport => transport.Syntax)];

    /// <summary>The syntax of every transport that images can be read from.</summary>
    public static IReadOnlyList<string> SourceSyntaxes { get; } =
        [.. Of(PlaceKind.Source).Select(transport => transport.SourceSyntax)];

    /// <summary>
    /// Reads a target. Throws <see cref="ProfileException"/> for what is none, with the transports there are and the
    /// nearest of them.
    /// </summary>
    public static ITarget Parse(string text, TargetDefaults defaults)
    {
        (Transport transport, PlaceText place) = Find(PlaceKind.Target, text);
        return transport.ParseTarget(place, defaults);
    }

    /// <summary>As <see cref="Parse"/>, for a source.</summary>
    public static ISource ParseSource(string text, TargetDefaults defaults)
    {
        (Transport transport, PlaceText place) = Find(PlaceKind.Source, text);
        return transport.ParseSource is { } parse
            ? parse(place, defaults)
            : throw place.Error($"images cannot be read from {transport.Name}", ListOf(PlaceKind.Source));
    }

    private static IEnumerable<Transport> Of(PlaceKind kind) =>
        Known.Where(transport => kind == PlaceKind.Target || transport.ParseSource is not null);

    private static string ListOf(PlaceKind kind) =>
        $"{PlaceText.NounOf(kind)}s are {string.Join(", ", Of(kind).Select(transport => transport.SyntaxOf(kind)))}";

    private static (Transport Transport, PlaceText Place) Find(PlaceKind kind, string text)
    {
        string noun = PlaceText.NounOf(kind);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? text : text[..colon];
        if (Known.FirstOrDefault(transport => transport.Name == name) is not { } known)
        {
            throw new ProfileException(
                $"{noun} '{text}' has no known transport", HintFor(kind, text, name, colon < 0 ? "" : text[colon..]));
        }

        string lead = name + known.Separator;
        string syntax = known.SyntaxOf(kind);
        if (!text.StartsWith(lead, StringComparison.Ordinal) && colon >= 0 && colon < text.Length - 1)
        {
            throw new ProfileException($"{noun} '{text}' does not begin with {lead}", $"write {syntax}");
        }

        return text.Length > lead.Length
            ? (known, new PlaceText(kind, text, text[lead.Length..], syntax))
            : throw new ProfileException(
                $"{noun} '{text}' does not say {(kind == PlaceKind.Source ? "what to read" : "where to")}",
                $"write {syntax}");
    }

    /// <param name="kind">Which list there is to choose from.</param>
    /// <param name="text">All that was written.</param>
    /// <param name="name">What stands before the first colon.</param>
    /// <param name="rest">The first colon and all that follows; empty without one.</param>
    private static string HintFor(PlaceKind kind, string text, string name, string rest)
    {
        string list = ListOf(kind);
        if (text.StartsWith('.') || text.StartsWith('/') || rest.Length == 0)
        {
            return Nearest(kind, name) is { } transport ? $"did you mean '{transport.SyntaxOf(kind)}'? {list}"
                : text.Length == 0 ? list
                : $"for an OCI layout in a directory write 'oci:{text}'; {list}";
        }

        return Nearest(kind, name) is { } nearest
            ? $"did you mean '{nearest.Name}{nearest.Separator}{rest.TrimStart(':', '/')}'? {list}"
            : list;
    }

    private static Transport? Nearest(PlaceKind kind, string name)
    {
        Transport? nearest = Of(kind).MinBy(transport => Suggestion.Distance(name, transport.Name));
        if (nearest is not null
            && Suggestion.Distance(name, nearest.Name) <= Math.Max(1, nearest.Name.Length / 4))
        {
            return nearest;
        }

        return name.Length < 3
            ? null
            : Of(kind).FirstOrDefault(transport => transport.Name.StartsWith(name, StringComparison.Ordinal));
    }
}
