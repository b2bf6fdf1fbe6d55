using RootfsImporter.Archives;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary><c>tar:FILE</c>: the root file system itself, an uncompressed tar whose digest is the layer's DiffId.</summary>
internal sealed class TarTarget(string name, string file, TargetDefaults defaults) : ITarget
{
    public string Name => name;

    /// <summary><c>tar:FILE</c>; the path may have colons.</summary>
    internal static TarTarget Parse(PlaceText text, TargetDefaults defaults) => text.Place == "-"
        ? throw text.Error("a tar cannot go to standard output", "write tar:FILE")
        : new TarTarget(text.Text, text.Place, defaults);

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        FurtherTags.Refuse(name, defaults);
        NewFile.Check(name, Path, defaults.Overwrite);
        return Task.CompletedTask;
    }

    public async Task<Delivery> DeliverAsync(ImageSet images, CancellationToken cancellationToken)
    {
        PlatformChoice choice = PlatformChoice.OfHost(name, images);
        Image image = choice.Image;
        if (image.Layers.Count != 1)
        {
            throw new DeliveryException(
                $"{name} takes an image of one layer, not of {image.Layers.Count}",
                "deliver to oci:DIR or docker-archive:FILE, which keep layers apart");
        }

        Layer layer = image.Layers[0];
        long size = 0;
        try
        {
            await NewFile.WriteAsync(name, Path, defaults.Overwrite, WriteAsync, cancellationToken);
        }
        catch (Exception e) when (DeliveryErrors.IsExpected(e))
        {
            throw DeliveryErrors.Wrap(name, e);
        }

        Descriptor descriptor = new()
        {
            MediaType = MediaTypes.LayerTar,
            Digest = layer.DiffId,
            Size = size,
        };
        string import = DockerImport.Command(file, defaults.Reference, ImageConfig.Parse(image.Config.Span));
        return new Delivery(name, descriptor, [import, $"tar -tvf {ShellText.Quote(file)}"]) { Notes = choice.Notes };

        async Task WriteAsync(Stream destination)
        {
            await using Stream source = await LayerBlob.OpenUncompressedAsync(layer, cancellationToken);
            size = await LayerContent.CopyVerifiedAsync(
                source, destination, layer.DiffId, layer.UncompressedSize, cancellationToken);
        }
    }

    private string Path => System.IO.Path.GetFullPath(file, defaults.BaseDirectory);
}
