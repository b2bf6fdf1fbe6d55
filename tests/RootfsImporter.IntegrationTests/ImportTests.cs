using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary><c>import</c> of trees that debootstrap and Alpine made, against <c>docker import</c>.</summary>
public sealed class ImportTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly List<string> _images = [];

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task A_tree_of_debootstraps_is_one_image_as_directory_tar_and_pipe()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Program("debootstrap").OrSkip();
        await DebootstrapAsync();
        await ThreeRoutesAsync("debian", "Debian GNU/Linux 12 (bookworm)", ["debian-12", "deb"]);
        await RunsInDockerAsync("/usr/bin/dpkg", "--audit");
        await IsAsDockerImportsItAsync("test -x /usr/bin/dpkg");
    }

    /// <summary>What needs no network, and so runs everywhere: the tree holds one program and no database.</summary>
    [Fact]
    public async Task A_tree_of_busybox_is_one_image_as_directory_tar_and_pipe()
    {
        await BusyboxAsync();
        await ThreeRoutesAsync("tiny", "Tiny", []);
    }

    [Fact]
    public async Task Kept_as_it_is_a_tree_has_the_content_that_docker_import_gives_it()
    {
        Requirement.Docker.OrSkip();
        await BusyboxAsync();
        await RunAsync("setcap", "cap_net_raw+ep", "tree/bin/ping");
        await RunAsync("mknod", "tree/dev/sda", "b", "8", "0");
        await RunAsync("chown", "1000:2000", "tree/srv");
        await IsAsDockerImportsItAsync("[ \"$(cat /etc/motd)\" = hello ]");
    }

    [Theory]
    [InlineData("alpine-minirootfs-3.20.3-x86_64.tar.gz", "amd64", "alpine-3.20")]
    [InlineData("alpine-minirootfs-3.20.3-aarch64.tar.gz", "arm64", "alpine-3.20")]
    [InlineData("alpine-minirootfs-3.19.4-x86_64.tar.gz", "amd64", null)]
    public async Task Alpines_own_archives_are_known_and_read_in_place_of_a_package_manager(
        string file, string architecture, string? profile)
    {
        if (SharedAlpine.File(file) is not string path)
        {
            Assert.Skip(SharedAlpine.Reason);
            return;
        }

        JsonElement result = await ImportJsonAsync(path);
        Assert.Equal("alpine", result.GetProperty("distribution").GetString());
        Assert.Equal("apk", result.GetProperty("family").GetString());
        Assert.Equal(architecture, result.GetProperty("architecture").GetString());
        Assert.Equal(profile, result.TryGetProperty("profile", out JsonElement found) ? found.GetString() : null);
        ImageValidator.ThrowIfInvalid(_temp["out"]);
    }

    [Fact]
    public async Task What_umoci_unpacks_of_an_imported_image_is_the_tree()
    {
        Requirement.Root.OrSkip();
        Requirement.Program("umoci").OrSkip();
        await BusyboxAsync();
        await RunAsync("chown", "7:8", "tree/srv");
        await ToolAsync("tree", "--keep-as-is", "--quiet", "--to", "oci:out:x");
        await RunAsync("umoci", "unpack", "--image", "out:x", "bundle");
        using Files.Rootfs ours = Files.Rootfs.Open(_temp["tree"]);
        using Files.Rootfs theirs = Files.Rootfs.Open(_temp["bundle/rootfs"]);

        Assert.Empty(TreeListing.Differences(
            TreeListing.Of(ours), TreeListing.Of(theirs), path => path is "/" or "/dev/null"));
    }

    [Fact]
    public async Task Layers_are_flattened_as_umoci_unpacks_them()
    {
        Requirement.Root.OrSkip();
        Requirement.Program("umoci").OrSkip();
        await BusyboxAsync();
        await ToolAsync("tree", "--keep-as-is", "--quiet", "--to", "oci:made:one");
        await RunAsync("umoci", "unpack", "--image", "made:one", "first");
        await RunAsync("sh", "-c",
            "cd first/rootfs && rm etc/motd && rm -r srv && echo file > srv && mkdir etc/new && ln bin/sh etc/new/sh"
            + " && ln -s /etc/new link && chmod 700 etc");
        await RunAsync("umoci", "repack", "--image", "made:two", "first");
        await RunAsync("umoci", "unpack", "--image", "made:two", "second");
        await ToolAsync("oci:made:two", "--keep-as-is", "--quiet", "--to", "oci:flat:x");
        await RunAsync("umoci", "unpack", "--image", "flat:x", "third");
        using Files.Rootfs theirs = Files.Rootfs.Open(_temp["second/rootfs"]);
        using Files.Rootfs ours = Files.Rootfs.Open(_temp["third/rootfs"]);

        Assert.Equal(2, (await RunAsync("umoci", "stat", "--json", "--image", "made:two")).Split("\"layer\":{").Length - 1);
        Assert.Empty(TreeListing.Differences(TreeListing.Of(ours), TreeListing.Of(theirs), path => path == "/"));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    [InlineData("bzip2")]
    public async Task A_compressed_archive_gives_the_image_of_the_plain_one(string program)
    {
        await BusyboxAsync();
        await TarAsync();
        string plain = await ToolAsync("tree.tar", "--quiet");
        await RunAsync("sh", "-c", $"{program} -c tree.tar > packed");

        Assert.Equal(plain, await ToolAsync("packed", "--quiet"));
        Assert.Equal(plain, await PipeAsync("packed"));
    }

    /// <summary>The same tree by three ways.</summary>
    private async Task ThreeRoutesAsync(string distribution, string title, string[] words)
    {
        await TarAsync();
        JsonElement directory = await ImportJsonAsync("tree");
        string digest = directory.GetProperty("digest").GetString()!;
        Assert.Equal(distribution, directory.GetProperty("distribution").GetString());
        Assert.Equal(digest, (await ToolAsync("tree.tar", "--quiet")).Trim());
        Assert.Equal(digest, (await PipeAsync("tree.tar")).Trim());
        string text = await ToolAsync("tree.tar");
        Assert.Contains(title, text, StringComparison.Ordinal);
        Assert.All(words, word => Assert.Contains(word, directory.GetRawText(), StringComparison.Ordinal));
        ImageValidator.ThrowIfInvalid(_temp["out"]);
    }

    /// <summary>What <c>docker import</c> makes of the tree's tar and what we do, left as it is, are one content, and it runs.</summary>
    private async Task IsAsDockerImportsItAsync(string command)
    {
        await RunAsync("tar", "-C", "tree", "--xattrs", "--xattrs-include=*", "--numeric-owner", "-cf", "tree.tar", ".");
        await DockerAsync("import", _temp["tree.tar"], Name("theirs"));
        string ours = Name("ours");
        await ToolAsync("tree.tar", "--keep-as-is", "--quiet", "--to", $"docker-daemon:{ours}");
        try
        {
            Assert.Equal(await ExportAsync(Name("theirs")), await ExportAsync(ours));
            await DockerAsync("run", "--rm", "--network", "none", ours, "/bin/sh", "-c", command);
        }
        finally
        {
            await RemoveImagesAsync();
        }
    }

    private async Task RunsInDockerAsync(params string[] command)
    {
        Requirement.Docker.OrSkip();
        await ToolAsync("tree.tar", "--quiet", "--to", $"docker-daemon:{Name("run")}");
        try
        {
            await DockerAsync(["run", "--rm", "--network", "none", Name("run"), .. command]);
        }
        finally
        {
            await RemoveImagesAsync();
        }
    }

    /// <summary>Unpacks what debootstrap made; that takes minutes, so it is kept in the tests' cache for a week.</summary>
    private async Task DebootstrapAsync()
    {
        string kept = Path.Combine(Host.Cache, "debootstrap-bookworm.tar");
        if (!File.Exists(kept) || DateTime.UtcNow - File.GetLastWriteTimeUtc(kept) > TimeSpan.FromDays(7))
        {
            Profiles.Profile profile = Profiles.ProfileLoader.Load("debian-12", null, [Host.Distros]);
            IReadOnlyDictionary<string, Net.ArchiveMirrors> mirrors = await Net.MirrorResolver.ResolveAsync(
                new Net.MirrorRequest { Profile = profile, Architecture = Architecture.Host }, TestContext.Current.CancellationToken);
            await RunAsync(
                "debootstrap", "--variant=minbase", "--force-check-gpg",
                $"--keyring={await Keyrings.WriteAsync(profile, _temp.FullPath)}", profile.Suite, _temp["made"],
                mirrors["main"].InOrder[0].AbsoluteUri);
            Directory.CreateDirectory(Host.Cache);
            await RunAsync("tar", "-C", "made", "--numeric-owner", "-cf", "made.tar", ".");
            await RunAsync("mv", "made.tar", kept);
        }

        Directory.CreateDirectory(_temp["tree"]);
        await RunAsync("tar", "-C", "tree", "--numeric-owner", "-xpf", kept);
    }

    private async Task BusyboxAsync()
    {
        Requirement.Root.OrSkip();
        if (Host.Find("busybox") is not string busybox)
        {
            Requirement.Program("busybox").OrSkip();
            return;
        }

        _temp.Write("tree/etc/os-release", "ID=tiny\nPRETTY_NAME=Tiny\n");
        _temp.Write("tree/etc/motd", "hello\n");
        foreach (string directory in (string[])["bin", "dev", "proc", "sys", "srv", "tmp"])
        {
            Directory.CreateDirectory(_temp["tree/" + directory]);
        }

        await RunAsync("cp", busybox, "tree/bin/busybox");
        await RunAsync("ln", "tree/bin/busybox", "tree/bin/sh");
        await RunAsync("ln", "-s", "busybox", "tree/bin/cat");
        await RunAsync("cp", busybox, "tree/bin/ping");
        await RunAsync("mknod", "tree/dev/null", "c", "1", "3");
        await RunAsync("touch", "-d", "@1700000000", "tree/bin/busybox", "tree/bin/ping", "tree/etc/motd");
    }

    private Task<string> TarAsync() => RunAsync("tar", "-C", "tree", "--numeric-owner", "-cf", "tree.tar", ".");

    /// <summary>What a container of an image holds, but for devices and what the runtime puts there itself.</summary>
    private async Task<string> ExportAsync(string image)
    {
        string container = (await DockerAsync("create", "--network", "none", image, "/bin/sh")).Trim();
        try
        {
            await DockerAsync("export", "--output", _temp["export.tar"], container);
        }
        finally
        {
            await DockerAsync("rm", container);
        }

        await using FileStream file = File.OpenRead(_temp["export.tar"]);
        await using TarReader reader = new(file);
        SortedDictionary<string, string> lines = new(StringComparer.Ordinal);
        while (await reader.GetNextEntryAsync(copyData: false, TestContext.Current.CancellationToken) is { } entry)
        {
            string path = entry.Name.TrimEnd('/');
            bool isRuntimes = path is ".dockerenv" or "etc/hostname" or "etc/hosts" or "etc/resolv.conf" or "etc/mtab"
                || path.StartsWith("dev/", StringComparison.Ordinal);
            if (!isRuntimes)
            {
                lines.Add(path, Describe(entry));
            }
        }

        return string.Join('\n', lines.Select(line => $"{line.Key} {line.Value}"));
    }

    private static string Describe(TarEntry entry)
    {
        // Docker writes into directories as it makes a container.
        string time = entry.EntryType == TarEntryType.Directory ? "" : entry.ModificationTime.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        string content = entry.DataStream is null ? entry.LinkName : Convert.ToHexStringLower(SHA256.HashData(entry.DataStream));
        string attributes = entry is PaxTarEntry pax
            ? string.Join(' ', pax.ExtendedAttributes.Keys.Where(key => key.Contains("xattr", StringComparison.Ordinal)).Order())
            : "";
        return $"{entry.EntryType} {Convert.ToString((int)entry.Mode, 8)} {entry.Uid}:{entry.Gid} {time} {content} {attributes}";
    }

    private string Name(string part)
    {
        string name = $"rootfs-importer-test-import:{part}-{Path.GetFileName(_temp.FullPath).ToLowerInvariant()}";
        if (!_images.Contains(name))
        {
            _images.Add(name);
        }

        return name;
    }

    private async Task RemoveImagesAsync()
    {
        foreach (string image in _images)
        {
            await Host.TryRunAsync("docker", ["image", "rm", "--force", image]);
        }
    }

    private async Task<JsonElement> ImportJsonAsync(string source)
    {
        using JsonDocument document = JsonDocument.Parse(await ToolAsync(source, "--format", "json", "--to", "oci:out:json"));
        return document.RootElement.Clone();
    }

    private static Task<string> DockerAsync(params string[] arguments) => Host.RunAsync("docker", arguments);

    private Task<string> ToolAsync(params string[] arguments) => Host.RunAsync(
        Host.Tool, ["import", "--cache-dir", Host.Cache, .. arguments], Environment(), _temp.FullPath);

    private Task<string> PipeAsync(string file) => Host.RunAsync(
        "sh", ["-c", $"cat {file} | {Host.Tool} import - --quiet --cache-dir {Host.Cache} --to oci:out:pipe"], Environment(), _temp.FullPath);

    private static Dictionary<string, string> Environment() => new() { ["ROOTFS_IMPORTER_PROFILES"] = Host.Distros };

    private Task<string> RunAsync(string program, params string[] arguments) =>
        Host.RunAsync(program, arguments, workingDirectory: _temp.FullPath);
}
