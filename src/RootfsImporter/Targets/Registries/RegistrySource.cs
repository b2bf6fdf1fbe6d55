using RootfsImporter.Oci;
using RootfsImporter.Registry;

namespace RootfsImporter.Targets.Registries;

/// <summary><c>docker://HOST/NAME:TAG</c> or <c>@DIGEST</c>, to be read: an image or index of a registry.</summary>
internal sealed class RegistrySource(string name, Reference reference, RegistryOptions options) : ISource
{
    private readonly RegistryClient _client = new(reference.Registry, options);

    public string Name => name;

    public async Task<ImageSet> ReadAsync(CancellationToken cancellationToken)
    {
        RegistryRepository repository = _client.Open(reference.Repository, mayPush: false);
        try
        {
            StoredManifest root = await repository.GetManifestAsync(
                reference.Digest?.ToString() ?? reference.Tag!, cancellationToken);
            ImageSetReader reader = new(
                async (descriptor, token) => descriptor.Digest == root.Descriptor.Digest ? root.Bytes
                    : MediaTypes.IsManifest(descriptor.MediaType)
                        ? (await repository.GetManifestAsync(descriptor.Digest.ToString(), token)).Bytes
                        : await repository.ReadBlobAsync(descriptor, token),
                descriptor => new RegistryBlob(repository, descriptor));
            return await reader.ReadAsync(root.Descriptor, cancellationToken);
        }
        catch (RegistryException e)
        {
            throw e.ToFetch(name);
        }
        catch (InvalidDataException e)
        {
            throw new VerificationException(
                $"{name} is not what it should be: {e.Message}", "push it there anew, or name another image", e);
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
