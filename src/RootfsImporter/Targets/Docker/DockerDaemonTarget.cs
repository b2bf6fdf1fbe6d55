using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Docker;

/// <summary><c>docker-daemon:NAME:TAG</c>: the image store of a Docker Engine, through its API.</summary>
/// <remarks>
/// An engine loads an archive completely or not at all. That the image it has then is ours is checked after the name
/// was given to it, which no call can undo.
/// </remarks>
internal sealed class DockerDaemonTarget(string name, Reference reference, TargetDefaults defaults) : ITarget
{
    private static readonly Version FirstApiWithZstd = new(1, 42);

    public string Name => name;

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        using DockerEngine engine = new(defaults.DockerHost, PlaceKind.Target);
        await engine.GetVersionAsync(cancellationToken);
    }

    public async Task<Delivery> DeliverAsync(ImageSet images, CancellationToken cancellationToken)
    {
        using DockerEngine engine = new(defaults.DockerHost, PlaceKind.Target);
        DockerVersion version = await engine.GetVersionAsync(cancellationToken);
        PlatformChoice choice = PlatformChoice.Of(name, images, version.Arch, "the engine's own");
        Image image = choice.Image;
        CheckCompression(image, version);
        IReadOnlyList<Reference> names = ImageNames.Of(reference, defaults.AdditionalTags);
        try
        {
            await engine.LoadAsync(version, DockerArchive.Of(image, names), cancellationToken);
        }
        catch (Exception e) when (DeliveryErrors.IsExpected(e))
        {
            throw DeliveryErrors.Wrap(name, e);
        }

        DockerImage? loaded = null;
        foreach (Reference each in names)
        {
            loaded = await engine.GetImageAsync(version, each.Familiar, cancellationToken);
            CheckLayers(image, loaded);
        }

        return new Delivery(name, image.Descriptor, [$"docker run --rm -it {reference.Familiar}"])
        {
            Notes = [$"image id {loaded!.Id}", .. ImageNames.Note(names), .. choice.Notes],
        };
    }

    private void CheckCompression(Image image, DockerVersion version)
    {
        if (image.Layers.Any(layer => layer.Compression == LayerCompression.Zstd)
            && Version.TryParse(version.ApiVersion, out Version? api)
            && api < FirstApiWithZstd)
        {
            throw new DeliveryException(
                $"cannot deliver to {name}: Docker Engine {version.Version} cannot read layers compressed with zstd",
                "build with gzip layers, or use Docker Engine 23 or newer");
        }
    }

    private void CheckLayers(Image image, DockerImage loaded)
    {
        IEnumerable<string> expected = image.Layers.Select(layer => layer.DiffId.ToString());
        IReadOnlyList<string> found = loaded.RootFs.Layers ?? [];
        if (!found.SequenceEqual(expected))
        {
            throw new DeliveryException(
                $"{name} was loaded, but {reference.Familiar} has the layers {string.Join(", ", found)}, not "
                + string.Join(", ", expected),
                "see whether another program tags images with that name at the same time");
        }
    }
}
