namespace RootfsImporter.Oci;

/// <summary>The <c>oci-layout</c> file, which marks a directory or an archive as a layout (image-layout.md).</summary>
public sealed record OciLayout
{
    /// <summary>The name of the file that holds this document.</summary>
    public const string FileName = "oci-layout";

    /// <summary>The name of the file that holds the layout's <see cref="ImageIndex"/>.</summary>
    public const string IndexFileName = "index.json";

    /// <summary>The directory of the blobs.</summary>
    public const string BlobDirectory = "blobs/sha256";

    /// <summary>The one version there is.</summary>
    public const string CurrentVersion = "1.0.0";

    /// <summary>The layout's version.</summary>
    public required string ImageLayoutVersion { get; init; }

    /// <summary>The canonical bytes of the current version.</summary>
    public static ReadOnlySpan<byte> CurrentBytes => "{\"imageLayoutVersion\":\"1.0.0\"}"u8;

    /// <summary>The path of a blob, relative to the layout.</summary>
    public static string BlobPath(Digest digest) => $"{BlobDirectory}/{digest.Hex}";

    /// <summary>Reads the file and checks the version; throws <see cref="InvalidDataException"/>.</summary>
    public static OciLayout Parse(ReadOnlySpan<byte> json)
    {
        OciLayout layout = OciJson.Parse(json, OciJson.Context.OciLayout);
        return layout.ImageLayoutVersion == CurrentVersion
            ? layout
            : throw new InvalidDataException(
                $"imageLayoutVersion is '{layout.ImageLayoutVersion}', not '{CurrentVersion}'");
    }

    /// <summary>The canonical bytes.</summary>
    public byte[] ToBytes() => OciJson.ToBytes(this, OciJson.Context.OciLayout);
}
