using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Oci;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;
using RootfsImporter.Stages;

namespace RootfsImporter;

/// <summary>The stages of one architecture: from the profile to the choice of packages, and from that to the image.</summary>
internal sealed class ImageMaker(
    BuildRequest request, IPackageFamily family, Downloader downloader, BuildCache cache, StageClock clock,
    IProgress<BuildEvent> events)
{
    /// <summary>Reads the signed indexes and chooses the packages, unless an earlier build did with the same ones.</summary>
    public async Task<ImagePlan> PlanAsync(Architecture architecture, CancellationToken cancellationToken)
    {
        StageClock stages = ClockOf(architecture);
        OutsideEngine? engine = await OutsideEngine.FindAsync(request, family, cancellationToken);
        IReadOnlyDictionary<string, ArchiveMirrors> mirrors = await MirrorResolver.ResolveAsync(
            new MirrorRequest { Profile = request.Profile, Architecture = architecture, Mirrors = request.Mirrors },
            cancellationToken);
        IReadOnlyList<Repository> repositories = RepositoryPlan.Create(request.Profile, architecture, mirrors);
        engine?.Check(request, architecture, repositories);
        IReadOnlyList<PackageIndex> indexes = await stages.RunAsync(
            "indexes",
            async () => await Task.WhenAll(repositories.Select(repository => family.ReadIndexAsync(
                repository, architecture, downloader, cancellationToken))),
            found => $"{found.Length} signed indexes");

        Digest key = BuildCache.KeyOf(request, architecture, repositories, indexes, engine?.Version);
        BuiltImage? earlier = request.NoReuse ? null : cache.TryLoad(key);
        return new ImagePlan
        {
            Architecture = architecture,
            Repositories = repositories,
            Indexes = indexes,
            Engine = engine,
            Key = key,
            Earlier = earlier,
            Lockfile = earlier?.Lockfile ?? await stages.RunAsync(
                "resolve",
                () => ResolveAsync(architecture, indexes, cancellationToken),
                locked => $"{locked.Packages.Count} packages"),
        };
    }

    /// <summary>Makes the image, or takes the earlier one.</summary>
    public async Task<ImageResult> MakeAsync(ImagePlan plan, CancellationToken cancellationToken)
    {
        BuiltImage built = plan.Earlier ?? await BuildAsync(plan, ClockOf(plan.Architecture), cancellationToken);
        if (plan.Earlier is null)
        {
            cache.Store(plan.Key, built);
        }

        return new ImageResult
        {
            Image = built.Image,
            Lockfile = built.Lockfile,
            Ledger = built.Ledger,
            IsReused = plan.Earlier is not null,
        };
    }

    private async Task<Lockfile> ResolveAsync(
        Architecture architecture, IReadOnlyList<PackageIndex> indexes, CancellationToken cancellationToken)
    {
        Digest key = BuildCache.LockKeyOf(request, architecture, indexes);
        Lockfile? lockfile = cache.TryLoadLock(key);
        if (lockfile is null)
        {
            lockfile = await Resolver.ResolveAsync(request.Profile, family, architecture, indexes, installed: null, cancellationToken);
            cache.StoreLock(key, lockfile);
        }

        return request.SourceDateEpoch is long epoch ? lockfile with { SourceDateEpoch = epoch } : lockfile;
    }

    private async Task<BuiltImage> BuildAsync(ImagePlan plan, StageClock stages, CancellationToken cancellationToken)
    {
        Profile profile = request.Profile;
        Lockfile lockfile = plan.Lockfile;
        using WorkTree work = WorkTree.Create(
            request.WorkDirectory, ExpectedTreeBytes(lockfile), request.MayUseMemory);
        events.Report(new BuildEvent.Detail($"the tree is {(work.IsInMemory ? "in memory" : "on disk")}"));
        if (plan.Engine is { } engine)
        {
            Bootstrapper bootstrapper = new(engine, family, events);
            lockfile = await stages.RunAsync(
                "bootstrap",
                () => bootstrapper.BootstrapAsync(
                    work, OutsideEngine.Request(request, plan), lockfile, plan.Indexes, cancellationToken),
                locked => $"{locked.Packages.Count} packages by {engine.Version}");
        }
        else
        {
            await InstallAsync(plan, work, stages, cancellationToken);
        }

        SealedRootfs tree = await stages.RunAsync(
            "seal",
            () => Task.Run(() => Sealer.Seal(
                work.Rootfs, [.. plan.Engine?.Bootstrapper.SealRules ?? [], .. family.SealRules(profile, plan.Repositories)],
                lockfile.SourceDateEpoch)),
            sealedTree => $"{sealedTree.Entries.Count} entries");
        Layer layer = await stages.RunAsync(
            "pack",
            () => LayerPacker.PackAsync(tree, cache.LayerOptions(request.Compression, request.Jobs), cancellationToken),
            packed => $"{packed.Descriptor.Size / 1e6:f1} MB of {packed.UncompressedSize / 1e6:f1} MB");
        Image image = ImageAssembler.Assemble(
            layer, profile.Image, Platform.Of(plan.Architecture),
            DateTimeOffset.FromUnixTimeSeconds(lockfile.SourceDateEpoch), $"rootfs-importer build {profile.Name}");
        return new BuiltImage(image, lockfile, tree.Ledger);
    }

    private async Task InstallAsync(
        ImagePlan plan, WorkTree work, StageClock stages, CancellationToken cancellationToken)
    {
        Lockfile lockfile = plan.Lockfile;
        IInstallation installation = family.Install(work.Rootfs, request.Profile, lockfile, installed: null);
        LockedPackage[] absent = [.. lockfile.Packages.Where(p => !downloader.IsCached(family.IdentityOf(p)))];
        events.Report(new BuildEvent.DownloadPlanned(absent.Length, absent.Sum(p => p.Size)));
        Fetcher fetcher = new(downloader, family, plan.Repositories, request.Jobs);
        await stages.RunAsync(
            "unpack",
            async () =>
            {
                IAsyncEnumerable<FetchedPackage> packages = fetcher.FetchAsync(lockfile, cancellationToken);
                await Unpacker.UnpackAsync(packages, installation, request.Jobs, cancellationToken);
                return lockfile.Packages.Sum(p => p.Size);
            },
            bytes => $"{bytes / 1e6:f1} MB of packages");
        await stages.RunAsync(
            "configure",
            async () =>
            {
                await installation.ConfigureAsync(new NamespaceSandbox(work.Rootfs, work.Location, events), cancellationToken);
                return lockfile.Packages.Count;
            },
            count => $"{count} packages");
    }

    /// <summary>Stages are told apart by their architecture when there are several.</summary>
    private StageClock ClockOf(Architecture architecture) =>
        request.Architectures.Count > 1 ? clock.Of(architecture) : clock;

    /// <summary>Packages unpack to about four times their size; a little more for what configuring adds.</summary>
    private static long ExpectedTreeBytes(Lockfile lockfile) => 5 * lockfile.Packages.Sum(p => p.Size) + (64 << 20);
}
