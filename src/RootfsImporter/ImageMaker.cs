using RootfsImporter.Archives;
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
    /// <summary>
    /// Gets the base, if the profile has one, then reads the signed indexes and chooses the packages, unless an earlier build
    /// did with the same ones.
    /// </summary>
    public async Task<ImagePlan> PlanAsync(Architecture architecture, CancellationToken cancellationToken)
    {
        StageClock stages = ClockOf(architecture);
        BaseImage? @base = request.Profile.Base is { } named
            ? await new BaseMaker(request, family, downloader, cache, stages, events)
                .MakeAsync(named, architecture, cancellationToken)
            : null;
        IReadOnlyDictionary<string, ArchiveMirrors> mirrors = await MirrorResolver.ResolveAsync(
            new MirrorRequest { Profile = request.Profile, Architecture = architecture, Mirrors = request.Mirrors },
            cancellationToken);
        IReadOnlyList<Repository> repositories = RepositoryPlan.Create(request.Profile, architecture, mirrors);
        IReadOnlyList<PackageIndex> indexes = !NeedsIndexes ? [] : await stages.RunAsync(
            "indexes",
            async () => await Task.WhenAll(repositories.Select(repository => family.ReadIndexAsync(
                repository, architecture, downloader, cancellationToken))),
            found => $"{found.Length} signed indexes");

        Digest key = BuildCache.KeyOf(request, architecture, repositories, indexes, @base);
        BuiltImage? earlier = request.NoReuse ? null : cache.TryLoad(key);
        return new ImagePlan
        {
            Architecture = architecture,
            Repositories = repositories,
            Key = key,
            Base = @base,
            Earlier = earlier,
            Lockfile = earlier?.Lockfile ?? (!NeedsIndexes ? LockOf(@base!, architecture) : await stages.RunAsync(
                "resolve",
                () => ResolveAsync(architecture, indexes, @base, cancellationToken),
                locked => $"{locked.Packages.Count} packages")),
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
        Architecture architecture, IReadOnlyList<PackageIndex> indexes, BaseImage? @base,
        CancellationToken cancellationToken)
    {
        Digest key = BuildCache.LockKeyOf(request, architecture, indexes, @base);
        Lockfile? lockfile = cache.TryLoadLock(key);
        if (lockfile is null)
        {
            using SpooledTree? baseTree = await ReadAsync(@base, cancellationToken);
            lockfile = await Resolver.ResolveAsync(
                request.Profile, family, architecture, indexes, ReadInstalled(@base, baseTree), cancellationToken);
            lockfile = @base is null ? lockfile : OnTopOf(@base, lockfile);
            cache.StoreLock(key, lockfile);
        }

        return Dated(lockfile);
    }

    /// <summary>The lock of an image to which no packages are added.</summary>
    private Lockfile LockOf(BaseImage @base, Architecture architecture) => Dated(OnTopOf(@base, new Lockfile
    {
        Profile = request.Profile.Name,
        Variant = request.Profile.Variant,
        Architecture = architecture,
        SourceDateEpoch = 0,
        PhasedUpdates = request.Profile.Packages.PhasedUpdates,
        Indexes = [],
        Packages = [],
    }));

    private Lockfile Dated(Lockfile lockfile) =>
        request.SourceDateEpoch is long epoch ? lockfile with { SourceDateEpoch = epoch } : lockfile;

    private async Task<BuiltImage> BuildAsync(ImagePlan plan, StageClock stages, CancellationToken cancellationToken)
    {
        Profile profile = request.Profile;
        Lockfile lockfile = plan.Lockfile;
        using WorkTree work = WorkTree.Create(request.WorkDirectory, ExpectedTreeBytes(plan), request.MayUseMemory);
        events.Report(new BuildEvent.Detail($"the tree is {(work.IsInMemory ? "in memory" : "on disk")}"));
        using SpooledTree? baseTree = plan.Base is null
            ? null
            : await stages.RunAsync(
                "base", () => LayAsync(plan.Base, work.Rootfs, cancellationToken),
                tree => $"{tree.Tree.Entries.Count} entries of {plan.Base.Name}");
        IInstallation installation = family.Install(
            work.Rootfs, profile, lockfile, ReadInstalled(plan.Base, baseTree));
        NamespaceSandbox sandbox = new(work.Rootfs, work.Location, events);
        if (lockfile.Packages.Count > 0)
        {
            await InstallAsync(plan, installation, sandbox, stages, cancellationToken);
        }

        ImageSettings settings = SettingsOf(plan.Base);
        await FinishAsync(work.Rootfs, installation, lockfile, settings, sandbox, stages, cancellationToken);
        RootTree tree = new(work.Rootfs.ReadTree());
        SealedRootfs result = await stages.RunAsync(
            "seal",
            () => Task.Run(() => Sealer.Seal(
                tree.Entries, work.Rootfs.PackagedTime, family.SealRules(profile, plan.Repositories),
                lockfile.SourceDateEpoch)),
            sealedTree => $"{sealedTree.Entries.Count} entries");
        if (baseTree is not null)
        {
            result = result with { Entries = LayerDiff.Of(baseTree.Tree, tree, result, lockfile.SourceDateEpoch) };
        }

        Layer? layer = plan.Base is not null && result.Entries.Count == 0
            ? null
            : await stages.RunAsync(
                "pack",
                () => LayerPacker.PackAsync(result, cache.LayerOptions(request.Compression, request.Jobs), cancellationToken),
                packed => $"{packed.Descriptor.Size / 1e6:f1} MB of {packed.UncompressedSize / 1e6:f1} MB");
        return new BuiltImage(Assemble(plan, layer, settings), lockfile, result.Ledger);
    }

    private async Task InstallAsync(
        ImagePlan plan, IInstallation installation, ISandbox sandbox, StageClock stages,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<LockedPackage> packages = plan.Lockfile.Packages;
        LockedPackage[] absent = [.. packages.Where(p => !downloader.IsCached(family.IdentityOf(p)))];
        events.Report(new BuildEvent.DownloadPlanned(absent.Length, absent.Sum(p => p.Size)));
        Fetcher fetcher = new(downloader, family, plan.Repositories, request.Jobs);
        await stages.RunAsync(
            "unpack",
            async () =>
            {
                await Unpacker.UnpackAsync(
                    fetcher.FetchAsync(plan.Lockfile, cancellationToken), installation, request.Jobs, cancellationToken);
                return packages.Sum(p => p.Size);
            },
            bytes => $"{bytes / 1e6:f1} MB of packages");
        await stages.RunAsync(
            "configure",
            async () =>
            {
                await installation.ConfigureAsync(sandbox, cancellationToken);
                return packages.Count;
            },
            count => $"{count} packages");
    }

    /// <summary>What the profile does once the packages are there: files, commands, removals.</summary>
    private async Task FinishAsync(
        Rootfs rootfs, IInstallation installation, Lockfile lockfile, ImageSettings settings, ISandbox sandbox,
        StageClock stages, CancellationToken cancellationToken)
    {
        Profile profile = request.Profile;
        if (profile.Files.Count > 0)
        {
            await stages.RunAsync(
                "files",
                () => Task.Run(() => FileCopier.Copy(profile.Files, rootfs, lockfile.SourceDateEpoch), cancellationToken),
                count => $"{count} copied");
        }

        if (profile.Run.Count > 0)
        {
            await stages.RunAsync(
                "run",
                () => CommandRunner.RunAsync(
                    profile.Run, settings.Env, rootfs, sandbox, lockfile.SourceDateEpoch, cancellationToken),
                count => $"{count} commands");
        }

        string[] names =
            [.. lockfile.Packages.Where(p => p.IsBuildOnly).Select(p => p.Name).Union(profile.Remove.Packages)];
        if (names.Length > 0)
        {
            await stages.RunAsync(
                "remove",
                async () =>
                {
                    await installation.RemoveAsync(names, sandbox, cancellationToken);
                    return names.Length;
                },
                count => $"{count} packages");
        }

        foreach (string path in PathRemover.Remove(profile.Remove.Paths, rootfs))
        {
            events.Report(new BuildEvent.Warning($"{profile.Name} removes {path}, which is not there"));
        }
    }

    private Image Assemble(ImagePlan plan, Layer? layer, ImageSettings settings)
    {
        DateTimeOffset created = DateTimeOffset.FromUnixTimeSeconds(plan.Lockfile.SourceDateEpoch);
        string createdBy = $"rootfs-importer build {request.Profile.Name}";
        if (plan.Base is null)
        {
            return ImageAssembler.Assemble(layer!, settings, Platform.Of(plan.Architecture), created, createdBy);
        }

        History own = new() { Created = created, CreatedBy = createdBy, EmptyLayer = layer is null ? true : null };
        return ImageAssembler.Assemble(
            layer is null ? plan.Base.Image.Layers : [.. plan.Base.Image.Layers, layer],
            [.. HistoryOf(plan.Base.Image), own],
            settings,
            plan.Base.Image.Platform,
            created,
            plan.Base.Image);
    }

    /// <summary>A history that tells of each layer: the image's own, unless it does not.</summary>
    private static IReadOnlyList<History> HistoryOf(Image image)
    {
        IReadOnlyList<History> own = ImageConfig.Parse(image.Config.Span).History ?? [];
        return own.Count(entry => entry.EmptyLayer is not true) == image.Layers.Count
            ? own
            : [.. image.Layers.Select(_ => new History { Comment = "a layer of the base" })];
    }

    private ImageSettings SettingsOf(BaseImage? @base) => @base is null
        ? request.Profile.Image
        : SettingsMerge.Merge(
            SettingsMerge.Of(ImageConfig.Parse(@base.Image.Config.Span).Config), request.Profile.Image);

    private async Task<SpooledTree> LayAsync(BaseImage @base, Rootfs rootfs, CancellationToken cancellationToken)
    {
        SpooledTree tree = (await ReadAsync(@base, cancellationToken))!;
        try
        {
            await Task.Run(() => TreeWriter.Write(tree.Tree, rootfs, cancellationToken), cancellationToken);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    private async Task<SpooledTree?> ReadAsync(BaseImage? @base, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(request.WorkDirectory);
            return @base is null
                ? null
                : await SpooledTree.ReadLayersAsync(
                    @base.Image.Layers, new SpoolLimits { TemporaryDirectory = request.WorkDirectory }, cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw new PackageFormatException(
                $"reading the base {@base!.Name}: {exception.Message}", "make it anew, or take it from elsewhere", exception);
        }
    }

    private InstalledPackages? ReadInstalled(BaseImage? @base, SpooledTree? tree)
    {
        InstalledPackages? installed = tree is null ? null : family.ReadInstalled(tree.Tree);
        if (@base is not null && installed is null && HasPackages(request.Profile))
        {
            throw new ResolveException(
                $"the base {@base.Name} has no database of {family.Name} packages, so that none can be installed or removed",
                "take another base, or leave packages, buildOnly and remove out and copy files");
        }

        return installed;
    }

    /// <summary>Whether packages are chosen; an image that only changes its base otherwise needs no network.</summary>
    private bool NeedsIndexes => request.Profile is { Base: null } or { Packages.Include.Count: > 0 } or { BuildOnly.Count: > 0 };

    private static bool HasPackages(Profile profile) =>
        profile.Packages.Include.Count + profile.BuildOnly.Count + profile.Remove.Packages.Count > 0;

    private static Lockfile OnTopOf(BaseImage @base, Lockfile lockfile)
    {
        DateTimeOffset? made = ImageConfig.Parse(@base.Image.Config.Span).Created;
        return lockfile with
        {
            Base = new LockedBase(@base.Name, @base.Image.Descriptor.Digest),
            SourceDateEpoch = Math.Max(lockfile.SourceDateEpoch, made?.ToUnixTimeSeconds() ?? 0),
        };
    }

    /// <summary>Stages are told apart by their architecture when there are several.</summary>
    private StageClock ClockOf(Architecture architecture) =>
        request.Architectures.Count > 1 ? clock.Of(architecture) : clock;

    /// <summary>Packages unpack to about four times their size; a little more for what configuring adds.</summary>
    private static long ExpectedTreeBytes(ImagePlan plan) =>
        5 * plan.Lockfile.Packages.Sum(p => p.Size) + (64 << 20) + (plan.Base?.UncompressedSize ?? 0);
}
