using RootfsImporter.Net;
using RootfsImporter.Oci;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;

namespace RootfsImporter;

/// <summary>The stages of one architecture: from the profile to the choice of packages, and from that to the image.</summary>
internal sealed class ImageMaker(
    BuildRequest request, IPackageFamily family, Downloader downloader, BuildCache cache, StageClock clock,
    IProgress<BuildEvent> events)
{
    /// <summary>
    /// Gets the base, if the profile has one, then reads the signed indexes and chooses the packages, unless an earlier build
    /// did with the same ones. An image that adds no packages to its base needs no indexes, and so no network.
    /// </summary>
    public async Task<ImagePlan> PlanAsync(Architecture architecture, CancellationToken cancellationToken)
    {
        StageClock stages = ClockOf(architecture);
        OutsideEngine? engine = await OutsideEngine.FindAsync(request, family, cancellationToken);
        BaseImage? @base = request.Profile.Base is { } named
            ? await new BaseMaker(request, family, downloader, cache, stages, events)
                .MakeAsync(named, architecture, cancellationToken)
            : null;
        ProfileIndexes found = request.Profile.AddsPackages
            ? await ProfileIndexes.ReadAsync(
                request.Profile, architecture, request.Mirrors, family, downloader, stages, cancellationToken)
            : new ProfileIndexes([], []);
        engine?.Check(request, architecture, found.Repositories);
        Digest key = BuildCache.KeyOf(
            request, architecture, found.Repositories, found.Indexes, @base, engine?.Version);
        BuiltImage? earlier = request.NoReuse ? null : cache.TryLoad(key);
        return new ImagePlan
        {
            Architecture = architecture,
            Repositories = found.Repositories,
            Indexes = found.Indexes,
            Engine = engine,
            Key = key,
            Base = @base,
            Earlier = earlier,
            Lockfile = earlier?.Lockfile
                ?? Dated(await LockAsync(architecture, found.Indexes, @base, stages, cancellationToken)),
        };
    }

    /// <summary>Makes the image, or takes the earlier one.</summary>
    public async Task<ImageResult> MakeAsync(ImagePlan plan, CancellationToken cancellationToken)
    {
        BuiltImage built = plan.Earlier ?? await BuildAsync(plan, cancellationToken);
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

    private async Task<Lockfile> LockAsync(
        Architecture architecture, IReadOnlyList<PackageIndex> indexes, BaseImage? @base, StageClock stages,
        CancellationToken cancellationToken)
    {
        if (!request.Profile.AddsPackages)
        {
            return OnTopOf(@base, new Lockfile
            {
                Profile = request.Profile.Name,
                Variant = request.Profile.Variant,
                Architecture = architecture,
                SourceDateEpoch = 0,
                PhasedUpdates = request.Profile.Packages.PhasedUpdates,
                Indexes = [],
                Packages = [],
            });
        }

        Digest key = BuildCache.LockKeyOf(request, architecture, indexes, @base);
        return await stages.RunAsync(
            "resolve",
            async () => cache.TryLoadLock(key)
                ?? await ResolveAsync(key, architecture, indexes, @base, cancellationToken),
            locked => $"{locked.Packages.Count} packages");
    }

    private async Task<Lockfile> ResolveAsync(
        Digest key, Architecture architecture, IReadOnlyList<PackageIndex> indexes, BaseImage? @base,
        CancellationToken cancellationToken)
    {
        using BaseTree? tree = await BaseTree.ReadAsync(
            @base, request.Profile, family, request.WorkDirectory, cancellationToken);
        Lockfile lockfile = OnTopOf(@base, await Resolver.ResolveAsync(
            request.Profile, family, architecture, indexes, tree?.Installed, cancellationToken));
        cache.StoreLock(key, lockfile);
        return lockfile;
    }

    private Lockfile Dated(Lockfile lockfile) =>
        request.SourceDateEpoch is long epoch ? lockfile with { SourceDateEpoch = epoch } : lockfile;

    /// <summary>Nothing on top of a base is older than that.</summary>
    private static Lockfile OnTopOf(BaseImage? @base, Lockfile lockfile) => @base is null ? lockfile : lockfile with
    {
        Base = new LockedBase(@base.Name, @base.Image.Descriptor.Digest),
        SourceDateEpoch = Math.Max(lockfile.SourceDateEpoch, @base.Config.Created?.ToUnixTimeSeconds() ?? 0),
    };

    private async Task<BuiltImage> BuildAsync(ImagePlan plan, CancellationToken cancellationToken)
    {
        ImageSettings settings = plan.Base is null
            ? request.Profile.Image
            : SettingsMerge.Merge(SettingsMerge.Of(plan.Base.Config.Config), request.Profile.Image);
        LayerMaker maker = new(request, family, downloader, cache, ClockOf(plan.Architecture), events);
        MadeLayer made = await maker.MakeAsync(plan, settings, cancellationToken);
        return new BuiltImage(Assemble(plan, made.Layer, settings), made.Lockfile, made.Ledger);
    }

    private Image Assemble(ImagePlan plan, Layer? layer, ImageSettings settings)
    {
        DateTimeOffset created = DateTimeOffset.FromUnixTimeSeconds(plan.Lockfile.SourceDateEpoch);
        History own = new()
        {
            Created = created,
            CreatedBy = $"rootfs-importer build {request.Profile.Name}",
            EmptyLayer = layer is null ? true : null,
        };
        return ImageAssembler.Assemble(
            [.. plan.Base?.Image.Layers ?? [], .. layer is null ? (Layer[])[] : [layer]],
            [.. plan.Base?.History ?? [], own],
            settings,
            plan.Base?.Image.Platform ?? Platform.Of(plan.Architecture),
            created,
            plan.Base?.Image);
    }

    /// <summary>Stages are told apart by their architecture when there are several.</summary>
    private StageClock ClockOf(Architecture architecture) =>
        request.Architectures.Count > 1 ? clock.Of(architecture) : clock;
}
