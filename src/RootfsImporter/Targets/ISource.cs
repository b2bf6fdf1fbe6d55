using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>A place that images are read from. Disposing it makes the blobs of what was read unavailable.</summary>
public interface ISource : IAsyncDisposable
{
    /// <summary>The source as the user wrote it.</summary>
    string Name { get; }

    /// <summary>
    /// Reads the documents of an image or index, each checked against its digest; layers are opened when somebody needs
    /// them. Throws <see cref="FetchException"/> when it cannot be reached or is not there, and
    /// <see cref="VerificationException"/> when it is not what its digests say.
    /// </summary>
    Task<ImageSet> ReadAsync(CancellationToken cancellationToken);
}
