using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>What people write for a Docker Engine and for its archives.</summary>
internal static class DockerPlace
{
    /// <summary><c>docker-archive:FILE[:NAME:TAG]</c>.</summary>
    internal static DockerArchiveTarget ParseArchiveTarget(PlaceText text, TargetDefaults defaults)
    {
        (string file, string? name) = text.SplitPath();
        Reference reference = name is null ? defaults.Reference : text.Reference(name);
        return new DockerArchiveTarget(text.Text, file, reference.WithDefaultTag(), defaults);
    }

    /// <summary><c>docker-daemon:NAME:TAG</c>.</summary>
    internal static DockerDaemonTarget ParseDaemonTarget(PlaceText text, TargetDefaults defaults) =>
        new(text.Text, text.Reference(text.Place), defaults);
}
