using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>What a target's text leaves open.</summary>
public sealed record TargetDefaults
{
    /// <summary>The absolute directory that relative paths start from.</summary>
    public required string BaseDirectory { get; init; }

    /// <summary>The tag in an OCI layout: <c>ubuntu-24.04</c>.</summary>
    public required string Tag { get; init; }

    /// <summary>The image's name in an archive, with a tag and without a digest: <c>ubuntu:24.04</c>.</summary>
    public required Reference Reference { get; init; }

    /// <summary>The Docker Engine, as DOCKER_HOST spells it: <c>unix:///PATH</c>, or <c>tcp://127.0.0.1:PORT</c>.</summary>
    public Uri DockerHost { get; init; } = new("unix:///var/run/docker.sock");

    /// <summary>Whether an archive that exists is replaced; otherwise it is an error.</summary>
    public bool Overwrite { get; init; }
}
