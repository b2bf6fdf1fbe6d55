using System.Net;
using RootfsImporter.Codecs;

namespace RootfsImporter.Registry;

/// <summary>Reads the answers of registries, which may say anything at any length.</summary>
internal static class RegistryAnswers
{
    private const int MaxErrorBytes = 64 * 1024;

    /// <summary>Reads a whole body. Throws <see cref="RegistryException"/> when it is longer than allowed or breaks off.</summary>
    public static async Task<byte[]> ReadAsync(
        HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        try
        {
            await using BoundedStream body = new(await response.Content.ReadAsStreamAsync(cancellationToken), maxBytes);
            using MemoryStream content = new((int)Math.Clamp(response.Content.Headers.ContentLength ?? 0, 0, maxBytes));
            await body.CopyToAsync(content, cancellationToken);
            return content.ToArray();
        }
        catch (InvalidDataException e)
        {
            throw new RegistryException(
                RegistryFault.WrongContent, $"an answer has {e.Message}", "the registry is broken; tell its operators", e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new RegistryException(
                RegistryFault.Temporary, "an answer broke off", "check the network, and try again", e);
        }
    }

    /// <summary>What an unwelcome answer means, in words without secrets.</summary>
    public static async Task<RegistryException> ExplainAsync(
        HttpResponseMessage response, RegistryHost host, RegistryRequest request, RegistryAuthenticator authenticator,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        RegistryErrorBody body = await ReadErrorsAsync(response, cancellationToken);
        string text = authenticator.Redact(body.ToString());
        string reason = authenticator.Redact(response.ReasonPhrase ?? "");
        string detail = text.Length > 0 ? $" ({text})" : "";
        return new RegistryException(
            FaultOf(response.StatusCode),
            $"{host.Name} answers to {request.Method} of {request.What} with "
                + $"{$"{(int)response.StatusCode} {reason}".TrimEnd()}{detail}",
            HintFor(response.StatusCode, body, host, request, authenticator))
        {
            RetryAfter = Retry.AfterOf(response, clock),
        };
    }

    private static RegistryFault FaultOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound => RegistryFault.Missing,
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => RegistryFault.Denied,
        _ => Retry.IsTemporary(status) ? RegistryFault.Temporary : RegistryFault.Refused,
    };

    private static string HintFor(
        HttpStatusCode status, RegistryErrorBody body, RegistryHost host, RegistryRequest request,
        RegistryAuthenticator authenticator) => status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => authenticator.Advice(request.Scope.Repository),
            HttpStatusCode.TooManyRequests =>
                "the registry allows no more requests for now: wait; many allow more to those who log in",
            HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.InsufficientStorage =>
                "the registry has a limit on sizes, or no space: ask its operators",
            HttpStatusCode.MethodNotAllowed or HttpStatusCode.UnsupportedMediaType =>
                "the registry does not do this: it may be read only, or too old for OCI images",
            HttpStatusCode.NotFound when body.Has("MANIFEST_UNKNOWN") => "check the tag or digest",
            HttpStatusCode.NotFound =>
                $"check the name '{request.Scope.Repository}'; some registries want a repository to be made first",
            _ when (int)status >= 500 => $"see whether {host.Name} is well, and try again later",
            _ => $"see what {host.Name} logs about it",
        };

    private static async Task<RegistryErrorBody> ReadErrorsAsync(
        HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return RegistryErrorBody.Parse(await ReadAsync(response, MaxErrorBytes, cancellationToken));
        }
        catch (RegistryException)
        {
            return new RegistryErrorBody();
        }
    }
}
