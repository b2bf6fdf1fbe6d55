using RootfsImporter.Archives;
using RootfsImporter.Codecs;
using RootfsImporter.Files;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary>
/// <c>tar:FILE</c>: the root file system itself, an uncompressed tar. Its digest is the layer's DiffId; several layers become
/// what they make together.
/// </summary>
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
        Descriptor? written = null;
        await NewFile.WriteAsync(
            name, Path, defaults.Overwrite,
            async destination => written = await WriteAsync(image.Layers, destination, cancellationToken),
            cancellationToken);

        string import = DockerImport.Command(file, defaults.Reference, ImageConfig.Parse(image.Config.Span));
        string? note = image.Layers.Count > 1 ? $"{image.Layers.Count} layers are one tar" : null;
        return new Delivery(name, written!, [import, $"tar -tvf {ShellText.Quote(file)}"])
        {
            Notes = note is null ? choice.Notes : [.. choice.Notes, note],
        };
    }

    private Task<Descriptor> WriteAsync(
        IReadOnlyList<Layer> layers, Stream destination, CancellationToken cancellationToken) => layers is [Layer only]
        ? CopyAsync(only, destination, cancellationToken)
        : FlattenAsync(layers, destination, cancellationToken);

    private static async Task<Descriptor> CopyAsync(Layer layer, Stream destination, CancellationToken cancellationToken)
    {
        await using Stream source = await LayerBlob.OpenUncompressedAsync(layer, cancellationToken);
        long size = await LayerContent.CopyVerifiedAsync(
            source, destination, layer.DiffId, layer.UncompressedSize, cancellationToken);
        return new Descriptor { MediaType = MediaTypes.LayerTar, Digest = layer.DiffId, Size = size };
    }

    /// <summary>What all layers make together, without what later ones deleted.</summary>
    private async Task<Descriptor> FlattenAsync(
        IReadOnlyList<Layer> layers, Stream destination, CancellationToken cancellationToken)
    {
        using SpooledTree tree = await SpooledTree.ReadLayersAsync(
            layers, new SpoolLimits { TemporaryDirectory = defaults.TemporaryDirectory }, cancellationToken);
        await using HashingStream hashing = new(destination, leaveOpen: true);
        LayerTarWriter writer = new(hashing);
        foreach (TreeEntry entry in tree.Tree.Entries.Where(IsPacked))
        {
            writer.WriteEntry(entry, cancellationToken);
        }

        writer.Finish();
        return new Descriptor { MediaType = MediaTypes.LayerTar, Digest = hashing.GetDigest(), Size = hashing.Count };
    }

    private static bool IsPacked(TreeEntry entry) => !entry.Path.IsRoot
        && entry.Kind is not (EntryKind.CharacterDevice or EntryKind.BlockDevice or EntryKind.Socket);

    private string Path => System.IO.Path.GetFullPath(file, defaults.BaseDirectory);
}
