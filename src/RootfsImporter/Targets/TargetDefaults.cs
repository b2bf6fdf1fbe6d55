using RootfsImporter.Oci;
using RootfsImporter.Registry;

namespace RootfsImporter.Targets;

/// <summary>What the text of a target or source leaves open.</summary>
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

    /// <summary>Further tags that are set by the same delivery, where the place has tags: <c>noble</c>.</summary>
    public IReadOnlyList<string> AdditionalTags { get; init; } = [];

    /// <summary>How registries are reached.</summary>
    public RegistryOptions Registry { get; init; } = new();

    /// <summary>The absolute directory for large temporary files.</summary>
    public string TemporaryDirectory { get; init; } = "/var/tmp";

    /// <summary>The environment of programs that hold images (podman, ctr), complete; its PATH is where they are searched.</summary>
    public IReadOnlyDictionary<string, string> ProgramEnvironment { get; init; } = new Dictionary<string, string>
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    };

    /// <summary>Whether an archive that exists is replaced; otherwise it is an error.</summary>
    public bool Overwrite { get; init; }
}
