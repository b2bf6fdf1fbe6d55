using RootfsImporter.Oci;

namespace RootfsImporter.Registry;

/// <summary>A blob of a registry; read when it is opened, as long as the source that it came from is not disposed.</summary>
/// <param name="Repository">Where it is.</param>
/// <param name="Descriptor">What it is.</param>
internal sealed record RegistryBlob(RegistryRepository Repository, Descriptor Descriptor) : BlobContent
{
    /// <inheritdoc/>
    public override async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        BlobDownload download = new(Repository, Descriptor);
        try
        {
            await download.ConnectAsync(cancellationToken);
            return download;
        }
        catch
        {
            await download.DisposeAsync();
            throw;
        }
    }
}
