using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
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
    private readonly string _locks = Path.Combine(cacheDirectory, "locks");
    private readonly string _results = Path.Combine(cacheDirectory, "results");
    private readonly string _layers = Path.Combine(cacheDirectory, "layers");
    private readonly string _chunks = Path.Combine(cacheDirectory, "chunks");

    /// <summary>How layers are packed so that their blobs and compressed pieces are kept here.</summary>
    public LayerOptions LayerOptions(LayerCompression compression, int jobs) => new()
    {
        Compression = compression,
        Jobs = jobs,
        OutputDirectory = _layers,
        ChunkCacheDirectory = _chunks,
    };

    /// <summary>The digest of everything that the choice of packages depends on.</summary>
    public static Digest LockKeyOf(
        BuildRequest request, Architecture architecture, IReadOnlyList<PackageIndex> indexes, BaseImage? @base) =>
        DigestOf(new BuildInputs
        {
            Profile = request.Profile,
            Architecture = architecture,
            Base = @base?.Image.Descriptor.Digest,
            Indexes = [.. indexes.Select(index => index.SignedBy)],
        });

    /// <summary>The digest of everything that the image depends on.</summary>
    public static Digest KeyOf(
        BuildRequest request, Architecture architecture, IReadOnlyList<Repository> repositories,
        IReadOnlyList<PackageIndex> indexes, BaseImage? @base, string? engine) =>
        DigestOf(new BuildInputs
        {
            Profile = request.Profile,
            Architecture = architecture,
            Base = @base?.Image.Descriptor.Digest,
            Files = FileCopier.DigestOf(request.Profile.Files),
            Indexes = [.. indexes.Select(index => index.SignedBy)],
            Engine = engine,
            Compression = request.Compression,
            SourceDateEpoch = request.SourceDateEpoch,
            Mirrors = [.. repositories.Select(repository => repository.CanonicalMirror)],
        });

    /// <summary>The packages that were chosen from the same indexes before, or null. Damage counts as absence.</summary>
    public Lockfile? TryLoadLock(Digest key) => TryRead(Path.Combine(_locks, key.Hex + ".json"), BuildCacheJson.Default.Lockfile);

    /// <summary>Keeps a choice of packages, whole or not at all.</summary>
    public void StoreLock(Digest key, Lockfile lockfile) =>
        TryWrite(Path.Combine(_locks, key.Hex + ".json"), lockfile, BuildCacheJson.Default.Lockfile);

    /// <summary>An earlier result whose layers are still there, or null. A damaged entry counts as absent.</summary>
    public BuiltImage? TryLoad(Digest key)
    {
        BuiltImage? built = TryRead(ResultPath(key), BuildCacheJson.Default.BuiltImage);
        if (built is null || !built.Image.Layers.All(LayerFile.IsWhole))
        {
            return null;
        }

        foreach (Layer layer in built.Image.Layers)
        {
            UnusedFiles.Touch(((FileBlob)layer.Content).Path, DateTime.UtcNow);
        }

        return built;
    }

    /// <summary>Keeps a result, whole or not at all, and removes what has been of no use for long.</summary>
    public void Store(Digest key, BuiltImage built)
    {
        TryWrite(ResultPath(key), built, BuildCacheJson.Default.BuiltImage);
        UnusedFiles.Prune(
            cacheDirectory, [_locks, _results, _layers, _chunks, Path.Combine(cacheDirectory, "sha256")],
            DateTime.UtcNow);
    }

    private static Digest DigestOf(BuildInputs inputs) =>
        Digest.Of(JsonSerializer.SerializeToUtf8Bytes(inputs, BuildCacheJson.Default.BuildInputs));

    private static T? TryRead<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            T? value = JsonSerializer.Deserialize(File.ReadAllBytes(path), type);
            UnusedFiles.Touch(path, DateTime.UtcNow);
            return value;
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void TryWrite<T>(string path, T value, JsonTypeInfo<T> type)
    {
        string temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(value, type));
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
    }

    private string ResultPath(Digest key) => Path.Combine(_results, key.Hex + ".json");
}

/// <summary>Everything that a choice of packages, and then the image made of it, depends on.</summary>
internal sealed record BuildInputs
{
    /// <summary>The library's build.</summary>
    public Guid Program { get; } = typeof(BuildCache).Module.ModuleVersionId;

    /// <summary>The .NET runtime, whose compressor decides the blob's bytes.</summary>
    public string Runtime { get; } = Environment.Version.ToString();

    /// <summary>The merged profile.</summary>
    public required Profile Profile { get; init; }

    /// <summary>The architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The manifest of the image that it stands on, or null.</summary>
    public Digest? Base { get; init; }

    /// <summary>The files that are copied into it; null for a choice of packages.</summary>
    public Digest? Files { get; init; }

    /// <summary>The signed documents.</summary>
    public required IReadOnlyList<Digest> Indexes { get; init; }

    /// <summary>The outside program that makes the tree, with its version; null for the native engine.</summary>
    public string? Engine { get; init; }

    /// <summary>Layer compression; null for a choice of packages.</summary>
    public LayerCompression? Compression { get; init; }

    /// <summary>The given epoch, or null.</summary>
    public long? SourceDateEpoch { get; init; }

    /// <summary>The canonical mirror of each repository: it is written into the image's own sources.</summary>
    public IReadOnlyList<Uri> Mirrors { get; init; } = [];
}

/// <summary>JSON of the build cache.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    Converters = [typeof(DigestConverter), typeof(ArchitectureConverter)])]
[JsonSerializable(typeof(BuildInputs))]
[JsonSerializable(typeof(BuiltImage))]
[JsonSerializable(typeof(Lockfile))]
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
