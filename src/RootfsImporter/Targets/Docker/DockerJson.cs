using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RootfsImporter.Targets.Docker;

/// <summary>The answer of <c>GET /version</c>.</summary>
internal sealed record DockerVersion
{
    [JsonPropertyName("Version")]
    public required string Version { get; init; }

    [JsonPropertyName("ApiVersion")]
    public required string ApiVersion { get; init; }

    /// <summary>GOARCH of the daemon.</summary>
    [JsonPropertyName("Arch")]
    public required string Arch { get; init; }
}

/// <summary>The part of <c>GET /images/NAME/json</c> that is checked.</summary>
internal sealed record DockerImage
{
    /// <summary>The image id: the config's digest, or the manifest's in a containerd image store.</summary>
    [JsonPropertyName("Id")]
    public required string Id { get; init; }

    [JsonPropertyName("RootFS")]
    public required DockerRootFs RootFs { get; init; }
}

/// <summary>The layers of a Docker image.</summary>
internal sealed record DockerRootFs
{
    [JsonPropertyName("Layers")]
    public IReadOnlyList<string>? Layers { get; init; }
}

/// <summary>One message of the stream that <c>POST /images/load</c> answers with, or the body of an error.</summary>
internal sealed record DockerMessage
{
    [JsonPropertyName("message")]
    public string? Message { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }

    [JsonPropertyName("errorDetail")]
    public DockerErrorDetail? ErrorDetail { get; init; }
}

/// <summary>Why an operation failed half way, after the status line was sent.</summary>
internal sealed record DockerErrorDetail
{
    [JsonPropertyName("message")]
    public string? Message { get; init; }
}

[JsonSerializable(typeof(DockerVersion))]
[JsonSerializable(typeof(DockerImage))]
[JsonSerializable(typeof(DockerMessage))]
[JsonSerializable(typeof(IReadOnlyList<DockerArchiveImage>))]
internal sealed partial class DockerJsonContext : JsonSerializerContext;

/// <summary>What is written and not only read: with <c>+</c> and the like as themselves.</summary>
internal static class DockerJson
{
    internal static DockerJsonContext Canonical { get; } = new(new JsonSerializerOptions(DockerJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
