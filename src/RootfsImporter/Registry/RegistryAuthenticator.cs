using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace RootfsImporter.Registry;

/// <summary>
/// What a registry wants to see before it does something: nothing, a password (RFC 7617), or a token of its token
/// service (distribution, token.md and oauth.md). Tokens are kept for what they allow until they expire.
/// </summary>
/// <param name="host">The registry.</param>
/// <param name="options">Where credentials are.</param>
/// <param name="send">Sends a request of ours to the token service, with patience but without a second attempt.</param>
internal sealed class RegistryAuthenticator(
    RegistryHost host, RegistryOptions options, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send)
    : IDisposable
{
    private const string ClientId = "rootfs-importer";
    private const int MaxAnswerBytes = 1024 * 1024;
    private static readonly TimeSpan DefaultLife = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MaxLife = TimeSpan.FromHours(1);

    private readonly CredentialFiles _files = new(options);
    private readonly Dictionary<string, CredentialSearch> _searches = [];
    private readonly Dictionary<string, (string Token, DateTimeOffset Expires)> _tokens = [];
    private readonly ConcurrentDictionary<string, bool> _secrets = [];
    private readonly SemaphoreSlim _turn = new(1);
    private volatile AuthChallenge? _challenge;

    public void Dispose() => _turn.Dispose();

    /// <summary>Keeps what a 401 asks for. False when nothing that it offers can be done.</summary>
    public bool Learn(HttpResponseMessage response)
    {
        IReadOnlyList<AuthChallenge> offers = response.Headers.NonValidated.TryGetValues(
            "WWW-Authenticate", out HeaderStringValues values)
            ? [.. values.SelectMany(AuthChallenge.Parse)]
            : [];
        AuthChallenge? best = offers.FirstOrDefault(offer => offer.IsBearer && offer["realm"] is not null)
            ?? offers.FirstOrDefault(offer => offer.IsBasic);
        _challenge = best ?? _challenge;
        return best is not null;
    }

    /// <summary>The header for a request to an address of this registry, or null for none.</summary>
    /// <param name="scope">What the request does.</param>
    /// <param name="address">Where it goes: nothing secret goes where others can listen in.</param>
    /// <param name="refused">A header that the registry did not accept, or null: its token is not used again.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async ValueTask<AuthenticationHeaderValue?> GetAsync(
        RegistryScope scope, Uri address, AuthenticationHeaderValue? refused, CancellationToken cancellationToken)
    {
        if (_challenge is not { } challenge)
        {
            return null;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            CredentialSearch search = await SearchAsync(scope.Repository, cancellationToken);
            if (search.Found is not null)
            {
                CheckIsPrivate(address);
            }

            return search.Found switch
            {
                Credential.RegistryToken token => new AuthenticationHeaderValue("Bearer", token.Value),
                Credential.Password password when !challenge.IsBearer => Basic(password),
                _ when challenge.IsBearer => new AuthenticationHeaderValue(
                    "Bearer", await GetTokenAsync(challenge, scope, search.Found, refused, cancellationToken)),
                _ => null,
            };
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What people can do when the registry does not accept what was sent for a repository.</summary>
    public string Advice(string repository)
    {
        CredentialSearch? search;
        lock (_searches)
        {
            search = _searches.GetValueOrDefault(repository);
        }

        string login = $"docker login {host.Name}' or 'podman login {host.Name}'";
        string notes = search is { Notes.Count: > 0 } ? $"; {string.Join("; ", search.Notes)}" : "";
        return search?.Found is { } found
            ? $"the credential is that of {found.Origin}: check that it is still right and may do this, or '{login}{notes}"
            : $"no credential for it was found in {Files}: '{login}{notes}";
    }

    /// <summary>A text of somebody else's without the secrets that they were told.</summary>
    public string Redact(string text) => _secrets.Keys.OrderByDescending(secret => secret.Length)
        .Aggregate(text, (shown, secret) => shown.Replace(secret, "***", StringComparison.Ordinal));

    private string Files => options.AuthFiles.Count == 0 ? "any file" : string.Join(", ", options.AuthFiles);

    private async Task<CredentialSearch> SearchAsync(string repository, CancellationToken cancellationToken)
    {
        CredentialSearch? search;
        lock (_searches)
        {
            search = _searches.GetValueOrDefault(repository);
        }

        if (search is null)
        {
            search = await _files.FindAsync(host, repository, cancellationToken);
            Hide(search.Found?.Secret);
            lock (_searches)
            {
                _searches[repository] = search;
            }
        }

        return search;
    }

    private void Hide(string? secret)
    {
        if (secret is { Length: > 0 })
        {
            _secrets[secret] = true;
        }
    }

    private AuthenticationHeaderValue Basic(Credential.Password password)
    {
        string value = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{password.User}:{password.Value}"));
        Hide(value);
        return new AuthenticationHeaderValue("Basic", value);
    }

    private async Task<string> GetTokenAsync(
        AuthChallenge challenge, RegistryScope scope, Credential? credential, AuthenticationHeaderValue? refused,
        CancellationToken cancellationToken)
    {
        string key = string.Join(' ', scope.Names);
        DateTimeOffset now = options.TimeProvider.GetUtcNow();
        if (_tokens.TryGetValue(key, out (string Token, DateTimeOffset Expires) known)
            && known.Token != refused?.Parameter && now < known.Expires)
        {
            return known.Token;
        }

        TokenAnswer answer = await FetchAsync(challenge, scope, credential, cancellationToken);
        string token = answer.Token is { Length: > 0 } ? answer.Token : answer.AccessToken ?? "";
        if (token.Length == 0 || token.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw Failed(challenge, "answered without a token");
        }

        Hide(token);
        double seconds = Math.Clamp(answer.ExpiresIn ?? DefaultLife.TotalSeconds, 0, MaxLife.TotalSeconds);
        // Not to the last moment: the request has to get there too.
        _tokens[key] = (token, now + TimeSpan.FromSeconds(seconds * 0.9));
        return token;
    }

    private async Task<TokenAnswer> FetchAsync(
        AuthChallenge challenge, RegistryScope scope, Credential? credential, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(challenge["realm"], UriKind.Absolute, out Uri? realm)
            || (realm.Scheme != Uri.UriSchemeHttps && realm.Scheme != Uri.UriSchemeHttp))
        {
            throw Failed(challenge, "is no address");
        }

        if (credential is not null)
        {
            CheckIsPrivate(realm);
        }

        return await Retry.RunAsync(
            options,
            async () =>
            {
                using HttpRequestMessage request = credential is Credential.IdentityToken identity
                    ? RefreshRequest(realm, challenge, scope, identity)
                    : TokenRequest(realm, challenge, scope, credential);
                using HttpResponseMessage response = await send(request, cancellationToken);
                return await ReadAsync(challenge, scope, response, cancellationToken);
            },
            cancellationToken);
    }

    private HttpRequestMessage TokenRequest(
        Uri realm, AuthChallenge challenge, RegistryScope scope, Credential? credential)
    {
        List<string> query = [.. scope.Names.Select(name => $"scope={Uri.EscapeDataString(name)}")];
        if (challenge["service"] is { } service)
        {
            query.Insert(0, $"service={Uri.EscapeDataString(service)}");
        }

        UriBuilder address = new(realm) { Fragment = "" };
        address.Query = string.Join('&', [.. address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries), .. query]);
        HttpRequestMessage request = new(HttpMethod.Get, address.Uri);
        request.Headers.Authorization = credential is Credential.Password password ? Basic(password) : null;
        return request;
    }

    private static HttpRequestMessage RefreshRequest(
        Uri realm, AuthChallenge challenge, RegistryScope scope, Credential.IdentityToken identity) =>
        new(HttpMethod.Post, realm)
        {
            Content = new FormUrlEncodedContent(
            [
                new("grant_type", "refresh_token"),
                new("service", challenge["service"] ?? ""),
                new("client_id", ClientId),
                new("scope", string.Join(' ', scope.Names)),
                new("refresh_token", identity.Value),
            ]),
        };

    private async Task<TokenAnswer> ReadAsync(
        AuthChallenge challenge, RegistryScope scope, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] body = await RegistryAnswers.ReadAsync(response, MaxAnswerBytes, cancellationToken);
        int code = (int)response.StatusCode;
        if (Retry.IsTemporary(response.StatusCode))
        {
            throw new RegistryException(
                RegistryFault.Temporary,
                $"the token service {Display(challenge)} answered {code} {response.ReasonPhrase}",
                "try again later")
            {
                RetryAfter = Retry.AfterOf(response, options.TimeProvider),
            };
        }

        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest)
        {
            string text = Redact(RegistryErrorBody.Parse(body).ToString());
            throw new RegistryException(
                RegistryFault.Denied,
                $"the token service {Display(challenge)} of {host.Name} gives no token for {scope.Repository}: "
                    + $"{code} {response.ReasonPhrase}" + (text.Length > 0 ? $" ({text})" : ""),
                Advice(scope.Repository));
        }

        try
        {
            return response.IsSuccessStatusCode
                && JsonSerializer.Deserialize(body, RegistryJsonContext.Default.TokenAnswer) is { } answer
                ? answer
                : throw Failed(challenge, $"answered {code} {response.ReasonPhrase}");
        }
        catch (JsonException)
        {
            throw Failed(challenge, "answered with something that is not JSON");
        }
    }

    private void CheckIsPrivate(Uri address)
    {
        // A registry elsewhere must not send us, with a password, to whatever listens here.
        bool isHere = host.IsLoopback && RegistryHost.IsLoopbackAddress(address);
        if (address.Scheme != Uri.UriSchemeHttps && !isHere)
        {
            throw new RegistryException(
                RegistryFault.Denied,
                $"{host.Name} asks for credentials over plain HTTP, at {address.Authority}, where others can listen in",
                "have it speak TLS; its authority's certificate is named with --ca-file");
        }
    }

    private RegistryException Failed(AuthChallenge challenge, string what) => new(
        RegistryFault.Refused,
        $"the token service {Display(challenge)} of {host.Name} {what}",
        "the registry is set up wrongly; tell its operators");

    private static string Display(AuthChallenge challenge) =>
        Uri.TryCreate(challenge["realm"], UriKind.Absolute, out Uri? realm)
            ? realm.GetLeftPart(UriPartial.Path)
            : $"'{challenge["realm"]?[..Math.Min(100, challenge["realm"]!.Length)]}'";
}
