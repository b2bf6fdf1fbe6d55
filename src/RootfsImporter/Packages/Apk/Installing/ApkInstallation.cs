using System.Collections.Concurrent;
using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Database;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// Installs .apks into a new root as <c>apk add --initdb</c> does, or as Alpine's minirootfs is made, or into one in which
/// some are installed as <c>apk add</c> does, and removes as <c>apk del --purge</c> does. Packages are inflated and checked
/// side by side and put in place one after another, in the order that apk would take, with their scripts run between.
/// </summary>
/// <param name="rootfs">The root.</param>
/// <param name="profile">What is asked for.</param>
/// <param name="lockfile">What is to be installed.</param>
/// <param name="installed">What the root's database says, or null for an empty root.</param>
/// <param name="events">Where warnings go.</param>
internal sealed class ApkInstallation(
    Rootfs rootfs, Profile profile, Lockfile lockfile, InstalledApks? installed, IProgress<BuildEvent> events)
    : IInstallation
{
    /// <summary>
    /// Whose scripts nobody misses where none are run: the links that busybox's make are made without them, and besides
    /// that both only add what the minirootfs does not have either (the user klogd).
    /// </summary>
    private static readonly string[] Dispensable = ["alpine-baselayout", "busybox"];

    private static readonly RootPath[] ExtractedDirectories = [RootPath.Parse("etc"), RootPath.Parse("usr/lib")];
    private readonly ConcurrentDictionary<string, UnpackedApk> _unpacked = new(StringComparer.Ordinal);

    /// <summary>
    /// What is asked for, also what comes for a while, and of the world that was there what says nothing of a name that this
    /// does.
    /// </summary>
    private ApkDependency[] World
    {
        get
        {
            HashSet<string> forAWhile =
            [
                .. _unpacked.Values.Where(package => package.Package.IsBuildOnly)
                    .SelectMany(package => package.Provides.Select(provided => provided.Name).Prepend(package.Name)),
            ];
            ApkDependency[] asked =
            [
                .. profile.Packages.Include.Select(term => ApkDependency.Parse(term)),
                .. profile.BuildOnly.Select(term => ApkDependency.Parse(term))
                    .Where(term => forAWhile.Contains(term.Name)),
            ];
            HashSet<string> names = [.. asked.Select(term => term.Name)];
            return [.. (installed?.World ?? []).Where(term => !names.Contains(term.Name)), .. asked];
        }
    }

    /// <inheritdoc/>
    public async Task UnpackAsync(FetchedPackage package, CancellationToken cancellationToken)
    {
        try
        {
            UnpackedApk unpacked = await Task.Run(() => Unpack(package, cancellationToken), cancellationToken);
            unpacked.CheckTerms();
            if (!_unpacked.TryAdd(package.Package.Name, unpacked))
            {
                throw new InvalidDataException("the package was unpacked before");
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException or EndOfStreamException)
        {
            throw new PackageFormatException(
                $"unpacking {package.Package.Name} {package.Package.Version}: {exception.Message}",
                $"the archive vouches for this file ({package.Package.Path}), so it is broken at its source; "
                    + "exclude or pin the package",
                exception);
        }
    }

    /// <inheritdoc/>
    public async Task ConfigureAsync(ISandbox sandbox, CancellationToken cancellationToken) => await AttemptAsync(
        "installing the packages", "one of them has made something else of a file that apk needs; exclude it",
        () => ConfigureAllAsync(sandbox, cancellationToken));

    /// <inheritdoc/>
    public async Task PlaceAsync(CancellationToken cancellationToken) => await AttemptAsync(
        "placing the packages", "one of them has made something else of a file that apk needs; exclude it",
        () =>
        {
            UnpackedApk[] all = [.. lockfile.Packages.Select(package => _unpacked[package.Name])];
            PlaceFiles([.. ApkOrder.Of(World, all).OfType<UnpackedApk>()], [], new ApkPlacer(rootfs), cancellationToken);
            rootfs.RemoveStaging();
            return Task.CompletedTask;
        });

    /// <inheritdoc/>
    public async Task RemoveAsync(IReadOnlyList<string> names, ISandbox sandbox, CancellationToken cancellationToken)
    {
        if (names.Count > 0)
        {
            bool runsScripts = profile.Packages.Scripts != PackageScripts.None;
            ApkRemover remover = new(rootfs, installed, events);
            await AttemptAsync(
                $"removing {string.Join(", ", names)}",
                "something has made something else of a file that apk needs; leave the packages in the image",
                () => remover.RemoveAsync(names, runsScripts ? sandbox : null, cancellationToken));
        }
    }

    private static async Task AttemptAsync(string work, string hint, Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (
            exception is InvalidDataException || (exception is IOException error && !HostFault.Is(error)))
        {
            throw new PackageFormatException($"{work}: {exception.Message}", hint, exception);
        }
    }

    private async Task ConfigureAllAsync(ISandbox sandbox, CancellationToken cancellationToken)
    {
        UnpackedApk[] all = [.. lockfile.Packages.Select(package => _unpacked[package.Name])];
        UnpackedApk[] added = [.. all.Where(package => !package.IsExtracted)];
        if (installed is not null && all.Length == 0)
        {
            // What was asked for may be there already without having been asked for.
            HashSet<string> world = [.. World.Select(term => term.ToString())];
            if (!world.SetEquals(installed.World.Select(term => term.ToString())))
            {
                ApkDatabase.WriteWorld(rootfs, World);
            }

            return;
        }

        HashSet<string> names = [.. added.Select(package => package.Name)];
        ILookup<bool, InstalledApk> before = (installed?.Apks ?? []).ToLookup(package => names.Contains(package.Name));
        ApkPlacer placer = new(rootfs);
        if (installed is null)
        {
            ApkDatabase.Begin(rootfs, lockfile.Architecture);
        }

        foreach (InstalledApk package in installed?.Apks ?? [])
        {
            placer.Know(package);
        }

        IReadOnlyList<IRootApk> order = ApkOrder.Of(
            World, [.. added.Concat<IRootApk>(before[false]).OrderBy(package => package.Name, StringComparer.Ordinal)]);
        UnpackedApk[] packages = [.. order.OfType<UnpackedApk>()];
        Dictionary<string, InstalledApk> replaced = before[true].ToDictionary(package => package.Name);
        if (profile.Packages.Scripts == PackageScripts.None)
        {
            PlaceOnly(order, replaced, placer, cancellationToken);
        }
        else
        {
            await InstallAsync(order, replaced, placer, sandbox, cancellationToken);
        }

        foreach (UnpackedApk package in all.Where(package => package.IsExtracted))
        {
            placer.Extract(package, ExtractedDirectories);
        }

        ApkDatabase.Write(rootfs, new ApkDatabaseContent
        {
            Installed = installed,
            Gone = replaced.Keys.ToHashSet(),
            Taken = placer.Taken,
            Added = packages,
            Placed = placer.Placed,
            TagOf = TagOf,
            World = World,
        });
        rootfs.RemoveStaging();
    }

    private async Task InstallAsync(
        IReadOnlyList<IRootApk> order, Dictionary<string, InstalledApk> replaced, ApkPlacer placer, ISandbox sandbox,
        CancellationToken cancellationToken)
    {
        await using ApkScripts scripts = new(rootfs, sandbox);
        foreach (UnpackedApk package in order.OfType<UnpackedApk>())
        {
            InstalledApk? old = replaced.GetValueOrDefault(package.Name);
            string[] arguments = old is null ? [package.Version] : [package.Version, old.Version];
            await scripts.RunAsync(package, old is null ? "pre-install" : "pre-upgrade", arguments, cancellationToken);
            placer.Place(package);
            if (old is not null)
            {
                placer.Purge(old, isUpgrade: true);
            }

            await scripts.RunAsync(package, old is null ? "post-install" : "post-upgrade", arguments, cancellationToken);
        }

        placer.Directories.SetPermissions();
        foreach (IRootApk package in order)
        {
            IReadOnlyList<string> directories = DirectoriesFor(package, placer.Directories);
            if (directories.Count > 0)
            {
                await scripts.RunAsync(package, "trigger", directories, cancellationToken);
            }
        }
    }

    /// <summary>A new package is told of all directories, one that was there before of those that changed.</summary>
    private static IReadOnlyList<string> DirectoriesFor(IRootApk package, ApkDirectories directories) =>
        ApkTriggers.Arguments(
            package, package is UnpackedApk ? directories.Paths : directories.Changed, directories.Changed.Contains);

    private void PlaceOnly(
        IReadOnlyList<IRootApk> order, Dictionary<string, InstalledApk> replaced, ApkPlacer placer,
        CancellationToken cancellationToken)
    {
        PlaceFiles([.. order.OfType<UnpackedApk>()], replaced, placer, cancellationToken);
        string[] missed =
        [
            .. order
                .Where(package => !Dispensable.Contains(package.Name))
                .Where(package => package is UnpackedApk unpacked
                    ? !AppletLinks.AreOf(unpacked) && KindsFor(replaced.ContainsKey(package.Name)).Any(
                        kind => package.Script(kind) is not null)
                    : package.Script("trigger") is not null && DirectoriesFor(package, placer.Directories).Count > 0)
                .Select(package => package.Name)
                .Order(StringComparer.Ordinal),
        ];
        if (missed.Length > 0)
        {
            events.Report(new BuildEvent.Warning(
                $"the profile runs no package scripts, so what those of {string.Join(", ", missed)} would have made "
                    + "(users, caches, links) is not in the image"));
        }
    }

    private void PlaceFiles(
        IReadOnlyList<UnpackedApk> packages, Dictionary<string, InstalledApk> replaced, ApkPlacer placer,
        CancellationToken cancellationToken)
    {
        foreach (UnpackedApk package in packages)
        {
            cancellationToken.ThrowIfCancellationRequested();
            placer.Place(package);
            if (replaced.TryGetValue(package.Name, out InstalledApk? old))
            {
                placer.Purge(old, isUpgrade: true);
            }
        }

        placer.Directories.SetPermissions();
        AppletLinks.Make(rootfs, packages, lockfile.SourceDateEpoch);
    }

    private static string[] KindsFor(bool isUpgrade) =>
        isUpgrade ? ["pre-upgrade", "post-upgrade", "trigger"] : ["pre-install", "post-install", "trigger"];

    private string? TagOf(LockedPackage package) => profile.Pockets
        .FirstOrDefault(pocket => pocket.Archive == package.Archive && pocket.Name == package.Pocket)?.Tag;

    private UnpackedApk Unpack(FetchedPackage package, CancellationToken cancellationToken)
    {
        using ApkArchive archive = ApkArchive.Open(package.File);
        ApkControl control = archive.ReadControl();
        control.CheckIs(package.Package);
        List<ApkItem> items = [];
        HashSet<RootPath> directories = [RootPath.Root];
        Dictionary<RootPath, ReadOnlyMemory<byte>?> hashes = [];
        foreach (ApkEntry entry in archive.ReadData())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry.Tree.Kind == EntryKind.Directory && !directories.Add(entry.Tree.Path))
            {
                continue;
            }

            if (!directories.Contains(entry.Tree.Path.Parent) && entry.Tree.Kind != EntryKind.Directory)
            {
                throw new InvalidDataException(
                    $"{entry.Tree.Path} comes without its directory, and apk installs no such file");
            }

            ApkItem item = Stage(entry);
            if (entry.Tree.Kind == EntryKind.HardLink)
            {
                item = item with { Sha1 = item.Sha1 ?? hashes.GetValueOrDefault(RootPath.Parse(entry.Tree.LinkTarget)) };
            }

            hashes[entry.Tree.Path] = item.Sha1;
            items.Add(item);
        }

        return new UnpackedApk(package.Package, control, items);
    }

    private ApkItem Stage(ApkEntry entry) => new()
    {
        Tree = entry.Tree,
        UserName = entry.UserName,
        GroupName = entry.GroupName,
        Staged = entry.Tree.Kind == EntryKind.File ? rootfs.Stage(entry.Content) : null,
        Sha1 = entry.Sha1,
    };
}
