using System.Security.Cryptography;
using RootfsImporter.Codecs;
using RootfsImporter.Files;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>Unpacks one .deb into a root, beside others.</summary>
/// <param name="rootfs">The root.</param>
/// <param name="place">
/// Puts an entry of a package into the root and says what became of it; the content is the caller's, to be read at most once.
/// </param>
internal sealed class DebUnpacker(Rootfs rootfs, Func<Rootfs, UnpackedDeb, DebEntry, DebPlacement> place)
{
    /// <summary>
    /// Unpacks a package. Throws <see cref="PackageFormatException"/> for one that is malformed or would leave the root.
    /// </summary>
    public async Task<UnpackedDeb> UnpackAsync(FetchedPackage package, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(() => Unpack(package, cancellationToken), cancellationToken);
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

    private UnpackedDeb Unpack(FetchedPackage package, CancellationToken cancellationToken)
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
            using HashingReader? hashing =
                conffiles.Contains(entry.Tree.Path) ? new HashingReader(entry.Content) : null;
            DebPlacement placement = place(rootfs, unpacked, entry with { Content = hashing ?? entry.Content });
            if (hashing is not null)
            {
                unpacked.ConffileHashes[entry.Tree.Path] = hashing.Finish();
            }

            if (placement == DebPlacement.Taken)
            {
                unpacked.Unplaced.Add(entry.Tree);
            }
            else if (placement == DebPlacement.LeftOut)
            {
                unpacked.LeftOut.Add(entry.Tree.Path);
            }
        }

        return unpacked;
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

/// <summary>What became of an entry of a data archive.</summary>
internal enum DebPlacement
{
    /// <summary>It is in the root.</summary>
    Placed,

    /// <summary>Its name was taken, whatever by.</summary>
    Taken,

    /// <summary>It was not tried.</summary>
    LeftOut,
}
