using RootfsImporter.Oci;
using RootfsImporter.Targets;

namespace RootfsImporter.Importing;

/// <summary>Where a root file system is that was made elsewhere.</summary>
public abstract record ImportSource
{
    private ImportSource()
    {
    }

    /// <summary>What it is called in messages: as the user wrote it.</summary>
    public required string Name { get; init; }

    /// <summary>A directory that is the root, or an OCI layout.</summary>
    /// <param name="Path">Absolute path; nothing is ever written to it.</param>
    public sealed record Directory(string Path) : ImportSource
    {
        /// <summary>Whether it holds images, of which the owners on disk say nothing.</summary>
        public bool IsImageLayout => File.Exists(System.IO.Path.Combine(Path, OciLayout.FileName))
            && File.Exists(System.IO.Path.Combine(Path, OciLayout.IndexFileName));
    }

    /// <summary>
    /// A tar, plain or compressed, of the root or of images as <c>docker save</c> and OCI layouts have them: the content
    /// tells. It is read once, front to back.
    /// </summary>
    /// <param name="Open">Opens it; whoever calls that disposes the stream.</param>
    public sealed record Archive(Func<Stream> Open) : ImportSource;

    /// <summary>An image in any place that images are read from; flattened to one layer.</summary>
    /// <param name="Source">The place; the caller disposes it.</param>
    public sealed record Image(ISource Source) : ImportSource;
}
