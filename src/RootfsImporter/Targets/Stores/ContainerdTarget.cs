using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Stores;

/// <summary><c>containerd:NAMESPACE/NAME:TAG</c>: the image store of a containerd.</summary>
/// <remarks>
/// containerd keeps documents and blobs as they are, an index with all of its platforms: the digest is ours. An image is
/// there when all that it names is; a namespace is made by its first image.
/// </remarks>
internal sealed class ContainerdTarget(ContainerdPlace place, TargetDefaults defaults) : ITarget
{
    public string Name => place.Text.Text;

    public Task CheckAsync(CancellationToken cancellationToken) =>
        new ContainerdClient(place, defaults).CheckAsync(cancellationToken);

    public async Task<Delivery> DeliverAsync(ImageSet images, CancellationToken cancellationToken)
    {
        ContainerdClient client = new(place, defaults);
        await client.CheckAsync(cancellationToken);
        IReadOnlyList<Reference> names = ImageNames.Of(place.Reference, defaults.AdditionalTags);
        using (ProgramArchive archive = await ProgramArchive.WriteAsync(Name, images, names, defaults, cancellationToken))
        {
            await client.ImportAsync(archive.Path, cancellationToken);
        }

        foreach (Reference name in names)
        {
            Digest? found = await client.FindAsync(name, cancellationToken);
            if (found != images.Root.Digest)
            {
                throw client.Error(
                    $"it was imported, but {name} is {found?.ToString() ?? "not there"}, not {images.Root.Digest}",
                    "see whether another program names images so at the same time");
            }
        }

        return new Delivery(Name, images.Root, [client.Command($"run --rm --tty {place.Reference} NAME")])
        {
            Notes = ImageNames.Note(names),
        };
    }
}
