using RootfsImporter.Archives;
using RootfsImporter.Files;
using RootfsImporter.Importing;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;

namespace RootfsImporter;

/// <summary>The tree of a base, and what its database says is installed.</summary>
internal sealed class BaseTree : IDisposable
{
    private readonly SpooledTree _spooled;

    private BaseTree(SpooledTree spooled, InstalledPackages? installed)
    {
        _spooled = spooled;
        Installed = installed;
    }

    /// <summary>The entries.</summary>
    public RootTree Tree => _spooled.Tree;

    /// <summary>The packages; null for a base without a database of the profile's family.</summary>
    public InstalledPackages? Installed { get; }

    /// <summary>
    /// Reads the layers of a base; null for no base. Throws <see cref="PackageFormatException"/> for layers that cannot be
    /// read, <see cref="ProfileException"/> for an image that is another release than the profile says, and
    /// <see cref="ResolveException"/> for a base without a package database when the profile wants packages.
    /// </summary>
    public static async Task<BaseTree?> ReadAsync(
        BaseImage? @base, Profile profile, IPackageFamily family, string workDirectory,
        CancellationToken cancellationToken)
    {
        if (@base is null)
        {
            return null;
        }

        SpooledTree spooled = await ReadLayersAsync(@base, workDirectory, cancellationToken);
        try
        {
            CheckDistribution(@base, profile, spooled.Tree);
            return new BaseTree(spooled, ReadInstalled(@base, profile, family, spooled.Tree));
        }
        catch
        {
            spooled.Dispose();
            throw;
        }
    }

    /// <summary>Puts the tree into an empty root.</summary>
    public Task WriteAsync(Rootfs rootfs, CancellationToken cancellationToken) =>
        Task.Run(() => TreeWriter.Write(Tree, rootfs, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _spooled.Dispose();

    private static async Task<SpooledTree> ReadLayersAsync(
        BaseImage @base, string workDirectory, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(workDirectory);
            return await SpooledTree.ReadLayersAsync(
                @base.Image.Layers, new SpoolLimits { TemporaryDirectory = workDirectory }, cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw new PackageFormatException(
                $"reading the base {@base.Name}: {exception.Message}", "make it anew, or take it from elsewhere", exception);
        }
    }

    /// <summary>Packages of one release on top of another make a system that neither of them is.</summary>
    private static void CheckDistribution(BaseImage @base, Profile profile, RootTree tree)
    {
        if (profile.Base is not { Profile: null })
        {
            // The base's own profile says it, by whatever name and version it goes.
            return;
        }

        OsRelease? found;
        try
        {
            found = OsRelease.TryRead(tree);
        }
        catch (InvalidDataException exception)
        {
            throw new PackageFormatException(
                $"reading the base {@base.Name}: {exception.Message}", "make it anew, or take it from elsewhere", exception);
        }

        if (found is not null && !found.Fits(profile.Distribution, profile.Version, profile.Suite))
        {
            throw new ProfileException(
                $"the base {@base.Name} is {found.Title}, and {profile.Name} says that it is {profile.Distribution} {profile.Version}",
                "name the profile of the base's release in 'extends', or another base");
        }
    }

    private static InstalledPackages? ReadInstalled(
        BaseImage @base, Profile profile, IPackageFamily family, RootTree tree) => family.ReadInstalled(tree)
            ?? (profile.ChangesPackages
                ? throw new ResolveException(
                    $"the base {@base.Name} has no database of {family.Name} packages, so that none can be installed or removed",
                    "take another base, or leave packages, buildOnly and remove out and copy files")
                : null);
}
