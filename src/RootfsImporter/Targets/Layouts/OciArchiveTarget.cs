using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary><c>oci-archive:FILE[:TAG]</c>: an OCI layout of its own in a tar.</summary>
internal sealed class OciArchiveTarget(string name, string file, string tag, TargetDefaults defaults) : ITarget
{
    public string Name => name;

    private string Path => System.IO.Path.GetFullPath(file, defaults.BaseDirectory);

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        NewFile.Check(name, Path, defaults.Overwrite);
        return Task.CompletedTask;
    }

    public async Task<Delivery> DeliverAsync(ImageSet images, CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Tag, Descriptor Descriptor)> tags =
            LayoutTags.Of(images.Root, tag, defaults.AdditionalTags);
        ImageArchive archive = OciArchive.Of(images, tags.Select(each => each.Descriptor));
        await NewFile.WriteAsync(
            name, Path, defaults.Overwrite, destination => archive.WriteToAsync(destination, cancellationToken),
            cancellationToken);

        string source = ShellText.Quote($"oci-archive:{file}:{tag}");
        return new Delivery(name, tags[0].Descriptor, [$"podman run --rm -it $(podman pull -q {source})"])
        {
            Notes = LayoutTags.Note(tags),
        };
    }
}
