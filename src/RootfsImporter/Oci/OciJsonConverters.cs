using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RootfsImporter.Oci;

/// <summary>A digest as <c>sha256:</c> and 64 digits; other algorithms are an error.</summary>
internal sealed class DigestConverter : JsonConverter<Digest>
{
    public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return text is not null
            && text.StartsWith("sha256:", StringComparison.Ordinal)
            && Digest.TryParse(text, out Digest digest)
                ? digest
                : throw new JsonException($"'{text}' is not a sha256 digest");
    }

    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>A time as RFC 3339 in UTC, with a fraction only where there is one.</summary>
internal sealed class TimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out DateTimeOffset time)
            ? time
            : throw new JsonException("not an RFC 3339 time");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Format(value));

    internal static string Format(DateTimeOffset value) =>
        value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}

/// <summary>A map of strings, sorted by key.</summary>
internal sealed class SortedMapConverter : JsonConverter<IReadOnlyDictionary<string, string>>
{
    public override IReadOnlyDictionary<string, string> Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        SortedDictionary<string, string> map = new(StringComparer.Ordinal);
        MemberReader.ReadInto(ref reader, map, static (ref value) => value.TokenType == JsonTokenType.String
            ? value.GetString()!
            : throw new JsonException("a value is not a string"));
        return map;
    }

    public override void Write(
        Utf8JsonWriter writer, IReadOnlyDictionary<string, string> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach ((string key, string text) in value.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.WriteString(key, text);
        }

        writer.WriteEndObject();
    }
}

/// <summary>A set of strings in Go's spelling, an object whose members are empty objects; sorted.</summary>
internal sealed class StringSetConverter : JsonConverter<IReadOnlyList<string>>
{
    public override IReadOnlyList<string> Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        SortedDictionary<string, string> map = new(StringComparer.Ordinal);
        MemberReader.ReadInto(ref reader, map, static (ref value) =>
        {
            value.Skip();
            return "";
        });
        return [.. map.Keys];
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (string member in value.Distinct().Order(StringComparer.Ordinal))
        {
            writer.WriteStartObject(member);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}

/// <summary>Reads the members of an object; a name given twice is an error.</summary>
internal static class MemberReader
{
    internal delegate string ValueReader(ref Utf8JsonReader reader);

    internal static void ReadInto(
        ref Utf8JsonReader reader, SortedDictionary<string, string> members, ValueReader readValue)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("not an object");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (!members.TryAdd(name, readValue(ref reader)))
            {
                throw new JsonException($"'{name}' is given twice");
            }
        }
    }
}
