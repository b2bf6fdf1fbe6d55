namespace RootfsImporter.Oci;

/// <summary>Annotation and label keys (OCI image-spec, annotations.md, "Pre-Defined Annotation Keys").</summary>
public static class AnnotationKeys
{
    /// <summary>When the image was made, RFC 3339.</summary>
    public const string Created = "org.opencontainers.image.created";

    /// <summary>The digest of the image that this one stands on.</summary>
    public const string BaseDigest = "org.opencontainers.image.base.digest";

    /// <summary>A tag; has a meaning only on the descriptors of a layout's <c>index.json</c>.</summary>
    public const string RefName = "org.opencontainers.image.ref.name";

    /// <summary>
    /// The full reference under which containerd, and Docker with its image store, list what they import; on the
    /// descriptors of a layout's <c>index.json</c> (containerd, images/annotations.go).
    /// </summary>
    public const string ContainerdImageName = "io.containerd.image.name";

    /// <summary>
    /// The keys that say the same of an image as a label and as an annotation. Not among them: <see cref="Created"/>,
    /// which is the build's to say; <see cref="RefName"/>; and the base.* keys, which only a derived image has.
    /// </summary>
    public static IReadOnlyList<string> Descriptive { get; } =
    [
        "org.opencontainers.image.authors",
        "org.opencontainers.image.description",
        "org.opencontainers.image.documentation",
        "org.opencontainers.image.licenses",
        "org.opencontainers.image.revision",
        "org.opencontainers.image.source",
        "org.opencontainers.image.title",
        "org.opencontainers.image.url",
        "org.opencontainers.image.vendor",
        "org.opencontainers.image.version",
    ];
}
