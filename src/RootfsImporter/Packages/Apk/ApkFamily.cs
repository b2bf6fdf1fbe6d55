using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.Packages.Apk.Database;
using RootfsImporter.Packages.Apk.Installing;
using RootfsImporter.Packages.Apk.Repositories;
using RootfsImporter.Packages.Apk.Resolving;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages.Apk;

/// <summary>Alpine's package system: signed APKINDEX files, .apk packages (v2), apk's installed database.</summary>
internal sealed class ApkFamily(IProgress<BuildEvent> events) : IPackageFamily
{
    /// <inheritdoc/>
    public string Name => "apk";

    /// <inheritdoc/>
    public async Task<PackageIndex> ReadIndexAsync(
        Repository repository, Architecture architecture, Downloader downloader, CancellationToken cancellationToken) =>
        await new ApkRepositoryReader(events).ReadAsync(repository, architecture, downloader, cancellationToken);

    /// <inheritdoc/>
    public async Task<Resolution> ResolveAsync(
        PackageSelection selection, Architecture architecture, IReadOnlyList<PackageIndex> indexes,
        InstalledPackages? installed, CancellationToken cancellationToken)
    {
        IReadOnlyList<ApkPackage>[] packages = await Task.WhenAll(indexes.Cast<ApkIndex>().Select(
            index => Task.Run(() => ApkIndexParser.Parse(index), cancellationToken)));
        return ApkResolver.Resolve(
            selection, architecture, [.. packages.SelectMany(list => list)], (InstalledApks?)installed);
    }

    /// <inheritdoc/>
    public InstalledPackages? ReadInstalled(RootTree tree) => ApkDatabaseReader.Read(tree);

    /// <inheritdoc/>
    public FileIdentity IdentityOf(LockedPackage package) =>
        new ApkIdentity { Checksum = package.Checksum, Size = package.Size };

    /// <inheritdoc/>
    public string ComparableVersion(LockedPackage package) => package.Version;

    /// <inheritdoc/>
    public IInstallation Install(
        Rootfs rootfs, Profile profile, Lockfile lockfile, InstalledPackages? installed) =>
        new ApkInstallation(rootfs, profile, lockfile, (InstalledApks?)installed, events);

    /// <inheritdoc/>
    public IBootstrapper? FindBootstrapper(BuildEngine engine) => null;

    /// <inheritdoc/>
    public IReadOnlyList<SealRule> SealRules(Profile profile, IReadOnlyList<Repository> repositories) =>
        ApkSealRules.For(profile, repositories);
}
