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
        (IReadOnlyList<Repository> repositories, IReadOnlyList<PackageIndex> indexes) = await ProfileIndexes.ReadAsync(
            request.Profile, architecture, request.Mirrors, family, downloader, stages, cancellationToken);
        Digest key = BuildCache.KeyOf(request, architecture, repositories, indexes);
        BuiltImage? earlier = request.NoReuse ? null : cache.TryLoad(key);
        return new ImagePlan
        {
            Architecture = architecture,
            Repositories = repositories,
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
            request.WorkDirectory, PackageUnpacking.ExpectedBytes(lockfile), request.MayUseMemory);
        events.Report(new BuildEvent.Detail($"the tree is {(work.IsInMemory ? "in memory" : "on disk")}"));
        IInstallation installation = family.Install(work.Rootfs, profile, lockfile, installed: null);
        PackageUnpacking unpacking = new(family, downloader, plan.Repositories, request.Jobs);
        await unpacking.RunAsync(lockfile, installation, stages, events, cancellationToken);
        await stages.RunAsync(
            "configure",
            async () =>
            {
                await installation.ConfigureAsync(new NamespaceSandbox(work.Rootfs, work.Location, events), cancellationToken);
                return lockfile.Packages.Count;
            },
            count => $"{count} packages");
        SealedRootfs tree = await stages.RunAsync(
            "seal",
            () => Task.Run(() => Sealer.Seal(
                work.Rootfs, family.SealRules(profile, plan.Repositories), lockfile.SourceDateEpoch)),
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

    /// <summary>Stages are told apart by their architecture when there are several.</summary>
    private StageClock ClockOf(Architecture architecture) =>
        request.Architectures.Count > 1 ? clock.Of(architecture) : clock;
}
