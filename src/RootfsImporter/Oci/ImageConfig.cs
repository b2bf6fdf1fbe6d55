using System.Text.Json;
using System.Text.Json.Serialization;

namespace RootfsImporter.Oci;

/// <summary>An image configuration (OCI image-spec, config.md). Its digest is the image id of Docker and podman.</summary>
public sealed record ImageConfig
{
    /// <summary>When the image was made, or null.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>GOARCH name.</summary>
    public required string Architecture { get; init; }

    /// <summary>Operating system: <c>linux</c>.</summary>
    public required string Os { get; init; }

    /// <summary>CPU variant, or null.</summary>
    public string? Variant { get; init; }

    /// <summary>How a container of the image is run, or null for nothing to say.</summary>
    public ContainerConfig? Config { get; init; }

    /// <summary>The layers that make the root file system.</summary>
    public required RootfsLayers Rootfs { get; init; }

    /// <summary>What made each layer, base first, or null.</summary>
    public IReadOnlyList<History>? History { get; init; }

    /// <summary>The platform that the config names.</summary>
    [JsonIgnore]
    public Platform Platform => new() { Architecture = Architecture, Os = Os, Variant = Variant };

    /// <summary>Reads a config; throws <see cref="InvalidDataException"/>.</summary>
    public static ImageConfig Parse(ReadOnlySpan<byte> json) => OciJson.Parse(json, OciJson.Context.ImageConfig);

    /// <summary>The canonical bytes.</summary>
    public byte[] ToBytes() => OciJson.ToBytes(this, OciJson.Context.ImageConfig);
}

/// <summary>
/// How a container is run (config.md, "config"); absent members are null. The names are capitalised in JSON, a
/// heritage of Docker's.
/// </summary>
public sealed record ContainerConfig
{
    /// <summary>User, or user:group.</summary>
    [JsonPropertyName("User")]
    public string? User { get; init; }

    /// <summary>Ports as <c>80/tcp</c>.</summary>
    [JsonPropertyName("ExposedPorts")]
    [JsonConverter(typeof(StringSetConverter))]
    public IReadOnlyList<string>? ExposedPorts { get; init; }

    /// <summary>Environment as NAME=value, in order.</summary>
    [JsonPropertyName("Env")]
    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>Entry point.</summary>
    [JsonPropertyName("Entrypoint")]
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Default command, or arguments of the entry point.</summary>
    [JsonPropertyName("Cmd")]
    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>Volumes as absolute paths.</summary>
    [JsonPropertyName("Volumes")]
    [JsonConverter(typeof(StringSetConverter))]
    public IReadOnlyList<string>? Volumes { get; init; }

    /// <summary>Working directory.</summary>
    [JsonPropertyName("WorkingDir")]
    public string? WorkingDir { get; init; }

    /// <summary>Labels by key.</summary>
    [JsonPropertyName("Labels")]
    [JsonConverter(typeof(SortedMapConverter))]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>What else a config of somebody else's says (StopSignal, Healthcheck, ...), to be kept.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>The layers of a root file system (config.md, "rootfs").</summary>
public sealed record RootfsLayers
{
    /// <summary>Always <c>layers</c>.</summary>
    public string Type { get; init; } = "layers";

    /// <summary>DiffIds, base first.</summary>
    [JsonPropertyName("diff_ids")]
    public required IReadOnlyList<Digest> DiffIds { get; init; }
}

/// <summary>What made one layer (config.md, "history").</summary>
public sealed record History
{
    /// <summary>When, or null.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The command that made it, or null.</summary>
    [JsonPropertyName("created_by")]
    public string? CreatedBy { get; init; }

    /// <summary>Who, or null.</summary>
    public string? Author { get; init; }

    /// <summary>A remark, or null.</summary>
    public string? Comment { get; init; }

    /// <summary>True for a step that changed only the config; absent otherwise.</summary>
    [JsonPropertyName("empty_layer")]
    public bool? EmptyLayer { get; init; }
}
