using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary>An OCI layout of one image or index as a tar, as skopeo, podman and containerd read it.</summary>
internal static class OciArchive
{
    /// <summary>The archive of images, under the entries of its index.json.</summary>
    internal static ImageArchive Of(ImageSet images, IEnumerable<Descriptor> tagged)
    {
        ImageIndex index = new() { MediaType = MediaTypes.ImageIndex, Manifests = [.. tagged] };
        ImageArchive archive = new();
        archive.Add(OciLayout.FileName, OciLayout.CurrentBytes.ToArray());
        archive.Add(OciLayout.IndexFileName, index.ToBytes());
        archive.AddBlobs(images.Blobs());
        return archive;
    }
}
