using System.Text.Json.Serialization;

namespace RootfsImporter.Oci;

/// <summary>A content descriptor (OCI image-spec, descriptor.md).</summary>
public sealed record Descriptor
{
    /// <summary>Media type of the content.</summary>
    public required string MediaType { get; init; }

    /// <summary>Digest of the content.</summary>
    public required Digest Digest { get; init; }

    /// <summary>Size of the content, bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Annotations by key, or null.</summary>
    [JsonConverter(typeof(SortedMapConverter))]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Platform of the image it leads to, in an index; else null.</summary>
    public Platform? Platform { get; init; }
}

/// <summary>A platform (OCI image-spec, image-index.md, "platform").</summary>
public sealed record Platform
{
    /// <summary>GOARCH name.</summary>
    public required string Architecture { get; init; }

    /// <summary>Always <c>linux</c> here.</summary>
    public required string Os { get; init; }

    /// <summary>CPU variant (<c>v8</c>), or null.</summary>
    public string? Variant { get; init; }

    /// <summary>The platform of an architecture.</summary>
    public static Platform Of(Architecture architecture) =>
        new() { Architecture = architecture.Oci, Os = "linux", Variant = architecture.Variant };

    /// <summary><c>linux/arm64/v8</c>.</summary>
    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";
}
