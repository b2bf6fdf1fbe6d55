using RootfsImporter.Oci;
using RootfsImporter.Registry;

namespace RootfsImporter.Targets.Registries;

/// <summary><c>docker://HOST/NAME:TAG</c>: a repository of a registry.</summary>
/// <remarks>
/// All or nothing for whoever pulls by tag: blobs and manifests are invisible until something leads to them, and the
/// tags are moved when all is there. What a failed push leaves behind, the registry's garbage collection removes.
/// </remarks>
internal sealed class RegistryTarget(string name, Reference reference, TargetDefaults defaults) : ITarget
{
    /// <summary>What the check found out: how the registry is spoken to, and a token. The delivery takes it over.</summary>
    private RegistryClient? _checked;

    public string Name => name;

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        RegistryClient client = new(reference.Registry, defaults.Registry);
        try
        {
            await RunAsync(client, repository => BlobUpload.TryOutAsync(repository, cancellationToken));
        }
        catch
        {
            client.Dispose();
            throw;
        }

        _checked = client;
    }

    public async Task<Delivery> DeliverAsync(ImageSet images, CancellationToken cancellationToken)
    {
        using RegistryClient client = Interlocked.Exchange(ref _checked, null)
            ?? new RegistryClient(reference.Registry, defaults.Registry);
        Delivery? delivery = null;
        await RunAsync(client, async repository =>
        {
            RegistryPush push = new(repository, images, Tags, defaults.Registry.Jobs);
            await push.RunAsync(cancellationToken);
            delivery = new Delivery(name, images.Root, HowToUse(images.Root, repository.Transport.IsPlain))
            {
                Notes =
                [
                    .. FurtherTags.Note(Tags),
                    .. push.Found > 0 ? [$"{push.Found} of {push.Total} blobs were there already"] : (string[])[],
                ],
            };
        });
        return delivery!;
    }

    private IReadOnlyList<string> Tags => [.. defaults.AdditionalTags.Prepend(reference.Tag!).Distinct()];

    private async Task RunAsync(RegistryClient client, Func<RegistryRepository, Task> action)
    {
        try
        {
            await action(client.Open(reference.Repository, mayPush: true));
        }
        catch (RegistryException e)
        {
            throw e.ToDelivery(name);
        }
        catch (Exception e) when (DeliveryErrors.IsExpected(e))
        {
            throw DeliveryErrors.Wrap(name, e);
        }
    }

    private IReadOnlyList<string> HowToUse(Descriptor root, bool isPlain) =>
    [
        $"docker pull {reference.Familiar}",
        // Docker takes plain HTTP from the loopback by itself, podman from nobody.
        $"podman pull {(isPlain ? "--tls-verify=false " : "")}"
            + $"{reference.Registry}/{reference.Repository}@{root.Digest}",
    ];
}
