using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using RootfsImporter.Doctor;
using RootfsImporter.Files;
using RootfsImporter.Profiles;

namespace RootfsImporter.Cli.Output;

/// <summary>Every JSON document that commands print.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    Converters =
    [
        typeof(ArchitectureConverter), typeof(DigestConverter), typeof(KebabCaseConverter<PhasedUpdates>),
        typeof(KebabCaseConverter<CheckStatus>), typeof(KebabCaseConverter<EntryKind>),
    ])]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(BuildDocument))]
[JsonSerializable(typeof(CopyDocument))]
[JsonSerializable(typeof(ScratchDocument))]
[JsonSerializable(typeof(ImportDocument))]
[JsonSerializable(typeof(DoctorDocument))]
[JsonSerializable(typeof(IReadOnlyList<ProfileLine>))]
[JsonSerializable(typeof(Profile))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>
    /// The context to write with. Its encoder is relaxed: versions and media types are full of '+', and
    /// nothing here goes into HTML.
    /// </summary>
    public static CliJson Writer => field ??= new(new JsonSerializerOptions(Default.GeneratedSerializerOptions!)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

/// <summary>An architecture as its Debian name.</summary>
internal sealed class ArchitectureConverter : JsonConverter<Architecture>
{
    /// <inheritdoc/>
    public override Architecture Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Architecture.Parse(reader.GetString() ?? "");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Architecture value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Deb);
}

/// <summary>A digest as its text form.</summary>
internal sealed class DigestConverter : JsonConverter<Digest>
{
    /// <inheritdoc/>
    public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Digest.Parse(reader.GetString());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>An enumeration's member as options spell it: <c>exclude-halted</c>.</summary>
internal sealed class KebabCaseConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower)
    where T : struct, Enum;
