using System.Collections.Concurrent;

namespace RootfsImporter.Net;

/// <summary>
/// Fetches files from lists of mirrors into a cache that is addressed by what they are. One instance serves a build; it is
/// thread safe. Mirrors are tried in order; one that cannot be reached is skipped with a warning and comes last from
/// then on. Temporary failures are tried again at the same mirror.
/// </summary>
public sealed class Downloader : IDisposable
{
    private readonly DownloadOptions _options;
    private readonly IProgress<BuildEvent> _events;
    private readonly MirrorClient _client;
    private readonly PackageCache _cache;
    private readonly SemaphoreSlim _slots;
    private readonly ConcurrentDictionary<Uri, bool> _unreachable = [];

    /// <summary>Makes one; nothing is touched before the first fetch.</summary>
    public Downloader(DownloadOptions options, IProgress<BuildEvent> events)
    {
        _options = options;
        _events = events;
        _client = new MirrorClient(options);
        _cache = new PackageCache(options.CacheDirectory, events);
        _slots = new SemaphoreSlim(options.Jobs);
    }

    /// <summary>
    /// Fetches a small document whose digest is not known (InRelease, Release, Release.gpg, an APKINDEX), whole.
    /// Null when every mirror that answers says that there is none (404, 410). Throws <see cref="FetchException"/>,
    /// and <see cref="VerificationException"/> for one longer than <paramref name="maxBytes"/>.
    /// </summary>
    public async Task<byte[]?> GetDocumentAsync(
        IReadOnlyList<Uri> mirrors, string path, long maxBytes, CancellationToken cancellationToken)
    {
        MirrorFailures failures = new(path);
        foreach (Uri mirror in InOrder(mirrors))
        {
            try
            {
                return await RetryAsync(
                    token => ReadDocumentAsync(MirrorAddress.Combine(mirror, path), maxBytes, token),
                    mirror, cancellationToken);
            }
            catch (TransferException e)
            {
                NoteFailure(failures, mirror, e, mirrors.Count);
            }
        }

        return failures.IsMissing ? null : throw failures.ToException(expected: null);
    }

    /// <summary>
    /// Whether a file of known identity is in the cache already, by its name and size alone: for the planning of
    /// downloads. Fetching checks its content.
    /// </summary>
    public bool IsCached(FileIdentity identity)
    {
        FileInfo file = new(_cache.PathOf(identity));
        return file.Exists && file.Length == identity.Size;
    }

    /// <summary>
    /// Makes a file of known identity present in the cache, and returns its absolute path. Tries
    /// <paramref name="paths"/> in order on each mirror (by-hash first, then the plain name). Resumes partial files,
    /// shares the cache with concurrent builds, and hashes a file that was cached before once more. Throws
    /// <see cref="FetchException"/> when no mirror has it, <see cref="VerificationException"/> when what they have is
    /// not it, and <see cref="HostException"/> when the cache cannot hold it.
    /// </summary>
    public async Task<string> FetchAsync(
        IReadOnlyList<Uri> mirrors, IReadOnlyList<string> paths, FileIdentity identity,
        CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            if (await _cache.FindAsync(identity, cancellationToken) is string cached)
            {
                return cached;
            }

            await using PartialFile partial = await _cache.LockAsync(identity, cancellationToken);
            return await _cache.FindAsync(identity, cancellationToken)
                ?? await FetchAsync(mirrors, new WantedFile(paths, identity), partial, cancellationToken);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _slots.Dispose();
    }

    private async Task<string> FetchAsync(
        IReadOnlyList<Uri> mirrors, WantedFile wanted, PartialFile partial, CancellationToken cancellationToken)
    {
        await partial.ResumeAsync(wanted.Size, cancellationToken);
        FileTransfer transfer = new(_client, wanted, partial, _events, _options.TimeProvider);
        MirrorFailures failures = new(wanted.Name);
        foreach (Uri mirror in InOrder(mirrors))
        {
            foreach (string path in wanted.Paths)
            {
                try
                {
                    return await FetchAsync(mirror, path, transfer, cancellationToken);
                }
                catch (TransferException e)
                {
                    NoteFailure(failures, mirror, e, mirrors.Count);
                    if (e.Fault is TransferFault.Temporary or TransferFault.Permanent)
                    {
                        break;
                    }
                }
            }
        }

        throw failures.ToException(wanted);
    }

    /// <summary>
    /// One address. A file put together from several transfers may be wrong because an earlier one was, so it gets one
    /// more try from scratch.
    /// </summary>
    private async Task<string> FetchAsync(
        Uri mirror, string path, FileTransfer transfer, CancellationToken cancellationToken)
    {
        Uri address = MirrorAddress.Combine(mirror, path);
        try
        {
            return await RetryAsync(token => transfer.RunAsync(address, token), mirror, cancellationToken);
        }
        catch (TransferException e) when (e.Fault == TransferFault.WrongContent && transfer.WasPieced)
        {
            return await RetryAsync(token => transfer.RunAsync(address, token), mirror, cancellationToken);
        }
    }

    private async Task<byte[]> ReadDocumentAsync(Uri address, long maxBytes, CancellationToken cancellationToken)
    {
        await using MirrorResponse response = await _client.OpenAsync(address, 0, cancellationToken);
        TransferException TooLong() => new(TransferFault.WrongContent, $"it is longer than {maxBytes} bytes");
        if (response.Length > maxBytes)
        {
            throw TooLong();
        }

        using MemoryStream document = new();
        byte[] buffer = new byte[64 * 1024];
        int count;
        while ((count = await response.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (document.Length + count > maxBytes)
            {
                throw TooLong();
            }

            document.Write(buffer, 0, count);
        }

        return document.ToArray();
    }

    private async Task<T> RetryAsync<T>(
        Func<CancellationToken, Task<T>> attempt, Uri mirror, CancellationToken cancellationToken)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                return await attempt(cancellationToken);
            }
            catch (TransferException e) when (
                e.Fault == TransferFault.Temporary && i < _options.RetryDelays.Count
                && !(e.RetryAfter > _options.MaxRetryAfter))
            {
                TimeSpan delay = e.RetryAfter > _options.RetryDelays[i] ? e.RetryAfter.Value : _options.RetryDelays[i];
                _events.Report(new BuildEvent.Detail(
                    $"{MirrorAddress.Display(mirror)}: {e.Message}; trying again in {delay.TotalSeconds:0.#} s"));
                await Task.Delay(delay, _options.TimeProvider, cancellationToken);
            }
        }
    }

    private IEnumerable<Uri> InOrder(IReadOnlyList<Uri> mirrors) => mirrors.Count == 0
        ? throw new ArgumentException("no mirror to fetch from", nameof(mirrors))
        : mirrors.OrderBy(_unreachable.ContainsKey);

    private void NoteFailure(MirrorFailures failures, Uri mirror, TransferException e, int mirrorCount)
    {
        failures.Add(mirror, e);
        bool isNew = e.Fault is TransferFault.Temporary or TransferFault.Permanent
            ? _unreachable.TryAdd(mirror, true)
            : e.Fault == TransferFault.WrongContent;
        if (isNew && mirrorCount > 1)
        {
            _events.Report(new BuildEvent.Warning(
                $"skipping the mirror {MirrorAddress.Display(mirror)} for {failures.Name}: {e.Message}"));
        }
    }
}
