using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Oci;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;
using RootfsImporter.Stages;

namespace RootfsImporter;

/// <summary>The stages from chosen packages to a packed layer, in a temporary tree.</summary>
internal sealed class LayerMaker(
    BuildRequest request, IPackageFamily family, Downloader downloader, BuildCache cache, StageClock stages,
    IProgress<BuildEvent> events)
{
    private Profile Profile => request.Profile;

    /// <summary>Makes the layer of a plan; on top of a base, what differs from it.</summary>
    public async Task<MadeLayer> MakeAsync(
        ImagePlan plan, ImageSettings settings, CancellationToken cancellationToken)
    {
        using WorkTree work = WorkTree.Create(
            request.WorkDirectory,
            PackageUnpacking.ExpectedBytes(plan.Lockfile) + (plan.Base?.UncompressedSize ?? 0),
            request.MayUseMemory);
        events.Report(new BuildEvent.Detail($"the tree is {(work.IsInMemory ? "in memory" : "on disk")}"));
        using BaseTree? @base = await LayBaseAsync(plan.Base, work.Rootfs, cancellationToken);
        NamespaceSandbox sandbox = new(work.Rootfs, work.Location, events);
        (IInstallation installation, Lockfile lockfile) = plan.Engine is { } engine
            ? await BootstrapAsync(plan, engine, work, cancellationToken)
            : await InstallAsync(plan, work.Rootfs, @base, sandbox, cancellationToken);
        await CustomizeAsync(work.Rootfs, lockfile, settings, sandbox, cancellationToken);
        await RemoveAsync(work.Rootfs, lockfile, installation, sandbox, cancellationToken);
        SealedRootfs result = await SealAsync(plan, work.Rootfs, @base, cancellationToken);
        bool isUnchanged = @base is not null && result.Entries.Count == 0;
        return new MadeLayer(isUnchanged ? null : await PackAsync(result, cancellationToken), lockfile, result.Ledger);
    }

    private async Task<BaseTree?> LayBaseAsync(
        BaseImage? @base, Rootfs rootfs, CancellationToken cancellationToken) => @base is null
        ? null
        : await stages.RunAsync(
            "base",
            async () =>
            {
                BaseTree tree = (await BaseTree.ReadAsync(
                    @base, Profile, family, request.WorkDirectory, cancellationToken))!;
                try
                {
                    await tree.WriteAsync(rootfs, cancellationToken);
                    return tree;
                }
                catch
                {
                    tree.Dispose();
                    throw;
                }
            },
            tree => $"{tree.Tree.Entries.Count} entries of {@base.Name}");

    /// <summary>A program of the host makes the tree; what follows finds it as if packages had been there before.</summary>
    private async Task<(IInstallation Installation, Lockfile Lockfile)> BootstrapAsync(
        ImagePlan plan, OutsideEngine engine, WorkTree work, CancellationToken cancellationToken)
    {
        Bootstrapper bootstrapper = new(engine, family, events);
        Lockfile lockfile = await stages.RunAsync(
            "bootstrap",
            () => bootstrapper.BootstrapAsync(
                work, OutsideEngine.Request(request, plan), plan.Lockfile, plan.Indexes, cancellationToken),
            locked => $"{locked.Packages.Count} packages by {engine.Version}");
        InstalledPackages? installed = family.ReadInstalled(new RootTree(work.Rootfs.ReadTree()));
        return (family.Install(work.Rootfs, Profile, lockfile with { Packages = [] }, installed), lockfile);
    }

    private async Task<(IInstallation Installation, Lockfile Lockfile)> InstallAsync(
        ImagePlan plan, Rootfs rootfs, BaseTree? @base, ISandbox sandbox, CancellationToken cancellationToken)
    {
        IInstallation installation = family.Install(rootfs, Profile, plan.Lockfile, @base?.Installed);
        // What is asked for may be there already, and has to be recorded as such.
        if (!Profile.AddsPackages)
        {
            return (installation, plan.Lockfile);
        }

        PackageUnpacking unpacking = new(family, downloader, plan.Repositories, request.Jobs);
        await unpacking.RunAsync(plan.Lockfile, installation, stages, events, cancellationToken);
        await stages.RunAsync(
            "configure",
            async () =>
            {
                await installation.ConfigureAsync(sandbox, cancellationToken);
                return plan.Lockfile.Packages.Count;
            },
            count => $"{count} packages");
        return (installation, plan.Lockfile);
    }

    private async Task CustomizeAsync(
        Rootfs rootfs, Lockfile lockfile, ImageSettings settings, ISandbox sandbox, CancellationToken cancellationToken)
    {
        if (Profile.Files.Count > 0)
        {
            await stages.RunAsync(
                "files",
                () => Task.Run(() => FileCopier.Copy(Profile.Files, rootfs, lockfile.SourceDateEpoch), cancellationToken),
                count => $"{count} copied");
        }

        if (Profile.Run.Count > 0)
        {
            await stages.RunAsync(
                "run",
                () => CommandRunner.RunAsync(
                    Profile.Run, settings.Env, rootfs, sandbox, lockfile.SourceDateEpoch, cancellationToken),
                count => $"{count} commands");
        }
    }

    private async Task RemoveAsync(
        Rootfs rootfs, Lockfile lockfile, IInstallation installation, ISandbox sandbox,
        CancellationToken cancellationToken)
    {
        string[] names =
            [.. lockfile.Packages.Where(p => p.IsBuildOnly).Select(p => p.Name).Union(Profile.Remove.Packages)];
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

        foreach (string path in PathRemover.Remove(Profile.Remove.Paths, rootfs))
        {
            events.Report(new BuildEvent.Warning($"{Profile.Name} removes {path}, which is not there"));
        }
    }

    private Task<SealedRootfs> SealAsync(
        ImagePlan plan, Rootfs rootfs, BaseTree? @base, CancellationToken cancellationToken) => stages.RunAsync(
            "seal",
            () => Task.Run(
                () =>
                {
                    long epoch = plan.Lockfile.SourceDateEpoch;
                    RootTree built = new(rootfs.ReadTree());
                    SealedRootfs result = Sealer.Seal(
                        built.Entries, rootfs.PackagedTime,
                        [.. plan.Engine?.Bootstrapper.SealRules ?? [], .. family.SealRules(Profile, plan.Repositories)], epoch);
                    return @base is null
                        ? result
                        : result with { Entries = LayerDiff.Of(@base.Tree, built, result, epoch) };
                },
                cancellationToken),
            result => $"{result.Entries.Count} entries");

    private Task<Layer> PackAsync(SealedRootfs result, CancellationToken cancellationToken) => stages.RunAsync(
        "pack",
        () => LayerPacker.PackAsync(result, cache.LayerOptions(request.Compression, request.Jobs), cancellationToken),
        packed => $"{packed.Descriptor.Size / 1e6:f1} MB of {packed.UncompressedSize / 1e6:f1} MB");
}

/// <summary>What a build on top of a base, or of nothing, made.</summary>
/// <param name="Layer">The layer; null when nothing of the base changed.</param>
/// <param name="Lockfile">What is in it: the plan's packages, or what an outside engine chose.</param>
/// <param name="Ledger">What sealing did.</param>
internal sealed record MadeLayer(Layer? Layer, Lockfile Lockfile, Ledger Ledger);
