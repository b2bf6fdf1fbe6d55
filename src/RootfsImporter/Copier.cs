using RootfsImporter.Oci;
using RootfsImporter.Targets;

namespace RootfsImporter;

/// <summary>Moves an image or index from one place to others. Needs no root and runs no programs of the image.</summary>
public static class Copier
{
    /// <summary>
    /// Runs a copy. Targets are checked before anything is read. Throws a <see cref="RootfsImporterException"/> for what a
    /// user can mend; a target that failed then holds what it held before, those before it have their image.
    /// </summary>
    public static async Task<CopyResult> CopyAsync(
        CopyRequest request, IProgress<BuildEvent> events, CancellationToken cancellationToken)
    {
        StageClock clock = new(events);
        foreach (ITarget target in request.Targets)
        {
            await target.CheckAsync(cancellationToken);
        }

        ImageSet images = await clock.RunAsync(
            "read",
            async () => PlatformFilter.Take(
                request.Source.Name, await request.Source.ReadAsync(cancellationToken), request.Architectures),
            Summary);
        IReadOnlyList<Delivery> deliveries = await clock.RunAsync(
            "deliver",
            () => DeliverAsync(request.Targets, images, cancellationToken),
            done => string.Join(", ", done.Select(delivery => delivery.Target)));
        return new CopyResult
        {
            Source = request.Source.Name,
            Images = images,
            Deliveries = deliveries,
            Stages = clock.Times,
        };
    }

    private static string Summary(ImageSet images)
    {
        long bytes = images.Blobs().Sum(blob => blob.Descriptor.Size);
        return $"{string.Join(", ", images.Images.Select(image => image.Platform))}, {bytes / 1e6:f1} MB";
    }

    private static async Task<IReadOnlyList<Delivery>> DeliverAsync(
        IReadOnlyList<ITarget> targets, ImageSet images, CancellationToken cancellationToken)
    {
        List<Delivery> deliveries = [];
        foreach (ITarget target in targets)
        {
            deliveries.Add(await target.DeliverAsync(images, cancellationToken));
        }

        return deliveries;
    }
}
