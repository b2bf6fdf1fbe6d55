using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages;

/// <summary>
/// All that differs between package systems. Stages know only this; adding a family touches no stage.
/// </summary>
public interface IPackageFamily
{
    /// <summary>The name that profiles use: <c>deb</c>, <c>apk</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Fetches and verifies the indexes of one repository, and leaves them unparsed: a build of which nothing changed
    /// ends here. Throws <see cref="FetchException"/> when no mirror has them and <see cref="VerificationException"/>
    /// when a signature, hash, size or date is wrong.
    /// </summary>
    Task<PackageIndex> ReadIndexAsync(
        Repository repository, Architecture architecture, Downloader downloader, CancellationToken cancellationToken);

    /// <summary>
    /// Parses the indexes and chooses the packages; an unsatisfiable request is a result, not an exception. Throws
    /// <see cref="PackageFormatException"/> for an index that cannot be parsed.
    /// </summary>
    /// <param name="selection">What is asked for.</param>
    /// <param name="architecture">The architecture.</param>
    /// <param name="indexes">The verified indexes, in the profile's order.</param>
    /// <param name="installed">
    /// What is there already, or null to begin with nothing. It stays as it is, unless something needs another version, and
    /// the result lists only what comes on top. <see cref="PackageSelection.Essential"/> and
    /// <see cref="PackageSelection.Priorities"/> are then without effect.
    /// </param>
    /// <param name="cancellationToken">Ends the work.</param>
    Task<Resolution> ResolveAsync(
        PackageSelection selection, Architecture architecture, IReadOnlyList<PackageIndex> indexes,
        InstalledPackages? installed, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the database of a tree; null when it has none of this family. Throws <see cref="PackageFormatException"/> for
    /// one that cannot be read.
    /// </summary>
    InstalledPackages? ReadInstalled(RootTree tree);

    /// <summary>
    /// How the file of a package that <see cref="ResolveAsync"/> chose is known to be right; what an index signed vouches
    /// for, all of it.
    /// </summary>
    FileIdentity IdentityOf(LockedPackage package);

    /// <summary>
    /// The version without what one architecture's rebuild adds to it: packages of several architectures for which it is
    /// the same were built of the same source.
    /// </summary>
    string ComparableVersion(LockedPackage package);

    /// <summary>
    /// Begins an installation into a root, and prepares that (merged /usr links). The root is empty or, with
    /// <paramref name="installed"/>, what that was read from.
    /// </summary>
    IInstallation Install(Rootfs rootfs, Profile profile, Lockfile lockfile, InstalledPackages? installed);

    /// <summary>The outside program that makes the family's trees, or null for the native engine and where there is none.</summary>
    IBootstrapper? FindBootstrapper(BuildEngine engine);

    /// <summary>
    /// The family's own seal rules for a profile, in order; the common ones are the Sealer's. Without repositories the tree
    /// keeps the sources that it names.
    /// </summary>
    IReadOnlyList<SealRule> SealRules(Profile profile, IReadOnlyList<Repository> repositories);
}

/// <summary>
/// One root in the making: first every package is unpacked, in any order and several at once, then all are
/// configured.
/// </summary>
public interface IInstallation
{
    /// <summary>
    /// Unpacks one package. Throws <see cref="PackageFormatException"/> for a package that is malformed or would leave
    /// the root.
    /// </summary>
    Task UnpackAsync(FetchedPackage package, CancellationToken cancellationToken);

    /// <summary>
    /// Instead of configuring, in a root that was empty: puts in place what unpacking put off, so that the root holds the
    /// files of all packages. No database is written and nothing runs. Throws <see cref="PackageFormatException"/> for packages that do not go together.
    /// </summary>
    Task PlaceAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Writes the package database and runs the maintainer scripts in the sandbox, as one command. Throws
    /// <see cref="SandboxException"/> that names the package whose script failed.
    /// </summary>
    Task ConfigureAsync(ISandbox sandbox, CancellationToken cancellationToken);

    /// <summary>
    /// Removes configured packages, new ones or such as were there before, with all that they brought and their settings,
    /// running their scripts. Throws <see cref="SandboxException"/> that names the package that could not be removed.
    /// </summary>
    Task RemoveAsync(IReadOnlyList<string> names, ISandbox sandbox, CancellationToken cancellationToken);
}
