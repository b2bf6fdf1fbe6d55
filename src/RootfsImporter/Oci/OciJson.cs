using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace RootfsImporter.Oci;

/// <summary>
/// Canonical JSON of image-spec documents: members in the order of the records, maps sorted by key, no white space,
/// nothing that is null, and <c>+</c> as itself. The same record always gives the same bytes, hence the same digest.
/// </summary>
/// <remarks>
/// Unknown members are ignored when reading, as considerations.md ("Extensibility") demands; a member given twice is
/// an error, because readers disagree on which of the two counts.
/// </remarks>
public static class OciJson
{
    /// <summary>The most that a manifest, index or config may have, bytes: what registries accept of a manifest.</summary>
    public const int MaxDocumentBytes = 4 * 1024 * 1024;

    internal static OciJsonContext Context { get; } = new(new JsonSerializerOptions(OciJsonContext.Default.Options)
    {
        // The default encoder makes \u002B of the + in every media type.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>A document that was edited as a tree, so that members which no record knows stay.</summary>
    internal static byte[] ToBytes(JsonObject document)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            document.WriteTo(writer);
        }

        return stream.ToArray();
    }

    internal static byte[] ToBytes<T>(T document, JsonTypeInfo<T> type) =>
        JsonSerializer.SerializeToUtf8Bytes(document, type);

    /// <exception cref="InvalidDataException">Too large, or not such a document.</exception>
    internal static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
    {
        if (json.Length > MaxDocumentBytes)
        {
            throw new InvalidDataException($"{json.Length} bytes, more than {MaxDocumentBytes}");
        }

        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new InvalidDataException("null in place of a document");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    /// <summary>
    /// Checks the two members by which every manifest and index says what it is. A document of one type that is read
    /// as another has been used for attacks (CVE-2021-41190).
    /// </summary>
    internal static void CheckType(int schemaVersion, string? mediaType, Func<string, bool> isExpected)
    {
        if (schemaVersion != 2)
        {
            throw new InvalidDataException($"schemaVersion is {schemaVersion}, not 2");
        }

        if (mediaType is not null && !isExpected(mediaType))
        {
            throw new InvalidDataException($"mediaType is '{mediaType}'");
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    Converters = [typeof(DigestConverter), typeof(TimeConverter)])]
[JsonSerializable(typeof(ImageConfig))]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(ImageIndex))]
[JsonSerializable(typeof(OciLayout))]
internal sealed partial class OciJsonContext : JsonSerializerContext;
