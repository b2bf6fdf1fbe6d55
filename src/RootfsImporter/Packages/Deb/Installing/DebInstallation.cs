using System.Collections.Concurrent;
using System.Security.Cryptography;
using RootfsImporter.Codecs;
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

    /// <inheritdoc/>
    public async Task UnpackAsync(FetchedPackage package, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Run(() => Unpack(package, cancellationToken), cancellationToken);
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

    private void Unpack(FetchedPackage package, CancellationToken cancellationToken)
    {
        using DebArchive archive = DebArchive.Open(package.File);
        DebControl control = archive.ReadControl();
        control.CheckIs(package.Package);
        UnpackedDeb unpacked = new(package, control);
        HashSet<RootPath> conffiles = [.. control.Conffiles.Select(conffile => conffile.Path)];
        HashSet<RootPath> seen = [];
        foreach (DebEntry entry in archive.ReadData())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!seen.Add(entry.Tree.Path) && entry.Tree.Kind != EntryKind.Directory)
            {
                throw new InvalidDataException($"the archive holds {entry.Tree.Path} twice");
            }

            unpacked.Add(entry.Tree);

            Stream content = entry.Content;
            using HashingReader? hashing = conffiles.Contains(entry.Tree.Path) ? new HashingReader(content) : null;
            bool isPlaced = DebEntryPlacer.TryPlace(rootfs, entry.Tree, hashing ?? content);
            if (hashing is not null)
            {
                unpacked.ConffileHashes[entry.Tree.Path] = hashing.Finish();
            }

            if (!isPlaced)
            {
                unpacked.Unplaced.Add(entry.Tree);
            }
        }

        if (!_unpacked.TryAdd(package.Package.Name, unpacked))
        {
            throw new InvalidDataException("the package was unpacked before");
        }
    }

    /// <summary>Reads content through MD5, the hash that dpkg keeps of conffiles (deb-conffiles(5)).</summary>
    private sealed class HashingReader(Stream source) : ReadOnlyStream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);

        /// <summary>Reads what nobody else did and returns the hash in lower-case hexadecimal.</summary>
        public string Finish()
        {
            CopyTo(Null);
            return Convert.ToHexStringLower(_hash.GetHashAndReset());
        }

        public override int Read(Span<byte> buffer)
        {
            int read = source.Read(buffer);
            _hash.AppendData(buffer[..read]);
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            _hash.Dispose();
            base.Dispose(disposing);
        }
    }
}
