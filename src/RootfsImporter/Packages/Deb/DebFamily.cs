using System.Text.RegularExpressions;
using RootfsImporter.Codecs;
using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Packages.Deb.Database;
using RootfsImporter.Packages.Deb.Installing;
using RootfsImporter.Packages.Deb.Repositories;
using RootfsImporter.Packages.Deb.Resolving;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;
using RootfsImporter.Signing;

namespace RootfsImporter.Packages.Deb;

/// <summary>Debian's package system: signed apt archives, .deb packages, dpkg's database.</summary>
internal sealed partial class DebFamily(IProgress<BuildEvent> events) : IPackageFamily
{
    /// <summary>Debian's main has 60 MB; this leaves room for all of Ubuntu's components ten times over.</summary>
    private const long MaxPackagesBytes = 1L << 30;

    /// <inheritdoc/>
    public string Name => "deb";

    /// <inheritdoc/>
    public async Task<PackageIndex> ReadIndexAsync(
        Repository repository, Architecture architecture, Downloader downloader, CancellationToken cancellationToken)
    {
        AptRelease release = await new AptRepositoryReader(new OpenPgpVerifier(), TimeProvider.System, events).ReadAsync(
            repository, architecture, downloader, cancellationToken);
        return new AptIndex
        {
            Repository = repository,
            SignedBy = release.SignedBy,
            Published = release.Published,
            Release = release,
        };
    }

    /// <inheritdoc/>
    public async Task<Resolution> ResolveAsync(
        PackageSelection selection, Architecture architecture, IReadOnlyList<PackageIndex> indexes,
        InstalledPackages? installed, CancellationToken cancellationToken)
    {
        DebIndex[] parsed = await Task.WhenAll(indexes.Cast<AptIndex>().Select(
            index => Task.Run(() => Parse(index), cancellationToken)));
        return DebResolver.Resolve(selection, architecture, parsed);
    }

    /// <inheritdoc/>
    public InstalledPackages? ReadInstalled(RootTree tree) => DebInstalledPackages.Read(tree);

    /// <inheritdoc/>
    public FileIdentity IdentityOf(LockedPackage package) =>
        new FileIdentity.Sha256 { Digest = Digest.Parse(package.Checksum), Size = package.Size };

    /// <inheritdoc/>
    public string ComparableVersion(LockedPackage package) => RebuildSuffix().Replace(package.Version, "");

    /// <inheritdoc/>
    public IInstallation Install(
        Rootfs rootfs, Profile profile, Lockfile lockfile, InstalledPackages? installed)
    {
        DebInstallation installation = new(rootfs, profile, lockfile);
        installation.Prepare();
        return installation;
    }

    /// <inheritdoc/>
    public IReadOnlyList<SealRule> SealRules(Profile profile, IReadOnlyList<Repository> repositories) =>
        DebSealRules.For(profile, repositories);

    private static DebIndex Parse(AptIndex index)
    {
        List<DebPackage> packages = [];
        foreach (AptPackagesFile file in index.Release.PackagesFiles)
        {
            try
            {
                using FileStream stream = File.OpenRead(file.Path);
                using Stream text = new BoundedStream(
                    Decompressor.Open(stream, Decompressor.FromExtension("Packages" + file.Extension)), MaxPackagesBytes);
                packages.AddRange(DebIndexParser.Parse(text, index.Repository, file.Component));
            }
            catch (InvalidDataException exception)
            {
                throw new PackageFormatException(
                    $"reading the package index {index.Repository.Pocket.Suite}/{file.Component}: {exception.Message}",
                    "its signature is right, so the archive itself is broken; try another mirror or a later day",
                    exception);
            }
        }

        return new DebIndex
        {
            Repository = index.Repository,
            SignedBy = index.SignedBy,
            Published = index.Published,
            Packages = packages,
        };
    }

    /// <summary>What a rebuild without a change of source adds (Debian developer's reference, "binNMU"): <c>+b2</c>.</summary>
    [GeneratedRegex(@"\+b[0-9]+\z")]
    private static partial Regex RebuildSuffix();

    /// <summary>One pocket's verified indexes, not yet parsed.</summary>
    private sealed record AptIndex : PackageIndex
    {
        /// <summary>The verified Release and files.</summary>
        public required AptRelease Release { get; init; }
    }
}
