using System.Text.Json.Serialization;

namespace RootfsImporter.Oci;

/// <summary>An image manifest (OCI image-spec, manifest.md).</summary>
public sealed record Manifest
{
    /// <summary>Always 2.</summary>
    public int SchemaVersion { get; init; } = 2;

    /// <summary>The manifest's own media type; foreign manifests may leave it out.</summary>
    public string? MediaType { get; init; }

    /// <summary>What an artifact that is no image is, or null.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The config.</summary>
    public required Descriptor Config { get; init; }

    /// <summary>The layers, base first.</summary>
    public required IReadOnlyList<Descriptor> Layers { get; init; }

    /// <summary>The manifest that this one is about, or null.</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>Annotations by key, or null.</summary>
    [JsonConverter(typeof(SortedMapConverter))]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Reads an OCI or Docker manifest; throws <see cref="InvalidDataException"/>.</summary>
    public static Manifest Parse(ReadOnlySpan<byte> json)
    {
        Manifest manifest = OciJson.Parse(json, OciJson.Context.Manifest);
        OciJson.CheckType(manifest.SchemaVersion, manifest.MediaType, MediaTypes.IsManifest);
        return manifest;
    }

    /// <summary>The canonical bytes.</summary>
    public byte[] ToBytes() => OciJson.ToBytes(this, OciJson.Context.Manifest);
}
