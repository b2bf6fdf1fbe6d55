using System.Text.Json;
using RootfsImporter.IntegrationTests.Runtimes;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>A derived image from which a package, a directory and a file went, as runtimes read it.</summary>
public sealed class WhiteoutTests : IDisposable
{
    private const string Profile = """
        title: Debian 12 without some of it
        base: debian-12
        packages: [less]
        remove: [tzdata, /usr/share/doc, /etc/issue.net, /etc/skel/.bash*]
        files:
          - {source: conf, target: /etc/company, owner: "7:8", mode: "0640"}
        run:
          - mkdir -m 1777 /srv/open && ln /etc/debian_version /srv/open/version
        """;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Docker_podman_and_umoci_see_the_same_tree()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Docker.OrSkip();
        Requirement.Program("podman").OrSkip();
        Requirement.Program("umoci").OrSkip();
        _directory.Write("conf/a.conf", "a"u8.ToArray());
        string profile = _directory.Write("less.yaml", System.Text.Encoding.UTF8.GetBytes(Profile));
        using JsonDocument @base = await BuildAsync("debian-12", "--to", "oci:images:base", "--to", "tar:base.tar");
        using JsonDocument derived = await BuildAsync(
            profile, "--to", "oci:images:less", "--to", "docker-archive:less.tar:less:1", "--to", "tar:flat.tar");

        string[] diffIds = DiffIds(derived);
        Assert.Equal(2, diffIds.Length);
        Assert.Equal(DiffIds(@base)[0], diffIds[0]);
        Assert.Equal("", string.Join("\n", ImageValidator.Validate(_directory["images"])));
        string[] before = await ListAsync("base.tar");
        string[] flat = await ListAsync("flat.tar");
        Assert.Contains(before, line => line.Contains(" usr/share/zoneinfo/", StringComparison.Ordinal));
        Assert.Contains(before, line => line.Contains(" usr/share/doc/apt/", StringComparison.Ordinal));
        Assert.DoesNotContain(flat, IsGone);
        Assert.Contains(flat, line => line.EndsWith(" usr/bin/less", StringComparison.Ordinal));
        Assert.Contains("-rw-r----- 7/8 1 etc/company/a.conf", flat);
        Assert.Contains(flat, line => line.StartsWith("drwxrwxrwt 0/0 ", StringComparison.Ordinal)
            && line.EndsWith(" srv/open", StringComparison.Ordinal));

        string[] docker = await InDockerAsync();
        string[] podman = await InPodmanAsync();
        string[] umoci = await InUmociAsync();

        HashSet<string> linked = [.. ((string[][])[flat, docker, podman, umoci]).SelectMany(NamesOfLinkedFiles)];
        Assert.Contains("etc/debian_version", linked);
        Assert.Contains("srv/open/version", linked);
        Assert.InRange(linked.Count, 2, 40);
        Assert.Equal(Content(flat, linked), Content(docker, linked));
        Assert.Equal(Content(flat, linked), Content(podman, linked));
        Assert.Equal(Content(flat, linked), Content(umoci, linked));
        Assert.Equal(linked.Order(StringComparer.Ordinal), Names(flat).Where(linked.Contains).Order(StringComparer.Ordinal));
        Assert.Equal(linked.Order(StringComparer.Ordinal), Names(docker).Where(linked.Contains).Order(StringComparer.Ordinal));
    }

    private static bool IsGone(string line) => line.Contains(" usr/share/zoneinfo", StringComparison.Ordinal)
        || line.Contains(" usr/share/doc/", StringComparison.Ordinal)
        || line.EndsWith(" usr/share/doc", StringComparison.Ordinal)
        || line.Contains(" etc/skel/.bash", StringComparison.Ordinal)
        || line.EndsWith(" etc/issue.net", StringComparison.Ordinal)
        || line.Contains(".wh.", StringComparison.Ordinal);

    private static string[] DiffIds(JsonDocument result) =>
        [.. result.RootElement.GetProperty("diffIds").EnumerateArray().Select(id => id.GetString()!)];

    private async Task<string[]> InDockerAsync()
    {
        await Host.RunAsync("docker", ["load", "--input", _directory["less.tar"]]);
        string container = (await Host.RunAsync("docker", ["create", "less:1"])).Trim();
        await Host.RunAsync("docker", ["export", "--output", _directory["docker.tar"], container]);
        await Host.RunAsync("docker", ["rm", container]);
        await Host.RunAsync("docker", ["image", "rm", "--force", "less:1"]);
        return await ListAsync("docker.tar");
    }

    private async Task<string[]> InPodmanAsync()
    {
        using ContainersHome home = new();
        await home.RunAsync("podman", "load", "--input", _directory["less.tar"]);
        string container = (await home.RunAsync("podman", "create", "less:1")).Trim();
        await home.RunAsync("podman", "export", "--output", _directory["podman.tar"], container);
        await home.RunAsync("podman", "rm", container);
        return await ListAsync("podman.tar");
    }

    private async Task<string[]> InUmociAsync()
    {
        await Host.RunAsync("umoci", ["unpack", "--image", $"{_directory["images"]}:less", _directory["bundle"]]);
        await Host.RunAsync(
            "tar", ["--create", "--file", _directory["umoci.tar"], "--directory", _directory["bundle/rootfs"], "."]);
        return await ListAsync("umoci.tar");
    }

    /// <summary>Mode, owner, size and name of each entry; a name has neither a leading ./ nor a slash at its end.</summary>
    private async Task<string[]> ListAsync(string tar)
    {
        string text = await Host.RunAsync(
            "tar", ["--list", "--verbose", "--numeric-owner", "--quoting-style=literal", "--file", _directory[tar]]);
        return
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
            {
                string[] fields = line.Split((char[]?)null, 6, StringSplitOptions.RemoveEmptyEntries);
                string name = fields[5].StartsWith("./", StringComparison.Ordinal) ? fields[5][2..] : fields[5];
                return $"{fields[0]} {fields[1]} {fields[2]} {name.TrimEnd('/')}";
            }),
        ];
    }

    /// <summary>All names of files with several: which of them an archive gives the content is the archiver's choice.</summary>
    private static IEnumerable<string> NamesOfLinkedFiles(string[] lines) => lines.Where(line => line[0] == 'h')
        .SelectMany(line => line.Split(' ', 4)[3].Split(" link to "))
        .Select(name => name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name);

    private static IEnumerable<string> Names(string[] lines) =>
        lines.Select(line => line.Split(' ', 4)[3].Split(" link to ")[0]);

    /// <summary>What is the image's own: runtimes put files into containers.</summary>
    private static IEnumerable<string> Content(string[] lines, HashSet<string> linked) => lines
        .Where(line => !linked.Contains(line.Split(' ', 4)[3].Split(" link to ")[0]))
        .Select(line => line[0] is '-' or 'l' ? line : string.Join(' ', line.Split(' ')[0], line.Split(' ')[1], line.Split(' ')[3]))
        .Where(line => !OfRuntimes.Any(path => line.EndsWith(" " + path, StringComparison.Ordinal)
            || line.Contains($" {path}/", StringComparison.Ordinal)))
        .Order(StringComparer.Ordinal);

    private static readonly string[] OfRuntimes =
        ["", "dev", "proc", "sys", "run", ".dockerenv", "etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/mtab"];

    private async Task<JsonDocument> BuildAsync(string profile, params string[] options) =>
        JsonDocument.Parse(await Host.RunAsync(
            Host.Tool,
            ["build", profile, "--cache-dir", Host.Cache, "--format", "json", .. options],
            workingDirectory: _directory.FullPath));
}
