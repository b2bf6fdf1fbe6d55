using RootfsImporter.Net;
using RootfsImporter.Oci;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;
using RootfsImporter.Stages;

namespace RootfsImporter;

/// <summary>The stages in order: a build from request to result.</summary>
public static class Pipeline
{
    /// <summary>
    /// Runs a build. All packages of all architectures are chosen before the first image is made, and all images are made
    /// before the first delivery. Throws a <see cref="RootfsImporterException"/> for what a user can mend; on failure or
    /// cancellation no mount, process or temporary file is left, and targets hold what they held before.
    /// </summary>
    public static Task<BuildResult> BuildAsync(
        BuildRequest request, IProgress<BuildEvent> events, CancellationToken cancellationToken) =>
        BuildAsync(request, PackageFamilies.Create(request.Profile.Family, events), events, cancellationToken);

    /// <summary>As the other, with a family of the caller's.</summary>
    internal static async Task<BuildResult> BuildAsync(
        BuildRequest request, IPackageFamily family, IProgress<BuildEvent> events, CancellationToken cancellationToken)
    {
        StageClock clock = new(events);
        BuildCache cache = new(request.CacheDirectory);
        Deliverer deliverer = new(request.Targets, cache, request.Jobs, clock, events);
        await deliverer.CheckAsync(cancellationToken);
        RequireEmulation(request);
        using Downloader downloader = new(
            new DownloadOptions { CacheDirectory = request.CacheDirectory, Proxy = request.Proxy }, events);
        ImageMaker maker = new(request, family, downloader, cache, clock, events);
        List<ImagePlan> plans = [];
        foreach (Architecture architecture in request.Architectures)
        {
            plans.Add(await maker.PlanAsync(architecture, cancellationToken));
        }

        VersionAgreement.Check([.. plans.Select(plan => plan.Lockfile)], family, request.MayVersionsDiffer, events);
        CheckBases(plans, family, request.MayVersionsDiffer, events);
        List<ImageResult> results = [];
        foreach (ImagePlan plan in plans)
        {
            results.Add(await maker.MakeAsync(plan, cancellationToken));
        }

        if (request.Engine != BuildEngine.Native)
        {
            // What outside programs chose is known only now.
            VersionAgreement.Check(
                [.. results.Select(result => result.Lockfile)], family, request.MayVersionsDiffer, events);
        }

        Delivered delivered = await deliverer.DeliverAsync(
            ImageSet.Of([.. results.Select(result => result.Image)]), cancellationToken);
        return new BuildResult
        {
            Images = delivered.Images,
            Engine = request.Engine,
            Results = results,
            Deliveries = delivered.Deliveries,
            Stages = clock.Times,
        };
    }

    /// <summary>What can be known to fail fails before anything is fetched.</summary>
    private static void RequireEmulation(BuildRequest request)
    {
        for (Profile? profile = request.Profile; profile is not null; profile = profile.Base?.Profile)
        {
            if (RunsPrograms(profile))
            {
                foreach (Architecture architecture in request.Architectures)
                {
                    Emulation.Require(architecture);
                }
            }
        }
    }

    private static bool RunsPrograms(Profile profile) => profile.Run.Count > 0
        || (profile.ChangesPackages && profile.Packages.Scripts == PackageScripts.Run);

    private static void CheckBases(
        List<ImagePlan> plans, IPackageFamily family, bool mayDiffer, IProgress<BuildEvent> events)
    {
        Lockfile[] locks = [.. plans.Select(plan => plan.Base?.Lockfile).OfType<Lockfile>()];
        if (locks.Length == plans.Count)
        {
            VersionAgreement.Check(locks, family, mayDiffer, events);
        }
    }
}
