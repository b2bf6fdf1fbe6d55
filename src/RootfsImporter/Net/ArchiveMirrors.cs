namespace RootfsImporter.Net;

/// <summary>The addresses of one archive, each with a trailing slash.</summary>
/// <param name="InOrder">Where to fetch from, in the order to try; at least one.</param>
/// <param name="Canonical">
/// The address to write into an image, which must not depend on the host that builds it: debootstrap's declared default
/// when there is one, else the profile's, the host's, the user's.
/// </param>
public sealed record ArchiveMirrors(IReadOnlyList<Uri> InOrder, Uri Canonical);
