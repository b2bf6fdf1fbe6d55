using System.Text;
using System.Text.Json;
using RootfsImporter.IntegrationTests.BadInput;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>Images of Alpine for two architectures, made and published by the program as one index.</summary>
public sealed class AlpineIndexTests : IDisposable
{
    private static readonly Architecture Arm64 = Architecture.Parse("arm64");
    private static readonly Architecture[] Both = [Architecture.Parse("amd64"), Arm64];

    private readonly AlpineMirror _mirror;
    private readonly ApkSystem _system;
    private readonly Workshop _workshop;

    public AlpineIndexTests(AlpineMirror mirror, ApkSystem system)
    {
        Requirement.Root.OrSkip();
        Requirement.Program("docker-registry").OrSkip();
        Requirement.Program("skopeo").OrSkip();
        (_mirror, _system, _workshop) = (mirror, system, new Workshop(system));
    }

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public async Task Skopeo_and_podman_read_what_was_published()
    {
        Requirement.Program("podman").OrSkip();
        await using RealRegistry registry = await RealRegistry.StartAsync();
        using AlpineOrigin origin = await AlpineOrigin.CreateAsync(_mirror, _system, _workshop.Root, Both);
        ToolRun run = await PublishAsync(registry, origin.Profile, "--additional-tag", "latest");
        string digest = run.Digest();
        using JsonDocument result = JsonDocument.Parse(run.Output);
        JsonElement[] images = [.. result.RootElement.GetProperty("images").EnumerateArray()];

        foreach (string tag in (string[])["3.20", "latest"])
        {
            Assert.Equal(digest, await DigestAsync(registry, tag));
            using JsonDocument index = JsonDocument.Parse(await RawAsync(registry, $":{tag}"));
            IsIndexOf(index.RootElement, images);
        }

        await using Podman podman = new();
        foreach ((Architecture architecture, JsonElement image) in Both.Zip(images))
        {
            await IsImageOfAsync(registry, architecture, image);
            Assert.Equal(
                image.GetProperty("configDigest").GetString(),
                await podman.PullAsync($"{registry.Name}/alpine:3.20", architecture));
        }
    }

    [Fact]
    public async Task Without_the_index_of_one_architecture_nothing_is_published() => await KeepsTagsAsync(
        4, site => site.Serve = server => server.Remove(ApkSite.IndexOf(Arm64)), "v1/main/aarch64/APKINDEX.tar.gz");

    [Fact]
    public async Task With_a_damaged_package_of_one_architecture_nothing_is_published() => await KeepsTagsAsync(
        5, site => site.Spoil = all => all.FlipByte(ApkSite.PathOf("extra-1.0-r0.apk", Arm64)),
        "v1/main/aarch64/extra-1.0-r0.apk", "has the wrong content");

    [Fact]
    public async Task Architectures_that_disagree_in_a_version_are_refused_unless_they_may()
    {
        using ApkSite site = _system.Site(Both);
        site.More = architecture => [Extra(architecture, architecture == Arm64.Apk ? "1.0-r1" : "1.0-r0")];
        string[] arguments = await _workshop.ArgumentsAsync(
            site, "both", "--variant", "minirootfs", "--arch", "amd64,arm64", "--include", "extra");
        ToolRun refused = await _workshop.RunAsync(arguments);
        refused.IsError(
            3, "the architectures disagree in the versions of 1 package", "extra: 1.0-r0 on amd64, 1.0-r1 on arm64");
        Assert.Contains("--allow-version-skew", refused.ErrorOutput, StringComparison.Ordinal);
        Assert.False(Path.Exists(_workshop.Images));

        ToolRun delivered = await _workshop.RunAsync([.. arguments, "--allow-version-skew"]);
        string digest = delivered.Digest();
        Assert.Contains(
            "warning: the architectures disagree in the versions of 1 package: extra: 1.0-r0 on amd64, 1.0-r1 on arm64",
            delivered.ErrorOutput, StringComparison.Ordinal);
        Assert.Equal([], ImageValidator.Validate(_workshop.Images));
        string text = await Host.RunAsync("skopeo", ["inspect", "--raw", $"oci:{_workshop.Images}:both"]);
        Assert.Equal(digest, Digest.Of(Encoding.UTF8.GetBytes(text)).ToString());
        _workshop.IsTidy();
    }

    /// <summary>Asserts that a failure leaves the tags, and no blob or manifest of what failed, in the registry.</summary>
    private async Task KeepsTagsAsync(int exitCode, Action<ApkSite> spoil, params string[] expected)
    {
        await using RealRegistry registry = await RealRegistry.StartAsync();
        using ApkSite good = _system.Site(Both);
        string digest = (await PublishAsync(
            registry, await good.WriteToAsync(_workshop.Root), "--additional-tag", "latest")).Digest();
        string[] files = registry.Files();

        using ApkSite bad = _system.Site(Both);
        bad.More = architecture => [Extra(architecture, "1.0-r0")];
        spoil(bad);
        ToolRun run = await PublishAsync(
            registry, await bad.WriteToAsync(_workshop.Root), "--additional-tag", "latest", "--include", "extra");
        run.IsError(exitCode, expected);
        foreach (string tag in (string[])["3.20", "latest"])
        {
            Assert.Equal(digest, await DigestAsync(registry, tag));
        }

        Assert.Equal(files, registry.Files());
        _workshop.IsTidy();
    }

    private static ApkBuilder Extra(string architecture, string version) =>
        new ApkBuilder("extra", version, architecture).File("usr/share/extra", "something to damage");

    private static void IsIndexOf(JsonElement index, JsonElement[] images)
    {
        Assert.Equal("application/vnd.oci.image.index.v1+json", index.GetProperty("mediaType").GetString());
        JsonElement[] manifests = [.. index.GetProperty("manifests").EnumerateArray()];
        Assert.Equal(
            images.Select(image => image.GetProperty("digest").GetString()),
            manifests.Select(manifest => manifest.GetProperty("digest").GetString()));
        Assert.Equal(
            ["linux/amd64/-", "linux/arm64/v8"],
            manifests.Select(manifest => manifest.GetProperty("platform")).Select(platform =>
                $"{platform.GetProperty("os").GetString()}/{platform.GetProperty("architecture").GetString()}/"
                + (platform.TryGetProperty("variant", out JsonElement variant) ? variant.GetString() : "-")));
    }

    /// <summary>Asserts that an architecture's image is what the program said of it.</summary>
    private static async Task IsImageOfAsync(RealRegistry registry, Architecture architecture, JsonElement image)
    {
        using JsonDocument manifest = JsonDocument.Parse(
            await RawAsync(registry, $"@{image.GetProperty("digest").GetString()}"));
        Assert.Equal(
            DateTimeOffset.FromUnixTimeSeconds(image.GetProperty("sourceDateEpoch").GetInt64()),
            manifest.RootElement.GetProperty("annotations").GetProperty("org.opencontainers.image.created")
                .GetDateTimeOffset());
        using JsonDocument seen = JsonDocument.Parse(await Host.RunAsync(
            "skopeo",
            [
                "--override-arch", architecture.Oci, "inspect", "--tls-verify=false",
                $"docker://{registry.Name}/alpine:3.20",
            ]));
        Assert.Equal(architecture.Oci, seen.RootElement.GetProperty("Architecture").GetString());
        Assert.Equal(
            manifest.RootElement.GetProperty("layers")[0].GetProperty("digest").GetString(),
            seen.RootElement.GetProperty("Layers")[0].GetString());
    }

    private Task<ToolRun> PublishAsync(RealRegistry registry, string profile, params string[] options) => _workshop.RunAsync(
    [
        "build", profile, "--variant", "minirootfs", "--arch", "amd64,arm64", "--cache-dir", _workshop.Cache,
        "--format", "json", "--to", $"docker://{registry.Name}/alpine:3.20", .. options,
    ]);

    /// <summary>A manifest or index as the registry has it, byte for byte.</summary>
    /// <param name="registry">The registry.</param>
    /// <param name="version"><c>:TAG</c> or <c>@DIGEST</c>.</param>
    private static Task<string> RawAsync(RealRegistry registry, string version) => Host.RunAsync(
        "skopeo", ["inspect", "--raw", "--tls-verify=false", $"docker://{registry.Name}/alpine{version}"]);

    /// <summary>The digest of what a tag names.</summary>
    private static async Task<string> DigestAsync(RealRegistry registry, string tag) =>
        Digest.Of(Encoding.UTF8.GetBytes(await RawAsync(registry, $":{tag}"))).ToString();
}
