using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;

namespace RootfsImporter.Scratch;

/// <summary>Packages unpacked into a temporary root, without any of their scripts.</summary>
internal static class PackageTree
{
    /// <summary>
    /// A converter of old systems is what apt would take for it; a tree of packages has nothing to convert.
    /// </summary>
    private const string UsrIsMerged = "usr-is-merged";

    /// <summary>
    /// Chooses, fetches and unpacks the packages of a request with all that they depend on. Throws as a build does; the
    /// caller
    /// disposes the result.
    /// </summary>
    public static async Task<ScratchSource> UnpackAsync(
        ScratchRequest request, ScratchPackages packages, StageClock clock, IProgress<BuildEvent> events,
        CancellationToken cancellationToken)
    {
        Profile profile = packages.Profile with { Packages = Selection(request, packages), BuildOnly = [], Base = null };
        IPackageFamily family = PackageFamilies.Create(profile.Family, events);
        using Downloader downloader = new(
            new DownloadOptions { CacheDirectory = request.CacheDirectory, Proxy = packages.Proxy }, events);
        ProfileIndexes indexes = await ProfileIndexes.ReadAsync(
            profile, packages.Architecture, packages.Mirrors, family, downloader, clock, cancellationToken);
        Lockfile lockfile = await clock.RunAsync(
            "resolve",
            () => ResolveAsync(profile, family, packages, indexes.Indexes, cancellationToken),
            locked => $"{locked.Packages.Count} packages");
        WorkTree work = WorkTree.Create(packages.WorkDirectory, PackageUnpacking.ExpectedBytes(lockfile), packages.MayUseMemory);
        try
        {
            IInstallation installation = family.Install(work.Rootfs, profile, lockfile, installed: null);
            PackageUnpacking unpacking = new(family, downloader, indexes.Repositories, request.Jobs);
            await unpacking.RunAsync(lockfile, installation, clock, events, cancellationToken);
            await installation.PlaceAsync(cancellationToken);
            return ScratchSource.OfPackages(work, lockfile);
        }
        catch
        {
            work.Dispose();
            throw;
        }
    }

    /// <summary>A package that was only guessed by a file's name is no mistake of the profile.</summary>
    private static async Task<Lockfile> ResolveAsync(
        Profile profile, IPackageFamily family, ScratchPackages packages, IReadOnlyList<PackageIndex> indexes,
        CancellationToken cancellationToken)
    {
        try
        {
            return await Resolver.ResolveAsync(
                profile, family, packages.Architecture, indexes, installed: null, cancellationToken);
        }
        catch (ResolveException exception)
        {
            throw new ResolveException(
                exception.Message,
                packages.Names.Count == 0 ? "name the package that has the file with --package" : "change what --package says",
                exception);
        }
    }

    /// <summary>Only what is asked for, with its dependencies: nothing that makes a system of it.</summary>
    private static PackageSelection Selection(ScratchRequest request, ScratchPackages packages)
    {
        PackageSelection ofProfile = packages.Profile.Packages;
        string[] names = packages.Names.Count > 0 ? [.. packages.Names] : [NameOf(request)];
        return ofProfile with
        {
            Essential = false,
            Priorities = [],
            Include =
            [
                .. names,
                .. ofProfile.Include.Where(term => term == UsrIsMerged),
                .. request.With.Distinct().Select(extra => ScratchExtras.PackageOf(extra, packages.Profile.Family)).OfType<string>(),
            ],
            Extract = [],
            Scripts = PackageScripts.None,
        };
    }

    /// <summary>The name of the first file that can be in a package: one with a slash within is the host's.</summary>
    private static string NameOf(ScratchRequest request) => request.Files
        .Select(file => file.Source.TrimEnd('/'))
        .Where(source => source.StartsWith('/') || !source.Contains('/'))
        .Select(source => source[(source.LastIndexOf('/') + 1)..])
        .FirstOrDefault()
        ?? throw new ProfileException(
            "no package is named, and all files are the host's", "name the packages that have their libraries: --package libc6");
}
