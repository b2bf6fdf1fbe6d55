using RootfsImporter.Oci;
using RootfsImporter.Stages;
using RootfsImporter.Targets;

namespace RootfsImporter;

/// <summary>Moves an image or index from one place to others. Needs no root and runs no programs of the image.</summary>
public static class Copier
{
    /// <summary>
    /// Runs a copy. Targets are checked before anything is delivered. Throws a <see cref="RootfsImporterException"/> for what a
    /// user can mend; a target that failed then holds what it held before, those before it have their image.
    /// </summary>
    public static async Task<CopyResult> CopyAsync(
        CopyRequest request, IProgress<BuildEvent> events, CancellationToken cancellationToken)
    {
        StageClock clock = new(events);
        Deliverer deliverer = new(
            request.Targets, new BuildCache(request.CacheDirectory), Environment.ProcessorCount, clock, events);
        ImageSet images = await clock.RunAsync(
            "read", () => CheckAndReadAsync(request, deliverer, cancellationToken), Summary);
        Delivered delivered = await deliverer.DeliverAsync(images, cancellationToken);
        return new CopyResult
        {
            Source = request.Source.Name,
            Images = delivered.Images,
            Deliveries = delivered.Deliveries,
            Stages = clock.Times,
        };
    }

    /// <summary>
    /// Side by side, since neither changes anything and both wait for others. What is wrong with a target is said first.
    /// </summary>
    private static async Task<ImageSet> CheckAndReadAsync(
        CopyRequest request, Deliverer deliverer, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<ImageSet> reading = Task.Run(() => request.Source.ReadAsync(stop.Token), stop.Token);
        try
        {
            await deliverer.CheckAsync(cancellationToken);
        }
        catch
        {
            await stop.CancelAsync();
            await Task.WhenAny(reading);
            throw;
        }

        return PlatformFilter.Take(request.Source.Name, await reading, request.Architectures);
    }

    private static string Summary(ImageSet images)
    {
        long bytes = images.Blobs().Sum(blob => blob.Descriptor.Size);
        return $"{string.Join(", ", images.Images.Select(image => image.Platform))}, {bytes / 1e6:f1} MB";
    }
}
