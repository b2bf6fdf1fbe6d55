using RootfsImporter.Files;
using RootfsImporter.Oci;

namespace RootfsImporter.Archives;

/// <summary>
/// A root file system read from tar streams, without unpacking it: the entries, and their contents in the archives
/// themselves or, where those cannot be read at any place, in nameless temporary files. Disposing it ends both.
/// </summary>
internal sealed class SpooledTree : IDisposable
{
    private SpooledTree(RootTree tree)
    {
        Tree = tree;
    }

    /// <summary>The entries; contents can be read, by several at once, until this is disposed.</summary>
    public RootTree Tree { get; }

    /// <summary>
    /// Reads one archive, plain or compressed in any way that <see cref="Codecs.Decompressor"/> knows, to its end. Throws
    /// <see cref="InvalidDataException"/> for what is no archive, is damaged, ends too early or is larger than allowed, and
    /// for what no root file system holds: a path twice, a path or hard link that leads out, a name that layers reserve.
    /// </summary>
    public static Task<SpooledTree> ReadTarAsync(Stream tar, SpoolLimits limits, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>
    /// Reads the layers of an image, base first, as one tree: later ones replace and delete what earlier ones have (OCI
    /// image-spec, layer.md, "Applying Changesets"). Throws <see cref="InvalidDataException"/> that names the layer.
    /// </summary>
    public static Task<SpooledTree> ReadLayersAsync(
        IReadOnlyList<Layer> layers, SpoolLimits limits, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

/// <summary>What reading archives may take.</summary>
internal sealed record SpoolLimits
{
    /// <summary>Absolute path of the directory for temporary files.</summary>
    public required string TemporaryDirectory { get; init; }

    /// <summary>How many bytes all archives together may have when uncompressed.</summary>
    public long MaxBytes { get; init; } = 64L << 30;
}
