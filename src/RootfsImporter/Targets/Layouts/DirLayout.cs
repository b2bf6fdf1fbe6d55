using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary>
/// The directory of one image that skopeo's <c>dir:</c> transport keeps (containers/image, directory): the root document
/// as manifest.json, the manifests of an index beside it, blobs by the digits of their digests.
/// </summary>
internal static class DirLayout
{
    internal const string VersionFile = "version";
    internal const string RootFile = "manifest.json";

    internal static ReadOnlySpan<byte> Version => "Directory Transport Version: 1.1\n"u8;

    /// <summary>The file of a descriptor, when it is not the root's.</summary>
    internal static string FileOf(Descriptor descriptor) =>
        MediaTypes.IsManifest(descriptor.MediaType) || MediaTypes.IsIndex(descriptor.MediaType)
            ? $"{descriptor.Digest.Hex}.manifest.json"
            : descriptor.Digest.Hex;
}
