using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Stores;

/// <summary><c>containers-storage:[STORE]NAME:TAG</c>: the store of podman and buildah.</summary>
/// <remarks>
/// A name leads to one image, that of this host. It is loaded completely before it has a name; when that fails, the names
/// are what they were.
/// </remarks>
internal sealed class ContainersStorageTarget(ContainersStoragePlace place, TargetDefaults defaults) : ITarget
{
    public string Name => place.Text.Text;

    public Task CheckAsync(CancellationToken cancellationToken) =>
        ContainersStore.Open(place, defaults).CheckAsync(cancellationToken);

    public async Task<Delivery> DeliverAsync(ImageSet images, CancellationToken cancellationToken)
    {
        ContainersStore store = ContainersStore.Open(place, defaults);
        PlatformChoice choice = PlatformChoice.OfHost(Name, images);
        Image image = choice.Image;
        Digest imageId = image.ConfigDescriptor.Digest;
        IReadOnlyList<Reference> names = ImageNames.Of(place.Reference, defaults.AdditionalTags);
        using (ProgramArchive archive = await ProgramArchive.WriteAsync(
            Name, ImageSet.Of(image), [], defaults, cancellationToken))
        {
            await store.LoadAsync(archive.Path, imageId, names, cancellationToken);
        }

        List<string> notes = [$"image id {imageId}", .. ImageNames.Note(names), .. choice.Notes];
        foreach (Reference name in names)
        {
            string found = await store.InspectAsync(name, cancellationToken);
            notes.AddRange(Check(store, image, name, found));
        }

        return new Delivery(Name, image.Descriptor, [store.Command($"run --rm -it {place.Reference.Familiar}")])
        {
            Notes = [.. notes.Distinct(StringComparer.Ordinal)],
        };
    }

    /// <summary>
    /// The image id is the config's digest, and the config names the DiffIds, which the store has checked. The store has one
    /// image of an id, under each digest that it came with.
    /// </summary>
    private static IEnumerable<string> Check(ContainersStore store, Image image, Reference name, string found)
    {
        bool hasManifest = found.Contains(image.Descriptor.Digest.Hex, StringComparison.Ordinal);
        bool hasConfig = found.Contains(image.ConfigDescriptor.Digest.Hex, StringComparison.Ordinal);
        if (!hasManifest && !hasConfig)
        {
            throw store.Error(
                $"it was loaded, but {name.Familiar} is {found.Trim()}, not {image.ConfigDescriptor.Digest}",
                "see whether another program tags images with that name at the same time");
        }

        return hasManifest ? [] : ["the store had this image before, and shows it under that manifest's digest"];
    }
}
