using System.Text.Json;
using System.Text.Json.Serialization;
using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;

namespace RootfsImporter.Stages;

/// <summary>
/// Finished builds by what they were made from. An image is a function of the merged profile, the signed indexes, the
/// addresses written into it and this program; when none of these changed there is nothing to do.
/// </summary>
internal sealed class BuildCache(string cacheDirectory)
{
    private readonly string _results = Path.Combine(cacheDirectory, "results");

    /// <summary>Where layer blobs are kept.</summary>
    public string LayersDirectory { get; } = Path.Combine(cacheDirectory, "layers");

    /// <summary>Where compressed pieces of layers are kept.</summary>
    public string ChunksDirectory { get; } = Path.Combine(cacheDirectory, "chunks");

    /// <summary>The digest of everything that the image depends on.</summary>
    public static Digest KeyOf(
        BuildRequest request, IReadOnlyList<Repository> repositories, IReadOnlyList<PackageIndex> indexes)
    {
        BuildInputs inputs = new()
        {
            Program = typeof(BuildCache).Module.ModuleVersionId,
            Runtime = Environment.Version.ToString(),
            Profile = request.Profile,
            Architecture = request.Architecture,
            Compression = request.Compression,
            SourceDateEpoch = request.SourceDateEpoch,
            Mirrors = [.. repositories.Select(repository => repository.CanonicalMirror)],
            Indexes = [.. indexes.Select(index => index.SignedBy)],
        };
        return Digest.Of(JsonSerializer.SerializeToUtf8Bytes(inputs, BuildCacheJson.Default.BuildInputs));
    }

    /// <summary>An earlier result whose layers are still there, or null. A damaged entry counts as absent.</summary>
    public BuiltImage? TryLoad(Digest key)
    {
        try
        {
            string path = PathOf(key);
            BuiltImage? built = JsonSerializer.Deserialize(File.ReadAllBytes(path), BuildCacheJson.Default.BuiltImage);
            if (built is null || built.Image.Layers.Any(layer => !IsThere(layer)))
            {
                return null;
            }

            foreach (string file in built.Image.Layers.Select(layer => layer.BlobFile).Prepend(path))
            {
                UnusedFiles.Touch(file, DateTime.UtcNow);
            }

            return built;
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a result, whole or not at all.</summary>
    public void Store(Digest key, BuiltImage built)
    {
        string path = PathOf(key);
        string temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            Directory.CreateDirectory(_results);
            File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(built, BuildCacheJson.Default.BuiltImage));
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nothing to give up a finished image for: the next build makes it once more.
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
        }

        UnusedFiles.Prune(
            cacheDirectory, [_results, LayersDirectory, ChunksDirectory, Path.Combine(cacheDirectory, "sha256")],
            DateTime.UtcNow);
    }

    private static bool IsThere(Layer layer)
    {
        FileInfo blob = new(layer.BlobFile);
        if (!blob.Exists || blob.Length != layer.Descriptor.Size)
        {
            return false;
        }

        using FileStream stream = blob.OpenRead();
        return Digest.FromBytes(System.Security.Cryptography.SHA256.HashData(stream)) == layer.Descriptor.Digest;
    }

    private string PathOf(Digest key) => Path.Combine(_results, key.Hex + ".json");
}

/// <summary>Everything that an image depends on.</summary>
internal sealed record BuildInputs
{
    /// <summary>The library's build.</summary>
    public required Guid Program { get; init; }

    /// <summary>The .NET runtime, whose compressor decides the blob's bytes.</summary>
    public required string Runtime { get; init; }

    /// <summary>The merged profile.</summary>
    public required Profile Profile { get; init; }

    /// <summary>The architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>Layer compression.</summary>
    public required LayerCompression Compression { get; init; }

    /// <summary>The given epoch, or null.</summary>
    public required long? SourceDateEpoch { get; init; }

    /// <summary>The canonical mirror of each repository: it is written into the image's own sources.</summary>
    public required IReadOnlyList<Uri> Mirrors { get; init; }

    /// <summary>The signed documents.</summary>
    public required IReadOnlyList<Digest> Indexes { get; init; }
}

/// <summary>JSON of the build cache.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    Converters = [typeof(DigestConverter), typeof(ArchitectureConverter)])]
[JsonSerializable(typeof(BuildInputs))]
[JsonSerializable(typeof(BuiltImage))]
internal sealed partial class BuildCacheJson : JsonSerializerContext;

/// <summary>A digest as its text.</summary>
internal sealed class DigestConverter : JsonConverter<Digest>
{
    /// <inheritdoc/>
    public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Digest.TryParse(reader.GetString(), out Digest digest) ? digest : throw new JsonException("not a digest");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>An architecture as its Debian name.</summary>
internal sealed class ArchitectureConverter : JsonConverter<Architecture>
{
    /// <inheritdoc/>
    public override Architecture Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Architecture.TryParse(reader.GetString() ?? "", out Architecture? architecture)
            ? architecture
            : throw new JsonException("not an architecture");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Architecture value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Deb);
}
