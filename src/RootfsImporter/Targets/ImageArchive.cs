using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>
/// A tar of documents and blobs that is written in one go, with a length that is known before. Its bytes depend on what
/// it holds alone.
/// </summary>
internal sealed class ImageArchive
{
    private readonly List<Entry> _entries = [];

    /// <summary>The size of the archive, bytes.</summary>
    internal long Length => _entries.Sum(entry => ArchiveTar.LengthOf(entry.Size)) + ArchiveTar.End.Length;

    /// <summary>Adds a directory; the name ends in a slash.</summary>
    internal void AddDirectory(string name) => _entries.Add(new Entry(name, 0, null));

    internal void Add(string name, ReadOnlyMemory<byte> content) => _entries.Add(new Entry(
        name,
        content.Length,
        async (destination, cancellationToken) => await destination.WriteAsync(content, cancellationToken)));

    /// <summary>Adds a blob, checked against its descriptor while it is written.</summary>
    internal void Add(string name, Blob blob) => _entries.Add(new Entry(
        name, blob.Descriptor.Size, (destination, cancellationToken) => CopyAsync(blob, destination, cancellationToken)));

    /// <summary>Adds the directories of an OCI layout's blobs, and the blobs: documents first, as readers want them.</summary>
    internal void AddBlobs(IEnumerable<Blob> blobs)
    {
        AddDirectory("blobs/");
        AddDirectory(OciLayout.BlobDirectory + "/");
        foreach (Blob blob in blobs.OrderBy(blob => blob.Content is not BytesBlob))
        {
            Add(OciLayout.BlobPath(blob.Descriptor.Digest), blob);
        }
    }

    internal async Task WriteToAsync(Stream destination, CancellationToken cancellationToken)
    {
        foreach (Entry entry in _entries)
        {
            if (entry.WriteAsync is null)
            {
                await destination.WriteAsync(ArchiveTar.DirectoryHeader(entry.Name), cancellationToken);
                continue;
            }

            await destination.WriteAsync(ArchiveTar.FileHeader(entry.Name, entry.Size), cancellationToken);
            await entry.WriteAsync(destination, cancellationToken);
            await destination.WriteAsync(ArchiveTar.Padding(entry.Size), cancellationToken);
        }

        await destination.WriteAsync(ArchiveTar.End, cancellationToken);
    }

    private static async Task CopyAsync(Blob blob, Stream destination, CancellationToken cancellationToken)
    {
        await using Stream source = await blob.Content.OpenAsync(cancellationToken);
        await LayerContent.CopyVerifiedAsync(
            source, destination, blob.Descriptor.Digest, blob.Descriptor.Size, cancellationToken);
    }

    private sealed record Entry(string Name, long Size, Func<Stream, CancellationToken, Task>? WriteAsync);
}
