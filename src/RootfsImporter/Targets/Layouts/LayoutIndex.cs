using System.Text.Json;
using System.Text.Json.Nodes;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary>
/// The index.json of a layout, edited as a tree and not as a record: it is shared with other programs, and what they
/// wrote of their own images (artifact types, URLs, annotations, members of later specifications) has to stay.
/// </summary>
internal sealed class LayoutIndex
{
    private static readonly JsonDocumentOptions ReadOptions = new() { AllowDuplicateProperties = false };

    private readonly JsonObject _document;
    private readonly JsonArray _manifests;

    private LayoutIndex(JsonObject document, JsonArray manifests, ReadOnlyMemory<byte> original)
    {
        _document = document;
        _manifests = manifests;
        Original = original;
    }

    /// <summary>The bytes that were read; empty when there was no file.</summary>
    internal ReadOnlyMemory<byte> Original { get; }

    /// <summary>The descriptors.</summary>
    internal IEnumerable<JsonObject> Manifests => _manifests.Select(node => node!.AsObject());

    /// <summary>Reads the file, or starts an empty index when there is none. Throws <see cref="InvalidDataException"/>.</summary>
    internal static LayoutIndex Read(string path)
    {
        byte[]? json = BoundedFile.ReadIfExists(path);
        if (json is null)
        {
            return Parse(new ImageIndex { MediaType = MediaTypes.ImageIndex, Manifests = [] }.ToBytes(), default);
        }

        try
        {
            return Parse(json, json);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new InvalidDataException($"{path} is not an image index: {e.Message}", e);
        }
    }

    /// <summary>
    /// Makes the tag point to the descriptor, in the place of what it pointed to; returns that, without what is the
    /// same as before.
    /// </summary>
    internal IReadOnlyList<JsonObject> Put(string tag, Descriptor descriptor)
    {
        JsonObject node = JsonSerializer.SerializeToNode(descriptor, OciJson.Context.Descriptor)!.AsObject();
        JsonObject[] replaced = [.. Manifests.Where(manifest => TagOf(manifest) == tag)];
        int place = replaced.Length == 0 ? _manifests.Count : _manifests.IndexOf(replaced[0]);
        foreach (JsonObject old in replaced)
        {
            _manifests.Remove(old);
        }

        _manifests.Insert(place, node);
        return [.. replaced.Where(old => Text(old["digest"]) != descriptor.Digest.ToString())];
    }

    /// <summary>The edited document.</summary>
    internal byte[] ToBytes() => OciJson.ToBytes(_document);

    /// <summary>The text of a JSON string; null for anything else.</summary>
    internal static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static string? TagOf(JsonObject descriptor) =>
        descriptor["annotations"] is JsonObject annotations ? Text(annotations[AnnotationKeys.RefName]) : null;

    private static LayoutIndex Parse(byte[] json, ReadOnlyMemory<byte> original) =>
        JsonNode.Parse(json, nodeOptions: null, ReadOptions) is JsonObject document
        && document["schemaVersion"] is JsonValue version && version.TryGetValue(out int number) && number == 2
        && document["manifests"] is JsonArray manifests && manifests.All(manifest => manifest is JsonObject)
            ? new LayoutIndex(document, manifests, original)
            : throw new InvalidDataException("it has no schemaVersion 2 with a list of manifests");
}
