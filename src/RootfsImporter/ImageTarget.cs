using RootfsImporter.Oci;
using RootfsImporter.Targets;

namespace RootfsImporter;

/// <summary>A place that an image goes to.</summary>
/// <param name="Target">The place.</param>
/// <param name="Compression">
/// How layers are compressed that go there, or null to leave them, and every digest, as they are.
/// </param>
public sealed record ImageTarget(ITarget Target, LayerCompression? Compression = null);
