using RootfsImporter.Net;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>The archives of today have what the shipped examples name, down to the distribution that they stand on.</summary>
public sealed class ExamplePackagesTests
{
    private static readonly string[] Directories = [Host.Distros, Path.Combine(Host.Distros, "examples")];

    [Theory]
    [InlineData("ubuntu-24.04-builder", "ruby", "nodejs", "libmongoc-1.0-0t64", "openjdk-21-jdk-headless", "gcc-13")]
    [InlineData("debian-redis", "redis-tools")]
    [InlineData("debian-company", "openssl")]
    [InlineData("debian-company-web", "nginx-common", "ca-certificates")]
    public async Task Everything_named_is_there_together(string name, params string[] brought)
    {
        Requirement.Network.OrSkip();
        Profile whole = Flat(ProfileLoader.Load(name, null, Directories));

        Lockfile lockfile = await ResolveAsync(whole);

        Assert.Empty(whole.Packages.Include.Concat(whole.BuildOnly).Concat(brought)
            .Except(lockfile.Packages.Select(package => package.Name)));
        Assert.All(whole.BuildOnly, term => Assert.True(lockfile.Packages.Single(package => package.Name == term).IsBuildOnly));
    }

    /// <summary>The profile without a base, with all that its bases have.</summary>
    private static Profile Flat(Profile profile)
    {
        if (profile.Base is null)
        {
            return profile;
        }

        PackageSelection under = Flat(profile.Base.Profile!).Packages;
        return profile with
        {
            Base = null,
            Packages = under with { Include = [.. under.Include, .. profile.Packages.Include] },
        };
    }

    private static async Task<Lockfile> ResolveAsync(Profile profile)
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        RecordedEvents events = new();
        IPackageFamily family = PackageFamilies.Create(profile.Family, events);
        using Downloader downloader = new(new DownloadOptions { CacheDirectory = Host.Cache }, events);
        IReadOnlyList<Repository> repositories = RepositoryPlan.Create(
            profile,
            Architecture.Host,
            await MirrorResolver.ResolveAsync(
                new MirrorRequest { Profile = profile, Architecture = Architecture.Host }, cancellationToken));
        PackageIndex[] indexes = await Task.WhenAll(repositories.Select(
            repository => family.ReadIndexAsync(repository, Architecture.Host, downloader, cancellationToken)));
        return await Resolver.ResolveAsync(
            profile, family, Architecture.Host, indexes, installed: null, cancellationToken);
    }
}
