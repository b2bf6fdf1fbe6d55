using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;
using RootfsImporter.Stages;

namespace RootfsImporter.Packages;

/// <summary>
/// All that differs between package systems. Stages know only this; adding a family touches no stage.
/// </summary>
public interface IPackageFamily
{
    /// <summary>The name that profiles use: <c>deb</c>, <c>apk</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Fetches, verifies and parses the indexes of one repository. Throws <see cref="FetchException"/> when no mirror
    /// has them and <see cref="VerificationException"/> when a signature, hash, size or date is wrong.
    /// </summary>
    Task<PackageIndex> ReadIndexAsync(
        Repository repository, Architecture architecture, Downloader downloader, CancellationToken cancellationToken);

    /// <summary>Chooses the packages. Pure; an unsatisfiable request is a result, not an exception.</summary>
    Resolution Resolve(Profile profile, Architecture architecture, IReadOnlyList<PackageIndex> indexes);

    /// <summary>
    /// Prepares an empty rootfs for unpacking (merged /usr links), before the first <see cref="UnpackAsync"/>.
    /// </summary>
    void Prepare(Rootfs rootfs, Profile profile, Lockfile lockfile);

    /// <summary>
    /// Unpacks one package; called for several packages at once. Throws <see cref="PackageFormatException"/> for a
    /// package that is malformed or would leave the root.
    /// </summary>
    Task UnpackAsync(FetchedPackage package, Rootfs rootfs, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the package database and runs the maintainer scripts in the sandbox, as one command. Throws
    /// <see cref="SandboxException"/> that names the package whose script failed.
    /// </summary>
    Task ConfigureAsync(Rootfs rootfs, Lockfile lockfile, ISandbox sandbox, CancellationToken cancellationToken);

    /// <summary>The family's own seal rules for a profile, in order; the common ones are the Sealer's.</summary>
    IReadOnlyList<SealRule> SealRules(Profile profile, IReadOnlyList<Repository> repositories);
}
