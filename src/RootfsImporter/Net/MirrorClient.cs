using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace RootfsImporter.Net;

/// <summary>
/// Opens one address of a mirror (http, https or file). Follows redirects itself, so that they are counted and never
/// lead from https to http. Every failure is a <see cref="TransferException"/> that says whether it may pass.
/// </summary>
internal sealed class MirrorClient : IDisposable
{
    private const int MaxRedirects = 5;

    private readonly DownloadOptions _options;
    private readonly HttpClient _http;

    public MirrorClient(DownloadOptions options)
    {
        _options = options;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.StallTimeout,
            MaxConnectionsPerServer = options.MaxConnectionsPerHost,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            Proxy = options.Proxy,
            UseCookies = false,
            UseProxy = options.Proxy is not null,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("rootfs-importer", null));
    }

    /// <summary>
    /// Opens an address for reading from <paramref name="offset"/>; the server may begin at 0 nevertheless, see
    /// <see cref="MirrorResponse.Offset"/>. The caller disposes the response.
    /// </summary>
    public async Task<MirrorResponse> OpenAsync(Uri address, long offset, CancellationToken cancellationToken)
    {
        if (address.IsFile)
        {
            return OpenFile(address.LocalPath, offset);
        }

        for (int redirects = 0; redirects <= MaxRedirects; redirects++)
        {
            HttpResponseMessage response = await SendAsync(address, offset, cancellationToken);
            try
            {
                if (Redirect(response) is not Uri next)
                {
                    return await AcceptAsync(response, offset, cancellationToken);
                }

                address = Follow(address, next);
            }
            catch
            {
                response.Dispose();
                throw;
            }

            response.Dispose();
        }

        throw new TransferException(TransferFault.Permanent, $"more than {MaxRedirects} redirects");
    }

    public void Dispose() => _http.Dispose();

    private MirrorResponse OpenFile(string path, long offset)
    {
        try
        {
            FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Min(offset, file.Length);
            return new MirrorResponse(file, null, file.Position, file.Length - file.Position, _options.StallTimeout);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TransferException(TransferFault.Missing, "no such file", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TransferException(TransferFault.Permanent, e.Message, inner: e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(Uri address, long offset, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, address);
        request.Headers.AcceptEncoding.ParseAdd("identity");
        if (offset > 0)
        {
            request.Headers.Range = new RangeHeaderValue(offset, null);
        }

        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_options.StallTimeout);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransferException(
                TransferFault.Temporary, $"no answer for {_options.StallTimeout.TotalSeconds:0.#} s", inner: e);
        }
        catch (HttpRequestException e)
        {
            throw new TransferException(FaultOf(e), Describe(e), inner: e);
        }
    }

    private static Uri? Redirect(HttpResponseMessage response) => response.StatusCode
        is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
        or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
            ? response.Headers.Location
            : null;

    /// <summary>Where a redirect leads; throws for one that leaves https, or http and https altogether.</summary>
    internal static Uri Follow(Uri from, Uri location)
    {
        Uri to = new(from, location);
        bool isSafer = to.Scheme == Uri.UriSchemeHttps || (to.Scheme == Uri.UriSchemeHttp && from.Scheme == to.Scheme);
        return isSafer
            ? to
            : throw new TransferException(
                TransferFault.Permanent, $"it redirects from {from.Scheme} to {MirrorAddress.Display(to)}");
    }

    private async Task<MirrorResponse> AcceptAsync(
        HttpResponseMessage response, long offset, CancellationToken cancellationToken)
    {
        long start = 0;
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                break;
            case HttpStatusCode.PartialContent when response.Content.Headers.ContentRange?.From == offset:
                start = offset;
                break;
            default:
                throw Refusal(response, offset);
        }

        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return new MirrorResponse(
            body, response, start, response.Content.Headers.ContentLength, _options.StallTimeout);
    }

    private TransferException Refusal(HttpResponseMessage response, long offset)
    {
        int code = (int)response.StatusCode;
        TransferFault fault = response.StatusCode switch
        {
            HttpStatusCode.NotFound or HttpStatusCode.Gone => TransferFault.Missing,
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => TransferFault.Temporary,
            // Whatever part we hold is not the beginning of what the server has.
            HttpStatusCode.RequestedRangeNotSatisfiable when offset > 0 => TransferFault.WrongContent,
            HttpStatusCode.PartialContent => TransferFault.WrongContent,
            _ => code >= 500 ? TransferFault.Temporary : TransferFault.Permanent,
        };
        RetryConditionHeaderValue? retryAfter = response.Headers.RetryAfter;
        TimeSpan? wait = retryAfter?.Delta ?? retryAfter?.Date - _options.TimeProvider.GetUtcNow();
        return new TransferException(fault, $"{code} {response.ReasonPhrase}".TrimEnd(), wait);
    }

    // A certificate that does not hold, or a name that does not exist, will not do so a second later.
    private static TransferFault FaultOf(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.SecureConnectionError => TransferFault.Permanent,
        HttpRequestError.NameResolutionError
            when e.InnerException is SocketException { SocketErrorCode: SocketError.HostNotFound } =>
            TransferFault.Permanent,
        _ => TransferFault.Temporary,
    };

    private static string Describe(Exception e) =>
        e.InnerException is SocketException or System.Security.Authentication.AuthenticationException or IOException
            ? e.InnerException.Message
            : e.Message;
}
