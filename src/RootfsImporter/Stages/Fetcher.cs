using System.Runtime.CompilerServices;
using System.Threading.Channels;
using RootfsImporter.Net;
using RootfsImporter.Packages;

namespace RootfsImporter.Stages;

/// <summary>Brings the locked packages into the cache.</summary>
public sealed class Fetcher(
    Downloader downloader, IPackageFamily family, IReadOnlyList<Repository> repositories, int jobs)
{
    /// <summary>
    /// Yields each package as soon as its verified file is in the cache, in any order, while later ones download.
    /// The largest files are asked for first, because the last download decides when the stage ends.
    /// </summary>
    public async IAsyncEnumerable<FetchedPackage> FetchAsync(
        Lockfile lockfile, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Channel<FetchedPackage> fetched = Channel.CreateUnbounded<FetchedPackage>();
        Task fetching = FetchAllAsync(lockfile, fetched.Writer, stop.Token);
        try
        {
            await foreach (FetchedPackage package in fetched.Reader.ReadAllAsync(cancellationToken))
            {
                yield return package;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await fetching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FetchAllAsync(
        Lockfile lockfile, ChannelWriter<FetchedPackage> fetched, CancellationToken cancellationToken)
    {
        ParallelOptions options = new() { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };
        try
        {
            await Parallel.ForEachAsync(
                lockfile.Packages.OrderByDescending(p => p.Size), options, async (package, token) =>
                {
                    IReadOnlyList<Uri> mirrors = repositories
                        .First(r => r.Pocket.Archive == package.Archive && r.Pocket.Name == package.Pocket).Mirrors;
                    string file = await downloader.FetchAsync(
                        mirrors, [package.Path], family.IdentityOf(package), token);
                    await fetched.WriteAsync(new FetchedPackage(package, file), token);
                });
            fetched.Complete();
        }
        catch (Exception exception)
        {
            fetched.Complete(exception);
        }
    }
}
