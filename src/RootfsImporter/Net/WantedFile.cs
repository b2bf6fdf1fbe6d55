namespace RootfsImporter.Net;

/// <summary>A file of known content.</summary>
/// <param name="Paths">Where a mirror may have it, below its root, best first.</param>
/// <param name="Identity">What it must be.</param>
internal sealed record WantedFile(IReadOnlyList<string> Paths, FileIdentity Identity)
{
    /// <summary>Its size, bytes.</summary>
    public long Size => Identity.Size;

    /// <summary>What people call it: the plain path, which comes after the by-hash one.</summary>
    public string Name => Paths[^1];
}
