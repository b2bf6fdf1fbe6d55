using System.Collections.Concurrent;
using RootfsImporter.Files;
using RootfsImporter.Packages.Deb.Database;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>
/// Adds .debs to a system that is there already. Packages that only add are unpacked side by side, as in a new root. What
/// touches the system itself (another version of what it has, a path that it has, diverts or overrides) goes through its own
/// dpkg instead, which knows all the rules of that; so does a package that shares a path with such a one.
/// </summary>
internal sealed class DebAddition : IInstallation
{
    private readonly Rootfs _rootfs;
    private readonly Profile _profile;
    private readonly Lockfile _lockfile;
    private readonly DebInstalledPackages _installed;
    private readonly DpkgSystem _system;
    private readonly DebUnpacker _unpacker;
    private readonly ConcurrentDictionary<string, UnpackedDeb> _unpacked = new(StringComparer.Ordinal);

    /// <summary>
    /// Begins an addition to the root that <paramref name="installed"/> was read from. Throws
    /// <see cref="PackageFormatException"/> for a database that cannot be read.
    /// </summary>
    public DebAddition(Rootfs rootfs, Profile profile, Lockfile lockfile, DebInstalledPackages installed)
    {
        _rootfs = rootfs;
        _profile = profile;
        _lockfile = lockfile;
        _installed = installed;
        _system = DpkgSystem.Read(rootfs);
        _unpacker = new DebUnpacker(rootfs, Place);
    }

    /// <inheritdoc/>
    public async Task UnpackAsync(FetchedPackage package, CancellationToken cancellationToken) =>
        _unpacked.TryAdd(package.Package.Name, await _unpacker.UnpackAsync(package, cancellationToken));

    /// <inheritdoc/>
    public Task PlaceAsync(CancellationToken cancellationToken) =>
        throw new InvalidOperationException("packages are placed without being configured in an empty root only");

    /// <inheritdoc/>
    public async Task ConfigureAsync(ISandbox sandbox, CancellationToken cancellationToken)
    {
        UnpackedDeb[] packages = [.. _lockfile.Packages.Select(p => _unpacked[p.Name])];
        if (packages.Length > 0)
        {
            LeaveToDpkg(packages);
            DebOverlaps.SettleDirectories(_rootfs, packages, path => _installed.Tree.Follow(path) is not null);
            DpkgDatabase.Add(_rootfs, _system, [.. packages.Where(package => !package.IsForDpkg)]);
            await DpkgAddition.RunAsync(_rootfs, _lockfile, new DebGraph(packages), sandbox, cancellationToken);
            NoteTimes(packages);
        }

        AptStates.Update(
            _rootfs, _lockfile.Architecture,
            automatic: [.. _lockfile.Packages.Where(p => !p.IsRequested && !_system.Knows(p.Name)).Select(p => p.Name)],
            others: [.. Requested(), .. _lockfile.Packages.Where(p => p.IsRequested).Select(p => p.Name)]);
    }

    /// <inheritdoc/>
    public Task RemoveAsync(IReadOnlyList<string> names, ISandbox sandbox, CancellationToken cancellationToken) =>
        DpkgRemoval.RunAsync(_rootfs, _lockfile, names, sandbox, cancellationToken);

    /// <summary>The names that the profile asks for; what is there already is thereby wanted for itself.</summary>
    private IEnumerable<string> Requested() => _profile.Packages.Include
        .SelectMany(term => term.Split('|', StringSplitOptions.TrimEntries))
        .Select(term => term.IndexOfAny([' ', '=', '(', ':']) is >= 0 and int end ? term[..end] : term);

    private DebPlacement Place(Rootfs rootfs, UnpackedDeb package, DebEntry entry)
    {
        package.IsForDpkg |= _system.Knows(package.Control.Package) || _system.TreatsSpecially(entry.Tree.Path);
        if (package.IsForDpkg || SealPathFilter.IsExcluded(entry.Tree, _installed.PathFilters))
        {
            return DebPlacement.LeftOut;
        }

        bool isPlaced;
        try
        {
            isPlaced = DebEntryPlacer.TryPlace(rootfs, entry.Tree, entry.Content);
        }
        catch (InvalidDataException)
        {
            // A file below a file, say: dpkg finds the words for it, if it is one at all by then.
            package.IsForDpkg = true;
            return DebPlacement.LeftOut;
        }

        if (isPlaced)
        {
            return DebPlacement.Placed;
        }

        package.IsForDpkg |= entry.Tree.Kind != EntryKind.Directory || !rootfs.IsDirectory(entry.Tree.Path);
        return DebPlacement.Taken;
    }

    /// <summary>
    /// Takes back what was placed of the packages that are dpkg's, and of those that share a path with one of them: which of
    /// two was unpacked first must not matter.
    /// </summary>
    private void LeaveToDpkg(UnpackedDeb[] packages)
    {
        ILookup<RootPath, UnpackedDeb> owners = packages
            .SelectMany(package => package.Files.Select(file => (file.Path, Package: package)))
            .ToLookup(pair => pair.Path, pair => pair.Package);
        Queue<UnpackedDeb> forDpkg = new(packages.Where(package => package.IsForDpkg));
        while (forDpkg.TryDequeue(out UnpackedDeb? package))
        {
            foreach (UnpackedDeb other in package.Files.SelectMany(file => owners[file.Path]).Where(p => !p.IsForDpkg))
            {
                other.IsForDpkg = true;
                forDpkg.Enqueue(other);
            }
        }

        foreach (UnpackedDeb package in packages.Where(package => package.IsForDpkg))
        {
            foreach (TreeEntry file in package.Files.Where(file => package.HasPlaced(file.Path)))
            {
                _rootfs.Remove(file.Path);
            }
        }
    }

    /// <summary>The files that dpkg unpacked keep the times that their packages gave them, as those unpacked here do.</summary>
    private void NoteTimes(UnpackedDeb[] packages)
    {
        foreach (TreeEntry file in packages.Where(package => package.IsForDpkg).SelectMany(package => package.Files))
        {
            _rootfs.NotePackagedTime(file.Path, file.ModifiedTime);
        }
    }
}
