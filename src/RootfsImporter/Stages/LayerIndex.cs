using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using RootfsImporter.Files;
using RootfsImporter.Oci;

namespace RootfsImporter.Stages;

/// <summary>
/// Which blob of a directory a tar was compressed to, so that an unchanged layer is not compressed again. Each answer is a
/// small file beside the blobs; damage counts as absence, and one that cannot be written is no error.
/// </summary>
internal sealed class LayerIndex
{
    private const string Version = "compressed layer 1";
    private const int MaxEntryBytes = 4096;

    private readonly LayerOptions _options;
    private readonly string _codec;

    private LayerIndex(LayerOptions options, string codec)
    {
        _options = options;
        _codec = codec;
    }

    /// <summary>The index of a directory and a compression.</summary>
    public static LayerIndex Of(LayerOptions options) =>
        new(options, LayerPipeline.IdentityOf(options.Compression));

    /// <summary>The layer that a tar was compressed to, checked, or null.</summary>
    public Layer? TryFind(Digest diffId)
    {
        string file = FileOf(diffId);
        try
        {
            if (new FileInfo(file) is not { Exists: true, Length: <= MaxEntryBytes }
                || JsonSerializer.Deserialize(File.ReadAllBytes(file), LayerIndexJson.Default.LayerIndexEntry) is not { } entry)
            {
                return null;
            }

            Layer layer = ToLayer(diffId, entry);
            if (!LayerFile.IsWhole(layer))
            {
                return null;
            }

            UnusedFiles.Touch(file, DateTime.UtcNow);
            UnusedFiles.Touch(((FileBlob)layer.Content).Path, DateTime.UtcNow);
            return layer;
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Remembers a layer that the directory holds.</summary>
    public void Add(Layer layer)
    {
        string file = FileOf(layer.DiffId);
        string temporary = $"{file}.{Path.GetRandomFileName()}.tmp";
        LayerIndexEntry entry = new(layer.Descriptor.Digest, layer.Descriptor.Size, layer.UncompressedSize!.Value);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(
                temporary, JsonSerializer.SerializeToUtf8Bytes(entry, LayerIndexJson.Default.LayerIndexEntry));
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next time it is compressed once more.
            TryDelete(temporary);
        }
    }

    private Layer ToLayer(Digest diffId, LayerIndexEntry entry) => new()
    {
        DiffId = diffId,
        UncompressedSize = entry.UncompressedSize,
        Compression = _options.Compression,
        Content = new FileBlob(Path.Combine(_options.OutputDirectory, entry.Blob.Hex)),
        Descriptor = new Descriptor
        {
            MediaType = MediaTypes.OfLayer(_options.Compression),
            Digest = entry.Blob,
            Size = entry.Size,
        },
    };

    // Another release, level or library compresses to other bytes: those of an earlier one are not an answer.
    private string FileOf(Digest diffId) => Path.Combine(
        _options.OutputDirectory, "by-diff-id", Digest.Of(Encoding.UTF8.GetBytes($"{Version}\n{_codec}\n{diffId}")).Hex);

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }
}

/// <summary>What a tar was compressed to.</summary>
internal sealed record LayerIndexEntry(Digest Blob, long Size, long UncompressedSize);

/// <summary>JSON of the index.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(DigestConverter)],
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LayerIndexEntry))]
internal sealed partial class LayerIndexJson : JsonSerializerContext;
