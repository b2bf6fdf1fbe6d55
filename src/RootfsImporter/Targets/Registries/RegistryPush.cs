using System.Collections.Concurrent;
using RootfsImporter.Oci;
using RootfsImporter.Registry;

namespace RootfsImporter.Targets.Registries;

/// <summary>One push: what is missing goes there, children before what names them, tags last.</summary>
internal sealed class RegistryPush(
    RegistryRepository repository, ImageSet images, IReadOnlyList<string> tags, int jobs)
{
    /// <summary>What tags and digests lead to, before anything is changed.</summary>
    private readonly ConcurrentDictionary<string, Digest?> _before = new(StringComparer.Ordinal);
    private int _found;

    /// <summary>How many layers and configs there are.</summary>
    public int Total { get; private set; }

    /// <summary>How many of them were there already; they were not even opened.</summary>
    public int Found => _found;

    /// <summary>Pushes. Nothing but the last step can be seen by whoever pulls a tag.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Dictionary<Digest, Descriptor> manifests = images.Images.Select(image => image.Descriptor)
            .Concat(images.Others.Select(other => other.Descriptor)).Append(images.Root)
            .DistinctBy(descriptor => descriptor.Digest).ToDictionary(descriptor => descriptor.Digest);
        Blob[] all = [.. images.Blobs()];
        Blob[] documents = [.. all.Where(blob => manifests.ContainsKey(blob.Descriptor.Digest))];
        Blob[] blobs = [.. all.Where(blob => !manifests.ContainsKey(blob.Descriptor.Digest))];
        Total = blobs.Length;

        // Questions and uploads in one go: with nothing to do, this is one round trip.
        IEnumerable<string> references = documents.Select(blob => blob.Descriptor.Digest.ToString()).Concat(tags);
        await EachAsync(
            [
                .. blobs.Select(blob => (Func<CancellationToken, Task>)(token => PushBlobAsync(blob, token))),
                .. references.Select(text => (Func<CancellationToken, Task>)(token => AskAsync(text, token))),
            ],
            cancellationToken);
        await EachAsync(documents.SkipLast(1), (blob, token) => PutAsync(blob, Text(blob), token), cancellationToken);
        Blob root = documents[^1];
        await PutAsync(root, Text(root), cancellationToken);
        await EachAsync(tags, (tag, token) => PutAsync(root, tag, token), cancellationToken);
    }

    private static string Text(Blob blob) => blob.Descriptor.Digest.ToString();

    private async Task AskAsync(string manifest, CancellationToken cancellationToken) =>
        _before[manifest] = await repository.FindManifestAsync(manifest, cancellationToken);

    private async Task PushBlobAsync(Blob blob, CancellationToken cancellationToken)
    {
        if (await repository.HasBlobAsync(blob.Descriptor, cancellationToken))
        {
            Interlocked.Increment(ref _found);
            return;
        }

        string? mountFrom = blob.Content is RegistryBlob { Repository: { } other }
            && other.Registry == repository.Registry && other.Name != repository.Name ? other.Name : null;
        await new BlobUpload(repository, blob).RunAsync(mountFrom, cancellationToken);
    }

    private async Task PutAsync(Blob document, string name, CancellationToken cancellationToken)
    {
        if (_before[name] == document.Descriptor.Digest)
        {
            return;
        }

        byte[] bytes = new byte[document.Descriptor.Size];
        await using Stream stream = await document.Content.OpenAsync(cancellationToken);
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        await repository.PutManifestAsync(name, document.Descriptor, bytes, cancellationToken);
    }

    private Task EachAsync(IEnumerable<Func<CancellationToken, Task>> actions, CancellationToken cancellationToken) =>
        EachAsync(actions, (action, token) => action(token), cancellationToken);

    private Task EachAsync<T>(
        IEnumerable<T> items, Func<T, CancellationToken, Task> action, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            items,
            new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, jobs), CancellationToken = cancellationToken },
            async (item, token) => await action(item, token));
}
