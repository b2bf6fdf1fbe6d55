using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;

namespace RootfsImporter.Registry;

/// <summary>
/// Requests to one registry: finds out whether it speaks TLS, authenticates, tries again what may pass, and follows
/// redirects without taking credentials along. Every failure is a <see cref="RegistryException"/>.
/// </summary>
/// <remarks>
/// HTTP/1.1 on purpose: a layer that is sent over a connection of its own is not held up by another's flow control, and
/// connections are kept for the next.
/// </remarks>
internal sealed class RegistryTransport : IDisposable
{
    private const int MaxRedirects = 5;

    private readonly RegistryOptions _options;
    private readonly RegistryTrust _trust;
    private readonly HttpClient _http;
    private readonly SemaphoreSlim _discovery = new(1);
    private Uri? _root;

    public RegistryTransport(RegistryHost host, RegistryOptions options)
    {
        Host = host;
        _options = options;
        _trust = new RegistryTrust(options.CaFile);
        _http = new HttpClient(NewHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("rootfs-importer", null));
        Authenticator = new RegistryAuthenticator(host, options, SendOnceAsync);
    }

    public RegistryHost Host { get; }

    public RegistryOptions Options => _options;

    public RegistryAuthenticator Authenticator { get; }

    /// <summary>Whether it turned out that the registry speaks plain HTTP.</summary>
    public bool IsPlain => _root?.Scheme == Uri.UriSchemeHttp;

    public void Dispose()
    {
        _http.Dispose();
        _discovery.Dispose();
        Authenticator.Dispose();
    }

    /// <summary>
    /// Sends a request; an answer that says that it may pass has been tried again, any other is the caller's, who
    /// disposes it.
    /// </summary>
    public Task<HttpResponseMessage> SendAsync(RegistryRequest request, CancellationToken cancellationToken) =>
        request.MayRepeat
            ? Retry.RunAsync(_options, () => AttemptAsync(request, cancellationToken), cancellationToken)
            : AttemptAsync(request, cancellationToken);

    /// <summary>What an answer that was not hoped for means; disposes it.</summary>
    public async Task<RegistryException> ExplainAsync(
        HttpResponseMessage response, RegistryRequest request, CancellationToken cancellationToken)
    {
        using (response)
        {
            return await RegistryAnswers.ExplainAsync(
                response, Host, request, Authenticator, _options.TimeProvider, cancellationToken);
        }
    }

    /// <summary>An address that a Location header names, absolute.</summary>
    public async Task<Uri> ResolveAsync(Uri location, CancellationToken cancellationToken)
    {
        Uri root = await FindRootAsync(cancellationToken);
        Uri address = new(root, location);
        // Behind a proxy that ends TLS, registries are known to think that they speak plain HTTP.
        if (address.Scheme == Uri.UriSchemeHttp && root.Scheme == Uri.UriSchemeHttps && address.Host == root.Host)
        {
            address = new Uri(root, address.PathAndQuery);
        }

        CheckScheme(address);
        return address;
    }

    private SocketsHttpHandler NewHandler()
    {
        bool usesProxy = _options.Proxy is not null && !Host.IsLoopback;
        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = _options.StallTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            Proxy = usesProxy ? _options.Proxy : null,
            UseCookies = false,
            UseProxy = usesProxy,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (sender, certificate, chain, errors) => _trust.Validate(
                    (sender as SslStream)?.TargetHostName ?? Host.Name, certificate, chain, errors),
            },
        };
    }

    private async Task<HttpResponseMessage> AttemptAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        Uri root = await FindRootAsync(cancellationToken);
        Uri address = new(root, request.Address);
        AuthenticationHeaderValue? refused = null;
        for (int redirects = 0; redirects <= MaxRedirects;)
        {
            bool isOwn = IsSamePlace(address, root);
            AuthenticationHeaderValue? authorization = isOwn
                ? await Authenticator.GetAsync(request.Scope, address, refused, cancellationToken)
                : null;
            HttpResponseMessage response = await SendOnceAsync(request, address, authorization, cancellationToken);
            if (RedirectOf(request, response) is { } location)
            {
                response.Dispose();
                address = Follow(address, location);
                redirects++;
            }
            else if (isOwn && response.StatusCode == HttpStatusCode.Unauthorized && refused is null
                && Authenticator.Learn(response))
            {
                response.Dispose();
                refused = authorization ?? new AuthenticationHeaderValue("None");
            }
            else
            {
                return Retry.IsTemporary(response.StatusCode)
                    ? throw await ExplainAsync(response, request, cancellationToken)
                    : response;
            }
        }

        throw new RegistryException(
            RegistryFault.Refused, $"{Host.Name} redirects {request.What} more than {MaxRedirects} times");
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        RegistryRequest request, Uri address, AuthenticationHeaderValue? authorization,
        CancellationToken cancellationToken)
    {
        using HttpRequestMessage message = new(request.Method, address) { Content = request.Content?.Invoke() };
        message.Headers.Authorization = authorization;
        foreach (string type in request.Accept)
        {
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        }

        if (request.Offset > 0)
        {
            message.Headers.Range = new RangeHeaderValue(request.Offset, null);
        }

        return await SendOnceAsync(message, cancellationToken);
    }

    /// <summary>Sends as it is, once; waits for the headers of the answer as long as something moves.</summary>
    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        CheckScheme(message.RequestUri!);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_options.StallTimeout);
        BlobUploadContent? upload = message.Content as BlobUploadContent;
        upload?.Moved = () => patience.CancelAfter(_options.StallTimeout);
        try
        {
            return await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        }
        catch (Exception) when (upload?.SourceFault is { } fault)
        {
            fault.Throw();
            throw;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RegistryException(
                RegistryFault.Temporary,
                $"{message.RequestUri!.Authority} does not answer for {_options.StallTimeout.TotalSeconds:0.#} s",
                "check the network, and try again",
                e);
        }
        catch (HttpRequestException e)
        {
            throw ConnectionErrors.Explain(message.RequestUri!, e, wasReached: _root is not null);
        }
    }

    private async Task<Uri> FindRootAsync(CancellationToken cancellationToken)
    {
        if (_root is { } known)
        {
            return known;
        }

        await _discovery.WaitAsync(cancellationToken);
        try
        {
            _trust.CheckFile();
            return _root ??= await Retry.RunAsync(_options, () => DiscoverAsync(cancellationToken), cancellationToken);
        }
        finally
        {
            _discovery.Release();
        }
    }

    /// <summary>
    /// Asks for <c>/v2/</c>, without credentials. On the loopback plain HTTP is tried first: nobody can be in between there,
    /// and a server that wants TLS says so at once. Elsewhere it comes second, and only when it may come at all.
    /// </summary>
    private async Task<Uri> DiscoverAsync(CancellationToken cancellationToken)
    {
        Uri plain = Host.Address(Uri.UriSchemeHttp);
        Uri secure = Host.Address(Uri.UriSchemeHttps);
        if (Host.IsLoopback)
        {
            return await TryPingAsync(plain, cancellationToken) ? plain : await PingAsync(secure, cancellationToken);
        }

        return !_options.MayUsePlainHttp || await TryPingAsync(secure, cancellationToken)
            ? await PingAsync(secure, cancellationToken)
            : await PingAsync(plain, cancellationToken);
    }

    private async Task<bool> TryPingAsync(Uri root, CancellationToken cancellationToken)
    {
        try
        {
            await PingAsync(root, cancellationToken);
            return true;
        }
        catch (RegistryException e) when (e.InnerException is not HttpRequestException { InnerException: SocketException })
        {
            // It listens, but not to this: what the other way brings is what counts.
            return false;
        }
        catch (RegistryException) when (!Host.IsLoopback)
        {
            return false;
        }
    }

    private async Task<Uri> PingAsync(Uri root, CancellationToken cancellationToken)
    {
        RegistryRequest request = new(HttpMethod.Get, new Uri(root, "v2/"), "its API")
        {
            Scope = new RegistryScope("", MayPush: false),
        };
        HttpResponseMessage response = await SendOnceAsync(request, request.Address, null, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
        {
            Authenticator.Learn(response);
        }
        else if (!response.IsSuccessStatusCode)
        {
            RegistryException e = await ExplainAsync(response, request, cancellationToken);
            throw e.Fault is RegistryFault.Temporary or RegistryFault.Denied ? e : new RegistryException(
                RegistryFault.Refused, e.Message, $"check that {Host.Name} is a registry, and its port", e);
        }

        response.Dispose();
        return root;
    }

    private static Uri? RedirectOf(RegistryRequest request, HttpResponseMessage response) =>
        (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head)
        && response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
            ? response.Headers.Location
            : null;

    private Uri Follow(Uri from, Uri location)
    {
        Uri to = new(from, location);
        return from.Scheme != Uri.UriSchemeHttps || to.Scheme == Uri.UriSchemeHttps ? to : throw new RegistryException(
            RegistryFault.Refused, $"{Host.Name} redirects from TLS to {to.GetLeftPart(UriPartial.Authority)}");
    }

    private void CheckScheme(Uri address)
    {
        bool isAllowed = address.Scheme == Uri.UriSchemeHttps
            || (address.Scheme == Uri.UriSchemeHttp
                && (_options.MayUsePlainHttp || RegistryHost.IsLoopbackAddress(address)));
        if (!isAllowed)
        {
            throw new RegistryException(
                RegistryFault.Refused,
                $"{Host.Name} leads to {address.GetLeftPart(UriPartial.Authority)}, which is not TLS",
                "have it speak TLS, or allow it with --plain-http");
        }
    }

    private static bool IsSamePlace(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Host == other.Host && one.Port == other.Port;
}
