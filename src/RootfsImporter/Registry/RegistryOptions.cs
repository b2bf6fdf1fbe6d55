using System.Net;

namespace RootfsImporter.Registry;

/// <summary>How registries are reached. Nothing here is a secret: credentials are read from files when they are needed.</summary>
public sealed record RegistryOptions
{
    /// <summary>
    /// Credential files in the order to look into them (containers-auth.json(5), Docker's config.json); what is not
    /// there is skipped.
    /// </summary>
    public IReadOnlyList<string> AuthFiles { get; init; } = [];

    /// <summary>The PATH in which credential helpers (<c>docker-credential-NAME</c>) are searched.</summary>
    public string SearchPath { get; init; } = "/usr/local/bin:/usr/bin:/bin";

    /// <summary>The environment that credential helpers get, complete.</summary>
    public IReadOnlyDictionary<string, string> HelperEnvironment { get; init; } = new Dictionary<string, string>();

    /// <summary>A file of PEM certificates that are trusted besides the system's own, or null.</summary>
    public string? CaFile { get; init; }

    /// <summary>Whether plain HTTP may be spoken to any registry; without it only on loopback.</summary>
    public bool MayUsePlainHttp { get; init; }

    /// <summary>The proxy, or null for none.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>How many blobs go at once; at least 1.</summary>
    public int Jobs { get; init; } = 4;
}
