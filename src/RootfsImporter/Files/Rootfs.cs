namespace RootfsImporter.Files;

/// <summary>A directory that is the root of a system being built, written to without ever leaving it.</summary>
public sealed class Rootfs : IDisposable
{
    /// <summary>Absolute host path of the root directory.</summary>
    public string HostPath => throw new NotImplementedException();

    /// <summary>
    /// Lists the whole tree in <see cref="RootPath"/> order, the root first, not crossing mount points. The second
    /// and later names of a regular file with several links are <see cref="EntryKind.HardLink"/> to the first.
    /// </summary>
    public IReadOnlyList<TreeEntry> ReadTree() => throw new NotImplementedException();

    /// <summary>
    /// The modification time that a package recorded for a path, or null for what no package holds: the Sealer takes
    /// every other time for the time of the build.
    /// </summary>
    public long? PackagedTime(RootPath path) => throw new NotImplementedException(path.ToString());

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
