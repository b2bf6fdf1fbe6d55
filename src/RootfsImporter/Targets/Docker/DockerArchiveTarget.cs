using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Docker;

/// <summary><c>docker-archive:FILE[:NAME:TAG]</c>: a file for <c>docker load</c>, podman and skopeo.</summary>
internal sealed class DockerArchiveTarget(string name, string file, Reference reference, TargetDefaults defaults)
    : ITarget
{
    public string Name => name;

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        NewFile.Check(name, Path, defaults.Overwrite);
        return Task.CompletedTask;
    }

    public async Task<Delivery> DeliverAsync(ImageSet images, CancellationToken cancellationToken)
    {
        PlatformChoice choice = PlatformChoice.OfHost(name, images);
        Image image = choice.Image;
        IReadOnlyList<Reference> names = ImageNames.Of(reference, defaults.AdditionalTags);
        ImageArchive archive = DockerArchive.Of(image, names);
        await NewFile.WriteAsync(
            name, Path, defaults.Overwrite, destination => archive.WriteToAsync(destination, cancellationToken),
            cancellationToken);

        string quoted = ShellText.Quote(file);
        return new Delivery(
            name,
            image.Descriptor,
            [
                $"docker load -i {quoted} && docker run --rm -it {reference.Familiar}",
                $"podman load -i {quoted} && podman run --rm -it {reference.Familiar}",
            ])
        {
            Notes = [.. ImageNames.Note(names), .. choice.Notes],
        };
    }

    private string Path => System.IO.Path.GetFullPath(file, defaults.BaseDirectory);
}
