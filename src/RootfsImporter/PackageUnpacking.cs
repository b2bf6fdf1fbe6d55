using RootfsImporter.Net;
using RootfsImporter.Packages;
using RootfsImporter.Stages;

namespace RootfsImporter;

/// <summary>The stage between a choice of packages and their files in a root.</summary>
internal sealed class PackageUnpacking(
    IPackageFamily family, Downloader downloader, IReadOnlyList<Repository> repositories, int jobs)
{
    /// <summary>Packages unpack to about four times their size; a little more for what configuring adds.</summary>
    public static long ExpectedBytes(Lockfile lockfile) => 5 * lockfile.Packages.Sum(p => p.Size) + (64 << 20);

    /// <summary>Fetches all packages and unpacks each as soon as it is there.</summary>
    public async Task RunAsync(
        Lockfile lockfile, IInstallation installation, StageClock stages, IProgress<BuildEvent> events,
        CancellationToken cancellationToken)
    {
        LockedPackage[] absent = [.. lockfile.Packages.Where(p => !downloader.IsCached(family.IdentityOf(p)))];
        events.Report(new BuildEvent.DownloadPlanned(absent.Length, absent.Sum(p => p.Size)));
        Fetcher fetcher = new(downloader, family, repositories, jobs);
        await stages.RunAsync(
            "unpack",
            async () =>
            {
                IAsyncEnumerable<FetchedPackage> packages = fetcher.FetchAsync(lockfile, cancellationToken);
                await Unpacker.UnpackAsync(packages, installation, jobs, cancellationToken);
                return lockfile.Packages.Sum(p => p.Size);
            },
            bytes => $"{bytes / 1e6:f1} MB of packages");
    }
}
