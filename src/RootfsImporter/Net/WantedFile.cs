namespace RootfsImporter.Net;

/// <summary>A file of known content.</summary>
/// <param name="Paths">Where a mirror may have it, below its root, best first.</param>
/// <param name="Digest">Its SHA-256.</param>
/// <param name="Size">Its size, bytes.</param>
internal sealed record WantedFile(IReadOnlyList<string> Paths, Digest Digest, long Size)
{
    /// <summary>What people call it: the plain path, which comes after the by-hash one.</summary>
    public string Name => Paths[^1];
}
