using System.Collections.Concurrent;
using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// Installs .apks into a new root as <c>apk add --initdb</c> does, or as Alpine's minirootfs is made. Packages are
/// inflated and checked side by side and put in place one after another, in the order that apk would take, with their
/// scripts run between.
/// </summary>
internal sealed class ApkInstallation(
    Rootfs rootfs, Profile profile, Lockfile lockfile, IProgress<BuildEvent> events) : IInstallation
{
    /// <summary>
    /// Whose scripts nobody misses where none are run: the links that busybox's make are made without them, and besides
    /// that both only add what the minirootfs does not have either (the user klogd).
    /// </summary>
    private static readonly string[] Dispensable = ["alpine-baselayout", "busybox"];

    private static readonly RootPath[] ExtractedDirectories = [RootPath.Parse("etc"), RootPath.Parse("usr/lib")];
    private readonly ConcurrentDictionary<string, UnpackedApk> _unpacked = new(StringComparer.Ordinal);

    private ApkDependency[] World => [.. profile.Packages.Include.Select(term => ApkDependency.Parse(term))];

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
    public Task RemoveAsync(IReadOnlyList<string> names, ISandbox sandbox, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public Task PlaceAsync(CancellationToken cancellationToken) => ExplainAsync(() =>
    {
        UnpackedApk[] all = [.. lockfile.Packages.Select(package => _unpacked[package.Name])];
        PlaceFiles(ApkOrder.Of(World, all), new ApkPlacer(rootfs), cancellationToken);
        rootfs.RemoveStaging();
        return Task.CompletedTask;
    });

    /// <inheritdoc/>
    public Task ConfigureAsync(ISandbox sandbox, CancellationToken cancellationToken) =>
        ExplainAsync(() => ConfigureAllAsync(sandbox, cancellationToken));

    private static async Task ExplainAsync(Func<Task> install)
    {
        try
        {
            await install();
        }
        catch (Exception exception) when (
            exception is InvalidDataException || (exception is IOException error && !HostFault.Is(error)))
        {
            throw new PackageFormatException(
                $"installing the packages: {exception.Message}",
                "one of them has made something else of a file that apk needs; exclude it",
                exception);
        }
    }

    private async Task ConfigureAllAsync(ISandbox sandbox, CancellationToken cancellationToken)
    {
        UnpackedApk[] all = [.. lockfile.Packages.Select(package => _unpacked[package.Name])];
        IReadOnlyList<UnpackedApk> packages = ApkOrder.Of(World, [.. all.Where(package => !package.IsExtracted)]);
        ApkDatabase.Begin(rootfs, lockfile.Architecture);
        ApkPlacer placer = new(rootfs);
        if (profile.Packages.Scripts == PackageScripts.None)
        {
            PlaceOnly(packages, placer, cancellationToken);
        }
        else
        {
            await InstallAsync(packages, placer, sandbox, cancellationToken);
        }

        foreach (UnpackedApk package in all.Where(package => package.IsExtracted))
        {
            placer.Extract(package, ExtractedDirectories);
        }

        ApkDatabase.Write(rootfs, World, packages, placer.Placed, TagOf);
        rootfs.RemoveStaging();
    }

    private async Task InstallAsync(
        IReadOnlyList<UnpackedApk> packages, ApkPlacer placer, ISandbox sandbox, CancellationToken cancellationToken)
    {
        await using ApkScripts scripts = new(rootfs, sandbox);
        foreach (UnpackedApk package in packages)
        {
            string[] arguments = [package.Package.Version];
            await scripts.RunAsync(package, "pre-install", arguments, cancellationToken);
            placer.Place(package);
            await scripts.RunAsync(package, "post-install", arguments, cancellationToken);
        }

        placer.Directories.SetPermissions();
        foreach (UnpackedApk package in packages)
        {
            IReadOnlyList<string> directories = ApkTriggers.Arguments(package, placer.Directories.Paths);
            if (directories.Count > 0)
            {
                await scripts.RunAsync(package, "trigger", directories, cancellationToken);
            }
        }
    }

    private void PlaceOnly(
        IReadOnlyList<UnpackedApk> packages, ApkPlacer placer, CancellationToken cancellationToken)
    {
        PlaceFiles(packages, placer, cancellationToken);
        string[] missed =
        [
            .. packages
                .Where(package => !Dispensable.Contains(package.Package.Name) && !AppletLinks.AreOf(package))
                .Where(package => package.Control.Scripts.Any(
                    script => script.Kind is "pre-install" or "post-install" or "trigger"))
                .Select(package => package.Package.Name)
                .Order(StringComparer.Ordinal),
        ];
        if (missed.Length > 0)
        {
            events.Report(new BuildEvent.Warning(
                $"the profile runs no package scripts, so what those of {string.Join(", ", missed)} would have made "
                    + "(users, caches, links) is not in the image"));
        }
    }

    private void PlaceFiles(IReadOnlyList<UnpackedApk> packages, ApkPlacer placer, CancellationToken cancellationToken)
    {
        foreach (UnpackedApk package in packages)
        {
            cancellationToken.ThrowIfCancellationRequested();
            placer.Place(package);
        }

        placer.Directories.SetPermissions();
        AppletLinks.Make(rootfs, packages, lockfile.SourceDateEpoch);
    }

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
