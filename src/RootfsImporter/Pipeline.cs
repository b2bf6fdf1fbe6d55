using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Oci;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;
using RootfsImporter.Stages;
using RootfsImporter.Targets;

namespace RootfsImporter;

/// <summary>The stages in order: a build from request to result.</summary>
public static class Pipeline
{
    /// <summary>
    /// Runs a build. Throws a <see cref="RootfsImporterException"/> for what a user can mend; on failure or
    /// cancellation no mount, process or temporary file is left, and targets hold what they held before.
    /// </summary>
    public static async Task<BuildResult> BuildAsync(
        BuildRequest request, IProgress<BuildEvent> events, CancellationToken cancellationToken)
    {
        Profile profile = request.Profile;
        IPackageFamily family = PackageFamilies.Create(profile.Family, events);
        StageClock clock = new(events);
        foreach (ITarget target in request.Targets)
        {
            await target.CheckAsync(cancellationToken);
        }

        if (profile.Packages.Scripts == PackageScripts.Run)
        {
            Emulation.Require(request.Architecture);
        }

        BuildCache cache = new(request.CacheDirectory);
        using Downloader downloader = new(
            new DownloadOptions { CacheDirectory = request.CacheDirectory, Proxy = request.Proxy }, events);
        IReadOnlyDictionary<string, ArchiveMirrors> mirrors = await MirrorResolver.ResolveAsync(
            new MirrorRequest
            {
                Profile = profile,
                Architecture = request.Architecture,
                Mirrors = request.Mirrors,
            },
            cancellationToken);
        IReadOnlyList<Repository> repositories = RepositoryPlan.Create(profile, request.Architecture, mirrors);
        IReadOnlyList<PackageIndex> indexes = await clock.RunAsync(
            "indexes",
            async () => await Task.WhenAll(repositories.Select(repository => family.ReadIndexAsync(
                repository, request.Architecture, downloader, cancellationToken))),
            found => $"{found.Length} signed indexes");

        Digest key = BuildCache.KeyOf(request, repositories, indexes);
        BuiltImage? earlier = request.NoReuse ? null : cache.TryLoad(key);
        BuiltImage built = earlier
            ?? await MakeAsync(request, family, repositories, indexes, downloader, cache, clock, events, cancellationToken);
        if (earlier is null)
        {
            cache.Store(key, built);
        }

        IReadOnlyList<Delivery> deliveries = await clock.RunAsync(
            "deliver",
            async () => await DeliverAsync(request.Targets, built.Image, cancellationToken),
            done => string.Join(", ", done.Select(d => d.Target)));
        return new BuildResult
        {
            Image = built.Image,
            Lockfile = built.Lockfile,
            Ledger = built.Ledger,
            Deliveries = deliveries,
            Stages = clock.Times,
            IsReused = earlier is not null,
        };
    }

    private static async Task<BuiltImage> MakeAsync(
        BuildRequest request, IPackageFamily family, IReadOnlyList<Repository> repositories,
        IReadOnlyList<PackageIndex> indexes, Downloader downloader, BuildCache cache, StageClock clock,
        IProgress<BuildEvent> events, CancellationToken cancellationToken)
    {
        Profile profile = request.Profile;
        Lockfile lockfile = await clock.RunAsync(
            "resolve",
            () => ResolveAsync(request, family, indexes, cache, cancellationToken),
            locked => $"{locked.Packages.Count} packages");
        if (request.SourceDateEpoch is long epoch)
        {
            lockfile = lockfile with { SourceDateEpoch = epoch };
        }

        using WorkTree work = WorkTree.Create(
            request.WorkDirectory, ExpectedTreeBytes(lockfile), request.MayUseMemory);
        events.Report(new BuildEvent.Detail($"the tree is {(work.IsInMemory ? "in memory" : "on disk")}"));
        IInstallation installation = family.Install(work.Rootfs, profile, lockfile);
        LockedPackage[] absent = [.. lockfile.Packages.Where(p => !downloader.IsCached(family.IdentityOf(p)))];
        events.Report(new BuildEvent.DownloadPlanned(absent.Length, absent.Sum(p => p.Size)));
        Fetcher fetcher = new(downloader, family, repositories, request.Jobs);
        await clock.RunAsync(
            "unpack",
            async () =>
            {
                IAsyncEnumerable<FetchedPackage> packages = fetcher.FetchAsync(lockfile, cancellationToken);
                await Unpacker.UnpackAsync(packages, installation, request.Jobs, cancellationToken);
                return lockfile.Packages.Sum(p => p.Size);
            },
            bytes => $"{bytes / 1e6:f1} MB of packages");
        await clock.RunAsync(
            "configure",
            async () =>
            {
                await installation.ConfigureAsync(new NamespaceSandbox(work.Rootfs, work.Location, events), cancellationToken);
                return lockfile.Packages.Count;
            },
            count => $"{count} packages");
        SealedRootfs tree = await clock.RunAsync(
            "seal",
            () => Task.Run(() => Sealer.Seal(
                work.Rootfs, family.SealRules(profile, repositories), lockfile.SourceDateEpoch)),
            sealedTree => $"{sealedTree.Entries.Count} entries");
        Layer layer = await clock.RunAsync(
            "pack",
            () => LayerPacker.PackAsync(
                tree,
                new LayerOptions
                {
                    Compression = request.Compression,
                    Jobs = request.Jobs,
                    OutputDirectory = cache.LayersDirectory,
                    ChunkCacheDirectory = cache.ChunksDirectory,
                },
                cancellationToken),
            packed => $"{packed.Descriptor.Size / 1e6:f1} MB of {packed.UncompressedSize / 1e6:f1} MB");
        Image image = ImageAssembler.Assemble(
            layer, profile.Image, Platform.Of(request.Architecture),
            DateTimeOffset.FromUnixTimeSeconds(lockfile.SourceDateEpoch), $"rootfs-importer build {profile.Name}");
        return new BuiltImage(image, lockfile, tree.Ledger);
    }

    private static async Task<Lockfile> ResolveAsync(
        BuildRequest request, IPackageFamily family, IReadOnlyList<PackageIndex> indexes, BuildCache cache,
        CancellationToken cancellationToken)
    {
        Digest key = BuildCache.LockKeyOf(request, indexes);
        if (cache.TryLoadLock(key) is Lockfile earlier)
        {
            return earlier;
        }

        Lockfile lockfile = await Resolver.ResolveAsync(
            request.Profile, family, request.Architecture, indexes, cancellationToken);
        cache.StoreLock(key, lockfile);
        return lockfile;
    }

    /// <summary>Packages unpack to about four times their size; a little more for what configuring adds.</summary>
    private static long ExpectedTreeBytes(Lockfile lockfile) => 5 * lockfile.Packages.Sum(p => p.Size) + (64 << 20);

    private static async Task<IReadOnlyList<Delivery>> DeliverAsync(
        IReadOnlyList<ITarget> targets, Image image, CancellationToken cancellationToken)
    {
        List<Delivery> deliveries = [];
        foreach (ITarget target in targets)
        {
            deliveries.Add(await target.DeliverAsync(ImageSet.Of(image), cancellationToken));
        }

        return deliveries;
    }
}
