using System.Text.RegularExpressions;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary>
/// The directory of one image that skopeo's <c>dir:</c> transport keeps (containers/image, directory): the root document
/// as manifest.json, the manifests of an index beside it, blobs by the digits of their digests.
/// </summary>
internal static partial class DirLayout
{
    internal const string VersionFile = "version";
    internal const string RootFile = "manifest.json";

    internal static ReadOnlySpan<byte> Version => "Directory Transport Version: 1.1\n"u8;

    /// <summary>The file of a descriptor, when it is not the root's.</summary>
    internal static string FileOf(Descriptor descriptor) =>
        MediaTypes.IsManifest(descriptor.MediaType) || MediaTypes.IsIndex(descriptor.MediaType)
            ? $"{descriptor.Digest.Hex}.manifest.json"
            : descriptor.Digest.Hex;

    /// <summary>
    /// Whether a directory of the transport may have a file of that name; skopeo keeps signatures there, too.
    /// </summary>
    internal static bool IsPart(string file) => Part().IsMatch(file);

    [GeneratedRegex(@"\A(?:version|[0-9a-f]{64,128}|(?:[0-9a-f]{64,128}\.)?(?:manifest\.json|signature-[0-9]+))\z")]
    private static partial Regex Part();
}
