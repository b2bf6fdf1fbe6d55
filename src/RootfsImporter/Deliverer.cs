using RootfsImporter.Oci;
using RootfsImporter.Stages;
using RootfsImporter.Targets;

namespace RootfsImporter;

/// <summary>The end of every way to an image: layers are compressed as each target wants them, and brought there.</summary>
internal sealed class Deliverer(
    IReadOnlyList<ImageTarget> targets, BuildCache cache, int jobs, StageClock clock, IProgress<BuildEvent> events)
{
    /// <summary>Whether every target can be delivered to, before anything is made. Throws as targets do.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (ImageTarget target in targets)
        {
            await target.Target.CheckAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Delivers to one target after another. A target that fails holds what it held before; those before it have the image.
    /// </summary>
    public async Task<Delivered> DeliverAsync(ImageSet images, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<LayerCompression, ImageSet> compressed = await Recompression.MakeAsync(
            images,
            targets.Select(target => target.Compression).OfType<LayerCompression>(),
            compression => cache.LayerOptions(compression, jobs),
            clock,
            events,
            cancellationToken);
        ImageSet Of(ImageTarget target) => target.Compression is { } compression ? compressed[compression] : images;
        IReadOnlyList<Delivery> deliveries = await clock.RunAsync(
            "deliver",
            async () =>
            {
                List<Delivery> done = [];
                foreach (ImageTarget target in targets)
                {
                    done.Add(await target.Target.DeliverAsync(Of(target), cancellationToken));
                }

                return done;
            },
            done => string.Join(", ", done.Select(delivery => delivery.Target)));
        return new Delivered(Of(targets[0]), deliveries);
    }
}

/// <summary>What was delivered.</summary>
/// <param name="Images">The image or index, as the first target has it.</param>
/// <param name="Deliveries">Where it went.</param>
internal sealed record Delivered(ImageSet Images, IReadOnlyList<Delivery> Deliveries);
