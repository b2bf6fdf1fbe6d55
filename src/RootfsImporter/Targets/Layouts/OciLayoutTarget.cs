using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary><c>oci:DIR[:TAG]</c>: a tag in an OCI image layout (OCI image-spec, image-layout.md).</summary>
internal sealed class OciLayoutTarget(string name, string directory, string tag, TargetDefaults defaults) : ITarget
{
    public string Name => name;

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        DeliveryErrors.CheckWritable(name, Path);
        await RunAsync(() =>
        {
            LayoutDirectory.Check(Path);
            return Task.CompletedTask;
        });
    }

    public async Task<Delivery> DeliverAsync(ImageSet images, CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Tag, Descriptor Descriptor)> tags =
            LayoutTags.Of(images.Root, tag, defaults.AdditionalTags);
        await RunAsync(async () =>
        {
            await using LayoutDirectory layout = await LayoutDirectory.OpenAsync(Path, cancellationToken);
            foreach (Blob blob in images.Blobs())
            {
                await layout.PutBlobAsync(
                    blob.Descriptor.Digest, blob.Descriptor.Size, blob.Content, cancellationToken);
            }

            await layout.CommitAsync(tags, cancellationToken);
        });
        return new Delivery(name, tags[0].Descriptor, HowToUse()) { Notes = LayoutTags.Note(tags) };
    }

    private string Path =>
        System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(directory, defaults.BaseDirectory));

    private async Task RunAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception e) when (DeliveryErrors.IsExpected(e))
        {
            throw DeliveryErrors.Wrap(name, e);
        }
    }

    private IReadOnlyList<string> HowToUse()
    {
        string source = ShellText.Quote($"oci:{directory}:{tag}");
        string reference = defaults.Reference.Familiar;
        // Not skopeo's docker-daemon: older ones speak an API that new engines refuse, and none reads DOCKER_HOST.
        // Quietly, because otherwise skopeo writes its progress into the archive. podman names what it pulls after
        // the directory, so it is run by its id.
        return
        [
            $"skopeo copy -q {source} docker-archive:/dev/stdout:{reference} | docker load",
            $"podman run --rm -it $(podman pull -q {source})",
        ];
    }
}
