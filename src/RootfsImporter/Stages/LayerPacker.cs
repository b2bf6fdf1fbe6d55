using RootfsImporter.Archives;
using RootfsImporter.Files;
using RootfsImporter.Oci;

namespace RootfsImporter.Stages;

/// <summary>Packs a sealed tree into a layer: a pure function from entries to bytes.</summary>
public static class LayerPacker
{
    /// <summary>
    /// Writes the layer's blob to <see cref="LayerOptions.OutputDirectory"/>, named by its digest. The same
    /// entries give the same DiffId always, and the same blob with one release of this program on one runtime
    /// (for zstd: with one libzstd). Throws a <see cref="HostException"/> when the disk is full, a system
    /// library is missing or a file changed meanwhile, and an <see cref="ArgumentException"/> for what a
    /// layer must not hold (devices, sockets). On failure and cancellation no file is left.
    /// </summary>
    public static Task<Layer> PackAsync(
        SealedRootfs sealedRootfs, LayerOptions options, CancellationToken cancellationToken) =>
        LayerFile.WriteAsync(
            options,
            (chunker, stopped) =>
            {
                WriteTar(sealedRootfs.Entries, chunker, stopped);
                return Task.CompletedTask;
            },
            static _ => { },
            cancellationToken);

    private static void WriteTar(
        IReadOnlyList<TreeEntry> entries, LayerChunker chunker, CancellationToken cancellationToken)
    {
        LayerTarWriter writer = new(chunker);
        try
        {
            foreach (TreeEntry entry in entries.Where(entry => !entry.Path.IsRoot))
            {
                cancellationToken.ThrowIfCancellationRequested();
                chunker.BeginEntry(entry.Path.Value, entry.Content?.Length ?? 0);
                writer.WriteEntry(entry, cancellationToken);
            }
        }
        catch (Exception exception)
            when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new HostException(
                $"cannot pack the tree: {exception.Message}",
                "nothing else may change the build's directory while a build runs",
                exception);
        }

        writer.Finish();
    }
}
