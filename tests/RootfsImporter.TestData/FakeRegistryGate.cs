using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace RootfsImporter.TestData;

/// <summary>Who may do what in a <see cref="FakeRegistry"/>; also its token service.</summary>
public sealed class FakeRegistryGate(FakeRegistryAuth auth, Uri root)
{
    private readonly ConcurrentDictionary<string, string> _scopes = new(StringComparer.Ordinal);

    /// <summary>Where tokens are said to be given.</summary>
    public Uri Realm { get; set; } = new(root, "token");

    /// <summary>Whether those without credentials get tokens for pulling.</summary>
    public bool AllowsAnonymousPull { get; set; }

    /// <summary>What the token service answers in <c>expires_in</c>.</summary>
    public int ExpiresIn { get; set; } = 300;

    /// <summary>The header that a user with the right password sends.</summary>
    public static string BasicHeader { get; } = "Basic " + Convert.ToBase64String(
        Encoding.UTF8.GetBytes($"{FakeRegistry.User}:{FakeRegistry.Password}"));

    /// <summary>Forgets the tokens that were given.</summary>
    public void RevokeTokens() => _scopes.Clear();

    /// <summary>An answer that is not the store's: a refusal, or a token. Null lets the request through.</summary>
    internal FakeRegistryAnswer? Refuse(FakeRegistryRequest request, byte[] body)
    {
        if (auth == FakeRegistryAuth.Bearer && request.Path == "/token")
        {
            return GiveToken(request, Encoding.UTF8.GetString(body));
        }

        bool isAllowed = auth switch
        {
            FakeRegistryAuth.None => true,
            FakeRegistryAuth.Basic => request.Authorization == BasicHeader,
            _ => IsCovered(request),
        };
        return isAllowed ? null : new FakeRegistryAnswer(401, ("WWW-Authenticate", Challenge))
        {
            // As some do: what was sent comes back.
            Body = Encoding.UTF8.GetBytes(
                $$"""{"errors":[{"code":"UNAUTHORIZED","message":"authentication required, not '{{request.Authorization}}'"}]}"""),
        };
    }

    private string Challenge => auth == FakeRegistryAuth.Basic
        ? "Basic realm=\"a \\\"fake\\\" registry\""
        : $"Bearer realm=\"{Realm}\",service=\"fake\"";

    private bool IsCovered(FakeRegistryRequest request)
    {
        if (request.Authorization?.Split(' ', 2) is not ["Bearer", var token]
            || !_scopes.TryGetValue(token, out string? scopes))
        {
            return false;
        }

        string name = FakeRegistryStore.RepositoryOf(request.Path);
        string action = request.Method is "GET" or "HEAD" && !request.Path.Contains("/uploads/", StringComparison.Ordinal)
            ? "pull" : "push";
        bool Has(string repository, string wanted) => scopes.Split(' ').Any(scope =>
            scope.Split(':') is ["repository", var other, var actions]
            && other == repository && actions.Split(',').Contains(wanted));
        return name.Length == 0
            || (Has(name, action) && (request.Query("from") is not { } from || Has(from, "pull")));
    }

    private FakeRegistryAnswer GiveToken(FakeRegistryRequest request, string form)
    {
        bool isRefresh = request.Method == "POST";
        bool isKnown = isRefresh
            ? form.Contains($"refresh_token={FakeRegistry.IdentityToken}", StringComparison.Ordinal)
            : request.Authorization == BasicHeader;
        bool isAnonymous = !isRefresh && request.Authorization is null && AllowsAnonymousPull;
        if (!isKnown && !isAnonymous)
        {
            return new FakeRegistryAnswer(401)
            {
                Body = Encoding.UTF8.GetBytes(
                    $$"""{"errors":[{"code":"UNAUTHORIZED","message":"wrong: {{request.Authorization}} {{form}}"}]}"""),
            };
        }

        string scopes = isRefresh
            ? Uri.UnescapeDataString(form.Split('&').First(pair => pair.StartsWith("scope=", StringComparison.Ordinal))[6..])
                .Replace('+', ' ')
            : request.Query("scope") ?? "";
        string token = string.Create(CultureInfo.InvariantCulture, $"t0ken-{_scopes.Count + 1}");
        _scopes[token] = isAnonymous ? scopes.Replace(",push", "", StringComparison.Ordinal) : scopes;
        return new FakeRegistryAnswer(200, ("Content-Type", "application/json"))
        {
            Body = Encoding.UTF8.GetBytes($$"""{"{{(isRefresh ? "access_token" : "token")}}":"{{token}}","expires_in":{{ExpiresIn}}}"""),
        };
    }
}
