using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>
/// The files that images are kept in, by name: those of a directory or the members of an archive. Disposed, nothing of
/// them can be read any more.
/// </summary>
internal abstract class ImageFiles : IDisposable
{
    /// <summary>
    /// A file by its relative name, or null. Throws <see cref="InvalidDataException"/> when it is there and is no file.
    /// </summary>
    public abstract ImageFile? Find(string name);

    public abstract void Dispose();

    /// <summary>A document, or null when there is none. Throws <see cref="InvalidDataException"/> when it is too large.</summary>
    public async Task<ReadOnlyMemory<byte>?> TryReadAsync(string name, CancellationToken cancellationToken)
    {
        if (Find(name) is not { } file)
        {
            return null;
        }

        if (file.Size > OciJson.MaxDocumentBytes)
        {
            throw new InvalidDataException($"{name} has {file.Size} bytes, more than {OciJson.MaxDocumentBytes}");
        }

        byte[] content = new byte[file.Size];
        await using Stream stream = await file.Content.OpenAsync(cancellationToken);
        await stream.ReadExactlyAsync(content, cancellationToken);
        return content;
    }

    /// <summary>As <see cref="TryReadAsync"/>, but throws <see cref="InvalidDataException"/> when there is none.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(string name, CancellationToken cancellationToken) =>
        await TryReadAsync(name, cancellationToken) ?? throw new InvalidDataException($"there is no {name}");

    /// <summary>A reader of images whose blobs have names that their descriptors give.</summary>
    public ImageSetReader Reader(Func<Descriptor, string> nameOf) => new(
        (descriptor, cancellationToken) => ReadAsync(nameOf(descriptor), cancellationToken),
        descriptor => Locate(nameOf(descriptor), descriptor.Size));

    private BlobContent Locate(string name, long size)
    {
        ImageFile file = Find(name) ?? throw new InvalidDataException($"there is no {name}");
        return file.Size == size
            ? file.Content
            : throw new InvalidDataException($"{name} has {file.Size} bytes, and its descriptor says {size}");
    }
}

/// <summary>One of the files.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="Size">How many there are.</param>
internal sealed record ImageFile(BlobContent Content, long Size);
