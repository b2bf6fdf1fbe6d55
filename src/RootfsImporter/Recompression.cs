using RootfsImporter.Oci;
using RootfsImporter.Stages;

namespace RootfsImporter;

/// <summary>The stage between images and the targets that want their layers compressed otherwise.</summary>
internal static class Recompression
{
    /// <summary>
    /// The images for each compression that is wanted; those that were given where they have it. Throws as
    /// <see cref="ImageRecompressor"/> does.
    /// </summary>
    public static async Task<IReadOnlyDictionary<LayerCompression, ImageSet>> MakeAsync(
        ImageSet images, IEnumerable<LayerCompression> wanted, Func<LayerCompression, LayerOptions> options,
        StageClock clock, IProgress<BuildEvent> events, CancellationToken cancellationToken)
    {
        Dictionary<LayerCompression, ImageSet> made = [];
        foreach (LayerCompression compression in wanted.Distinct())
        {
            made.Add(compression, ImageRecompressor.IsDone(images, compression) ? images : await clock.RunAsync(
                "recompress",
                () => RecompressAsync(images, options(compression), events, cancellationToken),
                _ => compression == LayerCompression.None ? "not compressed" : $"as {compression}".ToLowerInvariant()));
        }

        return made;
    }

    private static async Task<ImageSet> RecompressAsync(
        ImageSet images, LayerOptions options, IProgress<BuildEvent> events, CancellationToken cancellationToken)
    {
        RecompressedImages recompressed = await ImageRecompressor.RecompressAsync(images, options, cancellationToken);
        foreach (string note in recompressed.Notes)
        {
            events.Report(new BuildEvent.Warning(note));
        }

        return recompressed.Images;
    }
}
