using System.Text.Json;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>Bases that are images: in a registry, in an archive, in a layout; and what a host that has the base is sent.</summary>
public sealed class DerivedPlaceTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_same_image_stands_on_a_profile_a_registry_an_archive_and_a_layout()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Program("docker-registry").OrSkip();
        await using RealRegistry registry = await RealRegistry.StartAsync();
        string place = $"docker://{registry.Name}/base/debian:13";
        using JsonDocument @base = await BuildAsync(
            "debian-13-slim", "--to", place, "--to", "oci-archive:base.tar", "--to", "oci:images:base");

        string[] layers = [];
        foreach (string name in (string[])[place, "oci-archive:base.tar", "oci:images:base"])
        {
            Write("derived.yaml", $"extends: debian-13\nbase: {name}\ntitle: Derived\npackages: [less]\n");
            using JsonDocument derived = await BuildAsync("./derived.yaml", "--to", "oci:images:derived");
            layers = [.. layers, string.Join(' ', DiffIds(derived))];
            Assert.Equal(
                @base.RootElement.GetProperty("digest").GetString(),
                derived.RootElement.GetProperty("base").GetProperty("digest").GetString());
        }

        Write("derived.yaml", "base: debian-13-slim\ntitle: Derived\npackages: [less]\n");
        using JsonDocument ofProfile = await BuildAsync("./derived.yaml", "--to", "oci:images:derived");
        Assert.Equal(string.Join(' ', DiffIds(ofProfile)), Assert.Single(layers.Distinct()));
        Assert.Equal(DiffIds(@base)[0], DiffIds(ofProfile)[0]);
    }

    [Fact]
    public async Task A_registry_that_has_the_base_is_sent_the_one_layer()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Program("docker-registry").OrSkip();
        await using RealRegistry registry = await RealRegistry.StartAsync();
        string name = $"docker://{registry.Name}/team/image";
        Write("derived.yaml", "base: debian-13-slim\ntitle: Derived\npackages: [less]\n");
        using JsonDocument @base = await BuildAsync("debian-13-slim", "--to", $"{name}:base");
        long before = SizeOf(registry.Data);
        using JsonDocument derived = await BuildAsync("./derived.yaml", "--to", $"{name}:derived");

        Assert.InRange(SizeOf(registry.Data) - before, 1, 2_000_000);
        string note = string.Join(' ', derived.RootElement.GetProperty("deliveries")[0].GetProperty("notes").EnumerateArray());
        Assert.Contains("1 of 3 blobs", note, StringComparison.Ordinal);
        using JsonDocument inspected = JsonDocument.Parse(await Host.RunAsync(
            "skopeo", ["inspect", "--raw", "--tls-verify=false", $"{name}:derived"]));
        Assert.Equal(2, inspected.RootElement.GetProperty("layers").GetArrayLength());
    }

    private static long SizeOf(string directory) =>
        Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);

    private static string[] DiffIds(JsonDocument result) =>
        [.. result.RootElement.GetProperty("diffIds").EnumerateArray().Select(id => id.GetString()!)];

    private void Write(string name, string text) => _directory.Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    private async Task<JsonDocument> BuildAsync(string profile, params string[] options) =>
        JsonDocument.Parse(await Host.RunAsync(
            Host.Tool,
            ["build", profile, "--cache-dir", Host.Cache, "--format", "json", .. options],
            workingDirectory: _directory.FullPath));
}
