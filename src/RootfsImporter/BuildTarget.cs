using RootfsImporter.Oci;
using RootfsImporter.Targets;

namespace RootfsImporter;

/// <summary>A place that a build delivers to.</summary>
/// <param name="Target">The place.</param>
/// <param name="Compression">How layers are compressed that go there.</param>
public sealed record BuildTarget(ITarget Target, LayerCompression Compression = LayerCompression.Gzip);
