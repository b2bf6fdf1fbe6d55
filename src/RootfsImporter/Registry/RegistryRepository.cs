using System.Net;
using System.Net.Http.Headers;
using RootfsImporter.Net;
using RootfsImporter.Oci;

namespace RootfsImporter.Registry;

/// <summary>A manifest as a registry gave it.</summary>
/// <param name="Descriptor">Its media type, and the digest and size of what came.</param>
/// <param name="Bytes">The document.</param>
internal sealed record StoredManifest(Descriptor Descriptor, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Manifests and blobs of one repository (OCI distribution-spec 1.1). What goes wrong is a
/// <see cref="RegistryException"/>.
/// </summary>
internal sealed class RegistryRepository(RegistryTransport transport, RegistryScope scope)
{
    private const string DigestHeader = "Docker-Content-Digest";

    /// <summary>Without them registries answer with documents of another kind, or with 404.</summary>
    private static readonly string[] Manifests =
        [MediaTypes.ImageIndex, MediaTypes.ImageManifest, MediaTypes.DockerManifestList, MediaTypes.DockerManifest];

    /// <summary>The registry's name in references.</summary>
    public string Registry => transport.Host.Name;

    /// <summary>The repository's name.</summary>
    public string Name => scope.Repository;

    /// <summary>A document of it in memory, of at most so many bytes; what it is, is not checked.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadBlobAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        await using Stream blob = await new RegistryBlob(this, descriptor).OpenAsync(cancellationToken);
        byte[] bytes = new byte[descriptor.Size];
        int count = await blob.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return bytes.AsMemory(0, count);
    }

    public RegistryTransport Transport => transport;

    public RegistryScope Scope => scope;

    /// <summary>The digest that a tag or digest leads to, or null when the repository has no such manifest.</summary>
    public async Task<Digest?> FindManifestAsync(string reference, CancellationToken cancellationToken)
    {
        RegistryRequest request = ManifestRequest(HttpMethod.Head, reference);
        using HttpResponseMessage response = await transport.SendAsync(request, cancellationToken);
        if (response.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }

        if (response.IsSuccessStatusCode && DigestOf(response) is { } digest)
        {
            return digest;
        }

        // No HEAD, or one without a digest: both are allowed.
        return response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.MethodNotAllowed
            ? (await TryGetManifestAsync(reference, cancellationToken))?.Descriptor.Digest
            : throw await transport.ExplainAsync(response, request, cancellationToken);
    }

    /// <summary>Reads a manifest or index. That it is what a digest in the reference says is checked.</summary>
    public async Task<StoredManifest> GetManifestAsync(string reference, CancellationToken cancellationToken)
    {
        RegistryRequest request = ManifestRequest(HttpMethod.Get, reference);
        HttpResponseMessage response = await transport.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw await transport.ExplainAsync(response, request, cancellationToken);
        }

        using (response)
        {
            byte[] bytes = await RegistryAnswers.ReadAsync(response, OciJson.MaxDocumentBytes, cancellationToken);
            Digest digest = Digest.Of(bytes);
            Digest? asked = reference.Contains(':', StringComparison.Ordinal) ? Digest.Parse(reference) : DigestOf(response);
            CheckIs(request.What, asked ?? digest, digest);
            return new StoredManifest(
                new Descriptor
                {
                    MediaType = response.Content.Headers.ContentType?.MediaType ?? "",
                    Digest = digest,
                    Size = bytes.Length,
                },
                bytes);
        }
    }

    /// <summary>Stores a manifest or index under its digest or a tag, and checks that this is what is there then.</summary>
    public async Task PutManifestAsync(
        string reference, Descriptor descriptor, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        RegistryRequest request = ManifestRequest(HttpMethod.Put, reference) with
        {
            Content = () => new ReadOnlyMemoryContent(bytes)
            {
                Headers = { ContentType = new MediaTypeHeaderValue(descriptor.MediaType) },
            },
        };
        HttpResponseMessage response = await transport.SendAsync(request, cancellationToken);
        if (response.StatusCode is not (HttpStatusCode.Created or HttpStatusCode.OK or HttpStatusCode.Accepted))
        {
            throw await transport.ExplainAsync(response, request, cancellationToken);
        }

        response.Dispose();
        Digest? stored = await FindManifestAsync(reference, cancellationToken);
        CheckIs(request.What, descriptor.Digest, stored);
    }

    /// <summary>Whether the repository has a blob. One with another size or digest counts as not there.</summary>
    public async Task<bool> HasBlobAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        RegistryRequest request = BlobRequest(HttpMethod.Head, descriptor);
        using HttpResponseMessage response = await transport.SendAsync(request, cancellationToken);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => (response.Content.Headers.ContentLength ?? descriptor.Size) == descriptor.Size
                && (DigestOf(response) ?? descriptor.Digest) == descriptor.Digest,
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => false,
            _ => throw await transport.ExplainAsync(response, request, cancellationToken),
        };
    }

    /// <summary>Opens a blob at some byte, or before it when the registry knows no ranges. The caller disposes it.</summary>
    public async Task<MirrorResponse> OpenBlobAsync(Descriptor descriptor, long offset, CancellationToken cancellationToken)
    {
        RegistryRequest request = BlobRequest(HttpMethod.Get, descriptor) with { Offset = offset };
        HttpResponseMessage response = await transport.SendAsync(request, cancellationToken);
        bool isPart = response.StatusCode == HttpStatusCode.PartialContent
            && response.Content.Headers.ContentRange?.From == offset;
        if (response.StatusCode != HttpStatusCode.OK && !isPart)
        {
            throw await transport.ExplainAsync(response, request, cancellationToken);
        }

        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return new MirrorResponse(
            body, response, isPart ? offset : 0, response.Content.Headers.ContentLength, transport.Options.StallTimeout);
    }

    /// <summary>Throws when what the registry says it stored is something else.</summary>
    public void CheckStored(Descriptor descriptor, HttpResponseMessage response) =>
        CheckIs($"the blob {descriptor.Digest}", descriptor.Digest, DigestOf(response) ?? descriptor.Digest);

    private async Task<StoredManifest?> TryGetManifestAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            return await GetManifestAsync(reference, cancellationToken);
        }
        catch (RegistryException e) when (e.Fault == RegistryFault.Missing)
        {
            return null;
        }
    }

    private RegistryRequest ManifestRequest(HttpMethod method, string reference) => new(
        method,
        new Uri($"v2/{Name}/manifests/{reference}", UriKind.Relative),
        $"the manifest {Name}{(reference.Contains(':', StringComparison.Ordinal) ? "@" : ":")}{reference}")
    {
        Scope = scope,
        Accept = method == HttpMethod.Put ? [] : Manifests,
    };

    private RegistryRequest BlobRequest(HttpMethod method, Descriptor descriptor) => new(
        method,
        new Uri($"v2/{Name}/blobs/{descriptor.Digest}", UriKind.Relative),
        $"the blob {descriptor.Digest} of {Name}")
    {
        Scope = scope,
    };

    private void CheckIs(string what, Digest expected, Digest? found)
    {
        if (found != expected)
        {
            throw new RegistryException(
                RegistryFault.WrongContent,
                $"{Registry} should have {expected} for {what}, and has {found?.ToString() ?? "nothing"}",
                "the registry or something between is broken, or somebody else moves the same tag: try again");
        }
    }

    private static Digest? DigestOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues(DigestHeader, out IEnumerable<string>? values)
        && values.First() is ['s', 'h', 'a', '2', '5', '6', ':', ..] text
        && Digest.TryParse(text, out Digest digest)
            ? digest
            : null;
}
