namespace RootfsImporter.Registry;

/// <summary>What one proves to a registry who one is with. Its text form holds no secret.</summary>
internal abstract record Credential
{
    private Credential(string origin) => Origin = origin;

    /// <summary>Where it was found, for people: a file, or a helper and the file that names it.</summary>
    public string Origin { get; }

    /// <summary>What must never be shown.</summary>
    public abstract string Secret { get; }

    /// <summary>A user and a password.</summary>
    public sealed record Password(string User, string Value, string From) : Credential(From)
    {
        public override string Secret => Value;
    }

    /// <summary>An OAuth 2 refresh token: the token service gives an access token for it.</summary>
    public sealed record IdentityToken(string Value, string From) : Credential(From)
    {
        public override string Secret => Value;
    }

    /// <summary>A bearer token that the registry takes as it is.</summary>
    public sealed record RegistryToken(string Value, string From) : Credential(From)
    {
        public override string Secret => Value;
    }

    public sealed override string ToString() => $"the credential of {Origin}";
}

/// <summary>The outcome of a search for a credential.</summary>
/// <param name="Found">The credential, or null.</param>
/// <param name="Notes">What stood in the way, for people: a helper that is not installed.</param>
internal sealed record CredentialSearch(Credential? Found, IReadOnlyList<string> Notes);
