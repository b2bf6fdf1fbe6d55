using System.Globalization;
using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Stages;

namespace RootfsImporter.Importing;

/// <summary>
/// Makes an image of a root file system that somebody else made. Runs no program of it, and changes nothing of it.
/// </summary>
public static class Importer
{
    /// <summary>
    /// Runs an import. The image depends on the tree, the profiles and the request's settings, not on the form that the tree
    /// comes in. Throws a <see cref="RootfsImporterException"/> for what a user can mend; a target that failed then holds
    /// what it held before.
    /// </summary>
    public static async Task<ImportResult> ImportAsync(
        ImportRequest request, IProgress<BuildEvent> events, CancellationToken cancellationToken)
    {
        StageClock clock = new(events);
        BuildCache cache = new(request.CacheDirectory);
        Deliverer deliverer = new(request.Targets, cache, request.Jobs, clock, events);
        await deliverer.CheckAsync(cancellationToken);
        using ForeignTree foreign = await clock.RunAsync(
            "read",
            () => ForeignTree.ReadAsync(request, cancellationToken),
            read => Count(read.Tree.Entries.Count, "entry", "entries"));
        Recognised found = await clock.RunAsync(
            "recognise",
            () => Task.Run(() => new Recogniser(request, events).Recognise(foreign), cancellationToken),
            recognised => $"{recognised.Recognition.Title ?? "unknown"}, {recognised.Recognition.Architecture}");
        SealedRootfs tree = await clock.RunAsync(
            "seal",
            () => Task.Run(() => Seal(request, foreign, found), cancellationToken),
            sealedTree => Count(sealedTree.Entries.Count, "entry", "entries"));
        Layer layer = await clock.RunAsync(
            "pack",
            () => LayerPacker.PackAsync(tree, cache.LayerOptions(request.Compression, request.Jobs), cancellationToken),
            packed => $"{packed.Descriptor.Size / 1e6:f1} MB of {packed.UncompressedSize / 1e6:f1} MB");
        Delivered delivered = await deliverer.DeliverAsync(
            ImageSet.Of(Assemble(layer, found)), cancellationToken);
        return new ImportResult
        {
            Source = request.Source.Name,
            Recognition = found.Recognition,
            Report = ReportOf(foreign, tree),
            Images = delivered.Images,
            Ledger = tree.Ledger,
            Deliveries = delivered.Deliveries,
            Stages = clock.Times,
        };
    }

    private static SealedRootfs Seal(ImportRequest request, ForeignTree foreign, Recognised found) => request.KeepAsIs
        ? Sealer.Keep(foreign.Tree.Entries, found.Recognition.SourceDateEpoch)
        : Sealer.Seal(foreign.Tree.Entries, found.Times.PackagedTime, found.Rules, found.Recognition.SourceDateEpoch);

    /// <summary>Nothing of how the tree came here is said in the image: the same tree is the same image.</summary>
    private static Image Assemble(Layer layer, Recognised found) => ImageAssembler.Assemble(
        layer,
        found.Settings,
        Platform.Of(found.Recognition.Architecture),
        DateTimeOffset.FromUnixTimeSeconds(found.Recognition.SourceDateEpoch),
        $"rootfs-importer import {found.Recognition.Profile ?? found.Recognition.Distribution ?? "rootfs"}");

    private static ImportReport ReportOf(ForeignTree foreign, SealedRootfs tree) => new()
    {
        Entries = tree.Entries.Count(entry => !entry.Path.IsRoot),
        Owners =
        [
            .. tree.Entries.Where(entry => entry.Uid != 0 || entry.Gid != 0)
                .GroupBy(entry => (entry.Uid, entry.Gid))
                .OrderByDescending(owner => owner.Count()).ThenBy(owner => owner.Key)
                .Select(owner => new OwnerCount(
                    string.Create(CultureInfo.InvariantCulture, $"{owner.Key.Uid}:{owner.Key.Gid}"), owner.Count())),
        ],
        Capabilities =
        [
            .. tree.Entries
                .Where(entry => entry.ExtendedAttributes.Any(attribute => attribute.Name == TreeAttributes.Capability))
                .Select(entry => entry.Path.ToString()),
        ],
        Dropped =
        [
            .. foreign.Tree.Entries
                .Where(entry => entry.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice or EntryKind.Socket)
                .Select(entry => entry.Path.ToString()),
        ],
    };

    private static string Count(int number, string one, string many) => $"{number} {(number == 1 ? one : many)}";
}
