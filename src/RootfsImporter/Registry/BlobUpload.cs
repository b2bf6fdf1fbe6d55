using System.Globalization;
using System.Net;
using RootfsImporter.Oci;

namespace RootfsImporter.Registry;

/// <summary>Puts one blob into a repository (OCI distribution-spec 1.1, "Pushing blobs").</summary>
/// <remarks>
/// A large blob goes as one chunk that is all of it: a PATCH with the whole body, then a PUT that closes the session. That is
/// as fast as a single PUT, for one small request more, and unlike that one it can be continued: the session survives a broken
/// connection, and says how far it came. Smaller chunks would only add round trips, and a chunk can never be below
/// OCI-Chunk-Min-Length when it is all that is left. Small blobs go with the request that opens the session, or with
/// the one that closes it.
/// </remarks>
internal sealed class BlobUpload(RegistryRepository repository, Blob blob)
{
    private const long SmallBytes = 64 * 1024;

    /// <summary>An attempt that brought this much further is not counted among the failed ones.</summary>
    private const long ProgressBytes = 4 * 1024 * 1024;

    private readonly string _what = $"the upload of {blob.Descriptor.Digest} to {repository.Name}";

    private RegistryTransport Transport => repository.Transport;

    /// <summary>Uploads, or has the registry take the blob out of another repository of its own.</summary>
    public async Task RunAsync(string? mountFrom, CancellationToken cancellationToken)
    {
        Uri? session = mountFrom is null ? null : await MountAsync(mountFrom, cancellationToken);
        if (mountFrom is not null && session is null)
        {
            return;
        }

        for (int losses = 0; ; losses++)
        {
            try
            {
                session ??= await BeginAsync(cancellationToken);
                if (session is not null)
                {
                    await FillAsync(session, cancellationToken);
                }

                return;
            }
            catch (SessionLostException) when (losses < Transport.Options.RetryDelays.Count)
            {
                // Whoever lost the session may have done so after it was complete.
                if (await repository.HasBlobAsync(blob.Descriptor, cancellationToken))
                {
                    return;
                }

                session = null;
            }
            catch (SessionLostException e)
            {
                throw e.Reason;
            }
        }
    }

    /// <summary>Opens a session and gives it up at once: whether one may push, without pushing.</summary>
    public static async Task TryOutAsync(RegistryRepository repository, CancellationToken cancellationToken)
    {
        RegistryRequest request = new(
            HttpMethod.Post, Relative($"v2/{repository.Name}/blobs/uploads/"), $"an upload to {repository.Name}")
        {
            Scope = repository.Scope,
            Content = Nothing,
        };
        HttpResponseMessage response = await repository.Transport.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Accepted)
        {
            throw await repository.Transport.ExplainAsync(response, request, cancellationToken);
        }

        using (response)
        {
            if (response.Headers.Location is { } location)
            {
                Uri session = await repository.Transport.ResolveAsync(location, cancellationToken);
                // Not every registry can be told; it forgets the session in time.
                using HttpResponseMessage ended = await repository.Transport.SendAsync(
                    request with { Method = HttpMethod.Delete, Address = session, Content = null }, cancellationToken);
            }
        }
    }

    /// <summary>The session of a blob that could not be mounted, or null when it is there.</summary>
    private async Task<Uri?> MountAsync(string from, CancellationToken cancellationToken)
    {
        string query = $"?mount={Uri.EscapeDataString(blob.Descriptor.Digest.ToString())}&from={Uri.EscapeDataString(from)}";
        RegistryRequest request = Begin(query) with { Scope = repository.Scope with { MountFrom = from } };
        HttpResponseMessage? response = null;
        try
        {
            response = await Transport.SendAsync(request, cancellationToken);
        }
        catch (RegistryException e) when (e.Fault == RegistryFault.Denied)
        {
            // Its token service gives none for the other repository.
        }

        switch (response?.StatusCode)
        {
            case HttpStatusCode.Created:
                using (response)
                {
                    repository.CheckStored(blob.Descriptor, response);
                    return null;
                }

            case HttpStatusCode.Accepted:
                return await SessionAsync(response, cancellationToken);
            default:
                // Not to be read from there, or not known to this registry: then the bytes go over the wire.
                response?.Dispose();
                return await BeginAsync(cancellationToken);
        }
    }

    /// <summary>A new session; null when the blob was stored by the very request that asked for one.</summary>
    private async Task<Uri?> BeginAsync(CancellationToken cancellationToken)
    {
        if (blob.Descriptor.Size <= SmallBytes)
        {
            RegistryRequest whole = Begin($"?digest={Uri.EscapeDataString(blob.Descriptor.Digest.ToString())}") with
            {
                Content = () => new BlobUploadContent(blob, 0),
            };
            HttpResponseMessage answer = await Transport.SendAsync(whole, cancellationToken);
            if (answer.StatusCode == HttpStatusCode.Created)
            {
                using (answer)
                {
                    repository.CheckStored(blob.Descriptor, answer);
                    return null;
                }
            }

            if (answer.StatusCode == HttpStatusCode.Accepted)
            {
                return await SessionAsync(answer, cancellationToken);
            }

            // It knows only the older way, or will say again what is wrong.
            answer.Dispose();
        }

        RegistryRequest request = Begin("");
        HttpResponseMessage response = await Transport.SendAsync(request, cancellationToken);
        return response.StatusCode == HttpStatusCode.Accepted
            ? await SessionAsync(response, cancellationToken)
            : throw await Transport.ExplainAsync(response, request, cancellationToken);
    }

    private async Task FillAsync(Uri session, CancellationToken cancellationToken)
    {
        long size = blob.Descriptor.Size;
        if (size <= SmallBytes)
        {
            await CompleteAsync(session, () => new BlobUploadContent(blob, 0), cancellationToken);
            return;
        }

        long offset = 0;
        int failures = 0;
        while (offset < size)
        {
            long before = offset;
            try
            {
                (session, offset) = await SendRestAsync(session, offset, cancellationToken);
            }
            catch (RegistryException e) when (Retry.WaitBefore(Transport.Options, failures, e) is { } wait)
            {
                await Task.Delay(wait, Transport.Options.TimeProvider, cancellationToken);
                (session, offset) = await AskAsync(session, cancellationToken);
            }

            failures = offset - before >= ProgressBytes ? 0 : failures + 1;
            if (failures > Transport.Options.RetryDelays.Count)
            {
                throw new RegistryException(
                    RegistryFault.Refused,
                    $"{repository.Registry} has only {offset} of {size} bytes after {failures} attempts of {_what}",
                    "see what the registry logs about it");
            }
        }

        await CompleteAsync(session, Nothing, cancellationToken);
    }

    private async Task<(Uri Session, long Offset)> SendRestAsync(
        Uri session, long offset, CancellationToken cancellationToken)
    {
        RegistryRequest request = At(HttpMethod.Patch, session) with
        {
            Content = () => new BlobUploadContent(blob, offset).WithRange(),
            MayRepeat = false,
        };
        HttpResponseMessage response = await Transport.SendAsync(request, cancellationToken);
        switch (response.StatusCode)
        {
            case HttpStatusCode.Accepted or HttpStatusCode.Created or HttpStatusCode.NoContent:
                long end = EndOf(response) ?? blob.Descriptor.Size;
                return (await SessionAsync(response, cancellationToken, session), end);
            case HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.RequestedRangeNotSatisfiable:
                throw new SessionLostException(await Transport.ExplainAsync(response, request, cancellationToken));
            default:
                throw await Transport.ExplainAsync(response, request, cancellationToken);
        }
    }

    /// <summary>How far a session came.</summary>
    private async Task<(Uri Session, long Offset)> AskAsync(Uri session, CancellationToken cancellationToken)
    {
        RegistryRequest request = At(HttpMethod.Get, session);
        HttpResponseMessage response = await Transport.SendAsync(request, cancellationToken);
        // A registry that cannot tell leaves nothing but to begin anew.
        return response.IsSuccessStatusCode && EndOf(response) is { } end
            ? (await SessionAsync(response, cancellationToken, session), end)
            : throw new SessionLostException(await Transport.ExplainAsync(response, request, cancellationToken));
    }

    private async Task CompleteAsync(Uri session, Func<HttpContent> content, CancellationToken cancellationToken)
    {
        UriBuilder address = new(session);
        string digest = $"digest={Uri.EscapeDataString(blob.Descriptor.Digest.ToString())}";
        address.Query = address.Query.Length > 1 ? $"{address.Query}&{digest}" : digest;
        RegistryRequest request = At(HttpMethod.Put, address.Uri) with { Content = content };
        HttpResponseMessage response = await Transport.SendAsync(request, cancellationToken);
        if (response.StatusCode is HttpStatusCode.Created or HttpStatusCode.OK or HttpStatusCode.NoContent)
        {
            using (response)
            {
                repository.CheckStored(blob.Descriptor, response);
                return;
            }
        }

        RegistryException refusal = await Transport.ExplainAsync(response, request, cancellationToken);
        // The bytes that went were right: with others in the session, only a new one helps.
        throw response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.BadRequest
            or HttpStatusCode.RequestedRangeNotSatisfiable
                ? new SessionLostException(refusal)
                : refusal;
    }

    private RegistryRequest Begin(string query) => new(
        HttpMethod.Post, Relative($"v2/{repository.Name}/blobs/uploads/{query}"), _what)
    {
        Scope = repository.Scope,
        Content = Nothing,
    };

    private RegistryRequest At(HttpMethod method, Uri session) => new(method, session, _what) { Scope = repository.Scope };

    /// <summary>Where the session is continued; disposes the answer that says so.</summary>
    private async Task<Uri> SessionAsync(
        HttpResponseMessage response, CancellationToken cancellationToken, Uri? current = null)
    {
        using (response)
        {
            return response.Headers.Location is { } location
                ? await Transport.ResolveAsync(location, cancellationToken)
                : current ?? throw new RegistryException(
                    RegistryFault.Refused, $"{repository.Registry} accepts {_what} but does not say where to");
        }
    }

    /// <summary>The first byte that a session lacks: its Range is <c>0-LAST</c>.</summary>
    private long? EndOf(HttpResponseMessage response)
    {
        if (!response.Headers.NonValidated.TryGetValues("Range", out System.Net.Http.Headers.HeaderStringValues values))
        {
            return null;
        }

        string last = values.ToString()[(values.ToString().IndexOf('-', StringComparison.Ordinal) + 1)..];
        if (!long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out long end) || end >= blob.Descriptor.Size)
        {
            return null;
        }

        // Nothing and one byte are both "0-0"; sent twice, the first byte would be wrong. Nothing is far more likely, and
        // the digest tells in the end.
        return end == 0 ? 0 : end + 1;
    }

    private static Uri Relative(string path) => new(path, UriKind.Relative);

    private static ByteArrayContent Nothing() => new([]);

    /// <summary>The registry forgot an upload; only a new one can succeed. Never leaves this class.</summary>
    private sealed class SessionLostException(RegistryException reason) : Exception(reason.Message, reason)
    {
        public RegistryException Reason => reason;
    }
}
