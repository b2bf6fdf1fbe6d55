using System.Text;
using RootfsImporter.Net;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Net;

/// <summary>A downloader with an empty cache and two servers, impatient enough for tests.</summary>
internal sealed class DownloaderFixture : IDisposable
{
    public DownloaderFixture() => Downloader = NewDownloader();

    public TempDirectory Cache { get; } = new();

    public StaticServer First { get; } = new();

    public StaticServer Second { get; } = new();

    public RecordedEvents Events { get; } = new();

    public Downloader Downloader { get; }

    public IReadOnlyList<Uri> Mirrors => [First.Address, Second.Address];

    /// <summary>Content that is longer than any buffer on the way.</summary>
    public static byte[] Content { get; } =
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{i:x8}")));

    public Downloader NewDownloader() => new(
        new DownloadOptions
        {
            CacheDirectory = Cache.FullPath,
            RetryDelays = [TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)],
            StallTimeout = TimeSpan.FromMilliseconds(700),
            MaxRetryAfter = TimeSpan.FromSeconds(2),
        },
        Events);

    public string PathOf(Digest digest) => Cache[$"sha256/{digest.Hex[..2]}/{digest.Hex}"];

    public string PartialPathOf(Digest digest) => Cache[$"partial/{digest.Hex}.part"];

    public static FileIdentity Identity(ReadOnlySpan<byte> content) =>
        new FileIdentity.Sha256 { Digest = Digest.Of(content), Size = content.Length };

    public Task<string> FetchAsync(params string[] paths) => Downloader.FetchAsync(
        Mirrors, paths, Identity(Content), TestContext.Current.CancellationToken);

    public Task<byte[]?> GetAsync(string path, long maxBytes = 1000) =>
        Downloader.GetDocumentAsync(Mirrors, path, maxBytes, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        Downloader.Dispose();
        First.Dispose();
        Second.Dispose();
        Cache.Dispose();
    }
}
