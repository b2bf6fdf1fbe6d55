using System.Text.Json;
using System.Text.Json.Serialization;

namespace RootfsImporter.Registry;

/// <summary>The body of a failed request (distribution-spec, "Error Codes").</summary>
internal sealed record RegistryErrorBody
{
    private const int MaxShownErrors = 3;
    private const int MaxShownCharacters = 300;

    public IReadOnlyList<RegistryError>? Errors { get; init; }

    /// <summary>Reads a body; one that is no such document has no errors.</summary>
    public static RegistryErrorBody Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, RegistryJsonContext.Default.RegistryErrorBody) ?? new();
        }
        catch (JsonException)
        {
            return new();
        }
    }

    /// <summary>Whether one of the errors has this code.</summary>
    public bool Has(string code) => Errors?.Any(error => error?.Code == code) is true;

    /// <summary>The first errors as one short line without control characters; empty when there is none.</summary>
    public override string ToString()
    {
        string text = string.Join("; ", (Errors ?? []).OfType<RegistryError>().Take(MaxShownErrors)
            .Select(error => string.Join(": ", new[] { error.Code, error.Message }.Where(part => part is { Length: > 0 }))));
        string shown = new([.. text.Select(c => char.IsControl(c) ? ' ' : c).Take(MaxShownCharacters)]);
        return shown.Trim();
    }
}

/// <summary>One error of it. What <c>detail</c> holds is anybody's guess.</summary>
internal sealed record RegistryError
{
    public string? Code { get; init; }

    public string? Message { get; init; }
}

/// <summary>The answer of a token service (distribution, token.md, "Token Response Fields").</summary>
internal sealed record TokenAnswer
{
    public string? Token { get; init; }

    [JsonPropertyName("access_token")]
    public string? AccessToken { get; init; }

    /// <summary>Seconds; 60 when absent.</summary>
    [JsonPropertyName("expires_in")]
    public double? ExpiresIn { get; init; }
}

/// <summary>The answer of a credential helper to <c>get</c>.</summary>
internal sealed record HelperAnswer
{
    [JsonPropertyName("Username")]
    public string? Username { get; init; }

    [JsonPropertyName("Secret")]
    public string? Secret { get; init; }
}

/// <summary>A credential file: containers-auth.json(5), or Docker's config.json, of which it is a part.</summary>
internal sealed record AuthFile
{
    public IReadOnlyDictionary<string, AuthEntry?>? Auths { get; init; }

    [JsonPropertyName("credHelpers")]
    public IReadOnlyDictionary<string, string?>? CredentialHelpers { get; init; }

    [JsonPropertyName("credsStore")]
    public string? CredentialStore { get; init; }
}

/// <summary>What a credential file has for one registry or namespace.</summary>
internal sealed record AuthEntry
{
    /// <summary>Base64 of <c>USER:PASSWORD</c>.</summary>
    public string? Auth { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    [JsonPropertyName("identitytoken")]
    public string? IdentityToken { get; init; }

    [JsonPropertyName("registrytoken")]
    public string? RegistryToken { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RegistryErrorBody))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(HelperAnswer))]
[JsonSerializable(typeof(AuthFile))]
internal sealed partial class RegistryJsonContext : JsonSerializerContext;
