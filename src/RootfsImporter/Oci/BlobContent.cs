using System.Text.Json.Serialization;

namespace RootfsImporter.Oci;

/// <summary>
/// Where the bytes of a blob come from; may be opened any number of times, by several threads at once. Whoever reads
/// them checks them against the blob's descriptor: nothing here vouches for what comes.
/// </summary>
[JsonDerivedType(typeof(FileBlob), "file")]
[JsonDerivedType(typeof(BytesBlob), "bytes")]
public abstract record BlobContent
{
    /// <summary>Opens the bytes for reading from the start; the caller disposes the stream.</summary>
    public abstract Task<Stream> OpenAsync(CancellationToken cancellationToken);
}

/// <summary>A blob that is a file of its own.</summary>
/// <param name="Path">Absolute path; read only, owned by whoever made it, stays until the build ends.</param>
public sealed record FileBlob(string Path) : BlobContent
{
    /// <inheritdoc/>
    public override Task<Stream> OpenAsync(CancellationToken cancellationToken) => Task.FromResult<Stream>(new FileStream(
        Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0,
        FileOptions.Asynchronous | FileOptions.SequentialScan));
}

/// <summary>A small blob in memory: a manifest, a config.</summary>
public sealed record BytesBlob(ReadOnlyMemory<byte> Bytes) : BlobContent
{
    /// <inheritdoc/>
    public override Task<Stream> OpenAsync(CancellationToken cancellationToken) =>
        Task.FromResult<Stream>(new MemoryStream(Bytes.ToArray(), writable: false));
}
