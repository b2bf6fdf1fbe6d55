using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// Installs .apks into a new root as <c>apk add --initdb</c> does, or as Alpine's minirootfs is made. Packages are
/// inflated and checked side by side and put in place one after another, in the order that apk would take, with their
/// scripts run between.
/// </summary>
internal sealed class ApkInstallation(Rootfs rootfs, Profile profile, Lockfile lockfile) : IInstallation
{
    /// <inheritdoc/>
    public Task UnpackAsync(FetchedPackage package, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{rootfs} {profile} {lockfile}");

    /// <inheritdoc/>
    public Task ConfigureAsync(ISandbox sandbox, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
