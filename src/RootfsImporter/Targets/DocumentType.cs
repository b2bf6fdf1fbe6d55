using System.Text.Json;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>What a manifest or index is, where nothing but the document itself says so.</summary>
internal static class DocumentType
{
    /// <summary>
    /// The descriptor of a document. OCI's documents need not name their own type; they are told by their members. Throws
    /// <see cref="InvalidDataException"/> for what is no JSON object.
    /// </summary>
    internal static Descriptor Describe(ReadOnlyMemory<byte> document)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(document);
            return new Descriptor
            {
                MediaType = TypeOf(json.RootElement),
                Digest = Digest.Of(document.Span),
                Size = document.Length,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"not a manifest: {e.Message}", e);
        }
    }

    private static string TypeOf(JsonElement document) =>
        document.TryGetProperty("mediaType", out JsonElement type) ? type.GetString() ?? ""
        : document.TryGetProperty("manifests", out _) ? MediaTypes.ImageIndex
        : MediaTypes.ImageManifest;
}
