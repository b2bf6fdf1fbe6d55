using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Packages;

namespace RootfsImporter.Stages;

/// <summary>What a build makes before it is delivered.</summary>
/// <param name="Image">The image; its layer blobs lie in the cache.</param>
/// <param name="Lockfile">The packages.</param>
/// <param name="Ledger">What sealing did.</param>
internal sealed record BuiltImage(Image Image, Lockfile Lockfile, Ledger Ledger);
