using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

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
        Descriptor? descriptor = null;
        await RunAsync(async () =>
        {
            await using LayoutDirectory layout = await LayoutDirectory.OpenAsync(Path, cancellationToken);
            foreach (Blob blob in images.Blobs())
            {
                await layout.PutBlobAsync(
                    blob.Descriptor.Digest, blob.Descriptor.Size, blob.Content, cancellationToken);
            }

            descriptor = Tagged(images.Root);
            await layout.CommitAsync(tag, descriptor, cancellationToken);
        });
        return new Delivery(name, descriptor!, HowToUse());
    }

    private string Path =>
        System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(directory, defaults.BaseDirectory));

    private Descriptor Tagged(Descriptor root)
    {
        Dictionary<string, string> annotations = new() { [AnnotationKeys.RefName] = tag };
        // containerd lists an image under a full reference only; a bare tag becomes a name that nobody can use.
        if (Reference.TryParse(tag, out Reference? reference))
        {
            annotations.Add(AnnotationKeys.ContainerdImageName, reference.WithDefaultTag().ToString());
        }

        return root with { Annotations = annotations };
    }

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
