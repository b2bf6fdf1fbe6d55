using System.Net;

namespace RootfsImporter.Net;

/// <summary>How a <see cref="Downloader"/> works.</summary>
public sealed record DownloadOptions
{
    /// <summary>Absolute path of the cache directory; made when absent.</summary>
    public required string CacheDirectory { get; init; }

    /// <summary>How many files are fetched or checked at once; at least 1.</summary>
    public int Jobs { get; init; } = 8;

    /// <summary>How many connections one host gets at most.</summary>
    public int MaxConnectionsPerHost { get; init; } = 6;

    /// <summary>
    /// The proxy for http and https mirrors, or null for none. The library reads no environment: a program that wants
    /// <c>http_proxy</c> and its like obeyed passes <see cref="System.Net.Http.HttpClient.DefaultProxy"/>.
    /// </summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>The waits before the second, third ... attempt at one address; empty: one attempt.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; init; } =
        [TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)];

    /// <summary>The longest wait that a server may ask for (Retry-After); one that asks for more is given up.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A transfer that brings no byte for this long has failed.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock for waits and progress.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
