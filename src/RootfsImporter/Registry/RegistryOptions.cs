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

    /// <summary>The waits before the second, third ... attempt at one request; empty: one attempt.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; init; } =
        [TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)];

    /// <summary>The longest wait that a registry may ask for (Retry-After); one that asks for more is given up.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A transfer that moves no byte for this long has failed, and so has a request without an answer.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The clock for waits and for the age of tokens.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
