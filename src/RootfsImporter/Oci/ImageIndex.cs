using System.Text.Json.Serialization;

namespace RootfsImporter.Oci;

/// <summary>An image index (OCI image-spec, image-index.md): one image for several platforms, or a layout's table.</summary>
public sealed record ImageIndex
{
    /// <summary>Always 2.</summary>
    public int SchemaVersion { get; init; } = 2;

    /// <summary>The index's own media type; foreign ones may leave it out.</summary>
    public string? MediaType { get; init; }

    /// <summary>The manifests.</summary>
    public required IReadOnlyList<Descriptor> Manifests { get; init; }

    /// <summary>Annotations by key, or null.</summary>
    [JsonConverter(typeof(SortedMapConverter))]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>
    /// The index of images for different platforms. Sorted by platform, so that the order in which they were built
    /// does not change its digest. Throws <see cref="ArgumentException"/> when two are for the same platform.
    /// </summary>
    public static ImageIndex Of(IReadOnlyList<Image> images)
    {
        if (images.GroupBy(image => image.Platform.ToString()).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"two images are for {twice.Key}", nameof(images));
        }

        return new ImageIndex
        {
            MediaType = MediaTypes.ImageIndex,
            Manifests =
            [
                .. images.OrderBy(image => image.Platform.ToString(), StringComparer.Ordinal)
                    .Select(image => image.Descriptor),
            ],
        };
    }

    /// <summary>Reads an OCI index or a Docker manifest list; throws <see cref="InvalidDataException"/>.</summary>
    public static ImageIndex Parse(ReadOnlySpan<byte> json)
    {
        ImageIndex index = OciJson.Parse(json, OciJson.Context.ImageIndex);
        OciJson.CheckType(index.SchemaVersion, index.MediaType, MediaTypes.IsIndex);
        return index;
    }

    /// <summary>The canonical bytes.</summary>
    public byte[] ToBytes() => OciJson.ToBytes(this, OciJson.Context.ImageIndex);
}
