using System.Collections.Concurrent;
using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>
/// Unpacks .debs side by side into one root and lets dpkg configure them. Everything whose outcome would depend on
/// which package came first (a path in two packages, a directory with two modes) is put off until all are unpacked
/// and then decided by rule, so that any number of jobs makes the same tree.
/// </summary>
internal sealed class DebInstallation(Rootfs rootfs, Profile profile, Lockfile lockfile) : IInstallation
{
    private readonly ConcurrentDictionary<string, UnpackedDeb> _unpacked = new(StringComparer.Ordinal);
    private readonly DebUnpacker _unpacker = new(rootfs, static (root, _, entry) =>
        DebEntryPlacer.TryPlace(root, entry.Tree, entry.Content) ? DebPlacement.Placed : DebPlacement.Taken);

    /// <inheritdoc/>
    public async Task UnpackAsync(FetchedPackage package, CancellationToken cancellationToken) =>
        _unpacked.TryAdd(package.Package.Name, await _unpacker.UnpackAsync(package, cancellationToken));

    /// <inheritdoc/>
    public Task PlaceAsync(CancellationToken cancellationToken)
    {
        DebOverlaps.Settle(rootfs, [.. lockfile.Packages.Select(p => _unpacked[p.Name])], cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task ConfigureAsync(ISandbox sandbox, CancellationToken cancellationToken)
    {
        UnpackedDeb[] packages = [.. lockfile.Packages.Select(p => _unpacked[p.Name])];
        DebOverlaps.Settle(rootfs, packages, cancellationToken);
        DpkgDatabase.Write(rootfs, lockfile.Architecture, packages);
        DebGraph graph = new(packages);
        await DpkgConfigurator.RunAsync(rootfs, lockfile, graph, sandbox, cancellationToken);
        AptStates.Write(rootfs, lockfile.Architecture, graph);
    }

    /// <inheritdoc/>
    public Task RemoveAsync(IReadOnlyList<string> names, ISandbox sandbox, CancellationToken cancellationToken) =>
        DpkgRemoval.RunAsync(rootfs, lockfile, names, sandbox, cancellationToken);

    /// <summary>Makes the merged-/usr links before anything is unpacked through them.</summary>
    public void Prepare()
    {
        foreach (string name in UsrMergeLinks.For(profile.UsrMerge, lockfile.Architecture))
        {
            RootPath link = RootPath.Parse(name);
            rootfs.TryCreateDirectory(Directory(RootPath.Parse("usr")));
            rootfs.TryCreateDirectory(Directory(RootPath.Parse($"usr/{name}")));
            rootfs.TryCreateSymlink(new TreeEntry
            {
                Path = link,
                Kind = EntryKind.Symlink,
                Mode = 0x1FF,
                LinkTarget = $"usr/{name}",
                ModifiedTime = lockfile.SourceDateEpoch,
            });
        }
    }

    private static TreeEntry Directory(RootPath path) =>
        new() { Path = path, Kind = EntryKind.Directory, Mode = 0x1ED };
}
