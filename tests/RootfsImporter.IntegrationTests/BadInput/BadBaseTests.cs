using System.Diagnostics;
using System.Text.Json;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>Images that cannot be the base of another one: missing, damaged, of another architecture, without packages.</summary>
public sealed class BadBaseTests(TinyArchive archive)
{
    private const int NotFetched = 4;
    private const int NotResolved = 3;
    private const int NotVerified = 5;

    private static string Other => Architecture.Host.Deb == "amd64" ? "i386" : "armhf";

    [Theory]
    [InlineData("oci:absent:good", "absent")]
    [InlineData("oci:base:absent", "absent")]
    [InlineData("oci-archive:absent.tar", "absent.tar")]
    [InlineData("docker-archive:absent.tar", "absent.tar")]
    [InlineData("dir:absent", "absent")]
    [InlineData("docker://127.0.0.1:1/base:1", "127.0.0.1:1")]
    public Task Missing(string @base, string expected) => RefusedAsync(NotFetched, @base, _ => { }, [expected]);

    /// <summary>The other one is such that this host runs its programs too.</summary>
    [Fact]
    public Task Of_another_architecture() => RefusedAsync(
        NotFetched, "oci:base:good", _ => { },
        [$"the base oci:base:good has no image for {Other}: it has linux/{Architecture.Host.Oci}"], "--arch", Other);

    [Fact]
    public Task Layer_with_a_flipped_byte() => RefusedAsync(
        NotVerified, "oci:base:good", layout => Change(layout, bytes => bytes[bytes.Length / 2] ^= 1), ["sha256:"]);

    [Fact]
    public Task Layer_that_is_cut() => RefusedAsync(
        NotVerified, "oci:base:good", layout => Change(layout, bytes => bytes[..^100]),
        ["cannot read oci:base:good: blobs/sha256/", "and its descriptor says"]);

    [Fact]
    public Task Layer_that_is_missing() => RefusedAsync(
        NotVerified, "oci:base:good", layout => File.Delete(LayerOf(layout)),
        ["cannot read oci:base:good: there is no blobs/sha256/"]);

    [Fact]
    public Task Index_that_is_none() => RefusedAsync(
        NotVerified, "oci:base:good", layout => File.WriteAllText(Path.Combine(layout, "index.json"), "{\"manifests\": 7"),
        ["index.json"]);

    [Fact]
    public Task Archive_that_is_cut() => RefusedAsync(
        NotVerified, "oci-archive:base.tar", layout =>
        {
            using Process tar = Process.Start("tar", ["-C", layout, "-cf", layout + ".tar", "."]);
            tar.WaitForExit();
            File.WriteAllBytes(layout + ".tar", File.ReadAllBytes(layout + ".tar")[..100_000]);
        }, ["cannot read oci-archive:base.tar"]);

    [Fact]
    public Task Archive_that_is_none() => RefusedAsync(
        NotVerified, "oci-archive:base.tar", layout => File.WriteAllText(layout + ".tar", "<html>"),
        ["cannot read oci-archive:base.tar"]);

    /// <summary>A tree without a database of packages, as an import or scratch make it, takes files and no packages.</summary>
    [Fact]
    public async Task Without_packages()
    {
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        workshop.Root.Write("tree/etc/os-release", "ID=testing-os\nVERSION_ID=1\n");
        workshop.Root.Write("tree/bin/sh", ElfBuilder.Program());
        ToolRun import = await workshop.RunAsync(
            "import", "tree", "--to", "oci:profile/bare:x", "--cache-dir", "cache", "--format", "json");
        import.Digest();
        site.OnTop = "base: oci:bare:x\nextends: ./tiny.yaml\npackages: [busybox]\n";
        ToolRun run = await workshop.BuildAsync(site, "bad");
        run.IsError(NotResolved, "the base oci:bare:x has no database of deb packages");
        workshop.IsTidy();
        workshop.HasEarlierImage();

        site.OnTop = "base: oci:bare:x\nextends: ./tiny.yaml\nfiles: [{source: tiny.yaml, target: /srv/a}]\n";
        (await workshop.BuildAsync(site, "files")).Digest();
    }

    /// <summary>Stands on a copy of the good layout, with a cache that has none of it.</summary>
    private async Task RefusedAsync(
        int exitCode, string @base, Action<string> spoil, string[] expected, params string[] options)
    {
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        site.Profile = text => text.Replace("architectures: [", $"architectures: [{Other}, ", StringComparison.Ordinal);
        site.OnTop = $"base: {@base}\nextends: ./tiny.yaml\nfiles: [{{source: tiny.yaml, target: /srv/a}}]\n";
        string layout = workshop.Root["profile/base"];
        Directory.CreateDirectory(workshop.Root["profile"]);
        await Host.RunAsync("cp", ["-r", workshop.Images, layout]);
        spoil(layout);
        Directory.Delete(Path.Combine(workshop.Cache, "layers"), recursive: true);
        ToolRun run = await workshop.BuildAsync(site, "bad", options);
        run.IsError(exitCode, expected);
        await workshop.IsWholeAsync();
    }

    private static void Change(string layout, Action<byte[]> change) => Change(layout, bytes =>
    {
        change(bytes);
        return bytes;
    });

    private static void Change(string layout, Func<byte[], byte[]> change)
    {
        string layer = LayerOf(layout);
        File.WriteAllBytes(layer, change(File.ReadAllBytes(layer)));
    }

    /// <summary>The file of the only image's only layer.</summary>
    private static string LayerOf(string layout)
    {
        string blob = Blob("index.json", "manifests", isIndex: true);
        return Blob(blob, "layers", isIndex: false);

        string Blob(string file, string list, bool isIndex)
        {
            using JsonDocument document = JsonDocument.Parse(
                File.ReadAllBytes(isIndex ? Path.Combine(layout, file) : file));
            string digest = document.RootElement.GetProperty(list)[0].GetProperty("digest").GetString()!;
            return Path.Combine(layout, "blobs", digest.Replace(':', '/'));
        }
    }
}
