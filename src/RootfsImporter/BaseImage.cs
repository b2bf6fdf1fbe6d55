using RootfsImporter.Oci;
using RootfsImporter.Packages;

namespace RootfsImporter;

/// <summary>The image that a derived one stands on.</summary>
internal sealed record BaseImage
{
    /// <summary>As the profile names it.</summary>
    public required string Name { get; init; }

    /// <summary>The image; its layers are files.</summary>
    public required Image Image { get; init; }

    /// <summary>The packages of a base that was built from a profile, else null.</summary>
    public Lockfile? Lockfile { get; init; }

    /// <summary>Its config.</summary>
    public ImageConfig Config => ImageConfig.Parse(Image.Config.Span);

    /// <summary>A history that tells of each layer: the image's own, unless it does not.</summary>
    public IReadOnlyList<History> History =>
        Config.History is { } own && own.Count(entry => entry.EmptyLayer is not true) == Image.Layers.Count
            ? own
            : [.. Image.Layers.Select(_ => new History { Comment = "a layer of the base" })];

    /// <summary>What its layers are together when unpacked, bytes; null when not known.</summary>
    public long? UncompressedSize => Image.Layers.Sum(layer => layer.UncompressedSize);
}
