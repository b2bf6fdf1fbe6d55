using RootfsImporter.Net;
using RootfsImporter.Oci;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;
using RootfsImporter.Targets;

namespace RootfsImporter;

/// <summary>Gets the base of a derived profile: builds its profile, or reads the image from where it is.</summary>
internal sealed class BaseMaker(
    BuildRequest request, IPackageFamily family, Downloader downloader, BuildCache cache, StageClock clock,
    IProgress<BuildEvent> events)
{
    /// <summary>
    /// The base for an architecture. One that was built for this is not delivered anywhere. Throws
    /// <see cref="FetchException"/> for an image that is not there or not for that architecture.
    /// </summary>
    public async Task<BaseImage> MakeAsync(
        ProfileBase @base, Architecture architecture, CancellationToken cancellationToken)
    {
        events.Report(new BuildEvent.Detail($"the base {@base.Name}"));
        if (@base.Profile is { } profile)
        {
            ImageMaker maker = new(
                request with { Profile = profile }, family, downloader, cache, clock, events);
            ImageResult built = await maker.MakeAsync(
                await maker.PlanAsync(architecture, cancellationToken), cancellationToken);
            return new BaseImage { Name = @base.Name, Image = built.Image, Lockfile = built.Lockfile };
        }

        Image image = await clock.RunAsync(
            "base",
            () => ReadAsync(@base, architecture, cancellationToken),
            read => $"{@base.Name}, {read.Layers.Sum(layer => layer.Descriptor.Size) / 1e6:f1} MB");
        return new BaseImage { Name = @base.Name, Image = image };
    }

    private async Task<Image> ReadAsync(
        ProfileBase @base, Architecture architecture, CancellationToken cancellationToken)
    {
        if (request.OpenBase is not { } open)
        {
            throw new InvalidOperationException($"nothing opens the base {@base.Name}");
        }

        await using ISource source = open(@base.Name, @base.Directory!);
        ImageSet images = await source.ReadAsync(cancellationToken);
        Image image = PlatformFilter.Take($"the base {@base.Name}", images, [architecture]).Images[0];
        List<Layer> layers = [];
        foreach (Layer layer in image.Layers)
        {
            layers.Add(await LayerFile.KeepAsync(
                layer, cache.LayerOptions(layer.Compression, request.Jobs).OutputDirectory, cancellationToken));
        }

        return image with { Layers = layers };
    }
}
