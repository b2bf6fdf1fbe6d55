using RootfsImporter.Oci;
using RootfsImporter.Targets.Layouts;

namespace RootfsImporter.Targets.Docker;

/// <summary>The OCI layout inside an archive of <c>docker save</c>, which since version 25 is both.</summary>
internal sealed class DockerArchiveLayout(ImageFiles files)
{
    /// <summary>
    /// What leads to the image with this config: the index that lists it when all images of that are in the archive (an
    /// engine saves the platforms that it has), else its manifest; null when it is not in the layout, or there is none.
    /// </summary>
    internal async Task<Descriptor?> FindAsync(Digest config, CancellationToken cancellationToken)
    {
        ImageIndex? layout = await LayoutReader.ReadIndexAsync(files, cancellationToken);
        foreach (Descriptor listed in layout?.Manifests ?? [])
        {
            Descriptor root = LayoutReader.WithoutNames(listed);
            if (MediaTypes.IsIndex(root.MediaType))
            {
                if (await FindInAsync(root, config, cancellationToken) is { } found)
                {
                    return found;
                }
            }
            else if (await ManifestOfAsync(root, cancellationToken) is { } manifest && manifest.Config.Digest == config)
            {
                return root;
            }
        }

        return null;
    }

    private async Task<Descriptor?> FindInAsync(Descriptor root, Digest config, CancellationToken cancellationToken)
    {
        if (await files.TryReadAsync(OciLayout.BlobPath(root.Digest), cancellationToken) is not { } json)
        {
            return null;
        }

        Descriptor? found = null;
        bool isComplete = true;
        foreach (Descriptor child in ImageIndex.Parse(json.Span).Manifests)
        {
            Manifest? manifest = await ManifestOfAsync(child, cancellationToken);
            isComplete &= manifest is not null && Has(manifest);
            found = manifest?.Config.Digest == config ? child : found;
        }

        return found is not null && isComplete ? root : found;
    }

    private async Task<Manifest?> ManifestOfAsync(Descriptor descriptor, CancellationToken cancellationToken) =>
        MediaTypes.IsManifest(descriptor.MediaType)
        && await files.TryReadAsync(OciLayout.BlobPath(descriptor.Digest), cancellationToken) is { } json
            ? Manifest.Parse(json.Span)
            : null;

    private bool Has(Manifest manifest) =>
        manifest.Layers.Append(manifest.Config).All(blob => files.Find(OciLayout.BlobPath(blob.Digest)) is not null);
}
