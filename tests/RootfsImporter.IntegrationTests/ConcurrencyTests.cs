using RootfsImporter.IntegrationTests.BadInput;
using RootfsImporter.Oci;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>Builds at the same time that share one cache and one layout.</summary>
public sealed class ConcurrencyTests(TinyArchive archive)
{
    [Fact]
    public async Task Two_builds_of_the_same_download_each_package_once()
    {
        using TinySite site = await archive.SiteAsync();
        using Workshop workshop = new(archive);
        string[] one = await workshop.ArgumentsAsync(site, "one", "--no-reuse");
        string[] other = await workshop.ArgumentsAsync(site, "other", "--no-reuse");
        ToolRun[] runs = await Task.WhenAll(workshop.RunAsync(one), workshop.RunAsync(other));
        Assert.All(runs, run => Assert.Equal(archive.GoodDigest, run.Digest()));
        Assert.Equal(["one", "other"], Tags(workshop));
        Assert.Equal([], ImageValidator.Validate(workshop.Images));
        Assert.All(
            site.Packages.Select(package => package.PoolPath).Append(TinySite.Index),
            path => Assert.Single(site.Server.Requests, request => request.Path == path));
        workshop.IsTidy();
    }

    [Fact]
    public async Task Four_builds_of_different_packages_keep_each_others_images()
    {
        using Workshop workshop = await archive.WorkshopAsync();
        List<TinySite> sites = [];
        List<Task<ToolRun>> runs = [];
        try
        {
            for (int i = 1; i <= 4; i++)
            {
                TinySite site = await archive.SiteAsync();
                sites.Add(site);
                site.Packages.Add(TinySystem.Package($"extra{i}").File($"usr/share/extra{i}", new string('x', i * 10_000)));

                // Each has the same path in the profile directory: a file of its own, so that none reads another's.
                string profile = $"profile{i}.yaml";
                File.Move(await site.WriteToAsync(workshop.Root), workshop.Root[$"profile/{profile}"]);
            }

            // Not before all is written: each site writes the key file that all profiles name.
            runs.AddRange(Enumerable.Range(1, 4).Select(i => workshop.RunAsync(
                "build", workshop.Root[$"profile/profile{i}.yaml"], "--cache-dir", workshop.Cache, "--to",
                $"oci:{workshop.Images}:tag{i}", "--format", "json")));
            string[] digests = [.. (await Task.WhenAll(runs)).Select(run => run.Digest())];
            Assert.Equal(4, digests.Distinct().Count());
            Assert.Equal(["good", "tag1", "tag2", "tag3", "tag4"], Tags(workshop));
            Assert.Equal([], ImageValidator.Validate(workshop.Images));
            workshop.IsTidy();
        }
        finally
        {
            await Task.WhenAll(runs);
            sites.ForEach(site => site.Dispose());
        }
    }

    private static IEnumerable<string> Tags(Workshop workshop) =>
        ImageIndex.Parse(File.ReadAllBytes(Path.Combine(workshop.Images, "index.json"))).Manifests
            .Select(manifest => manifest.Annotations![AnnotationKeys.RefName]).Order(StringComparer.Ordinal);
}
