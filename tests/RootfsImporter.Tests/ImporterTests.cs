using System.IO.Compression;
using RootfsImporter.Archives;
using RootfsImporter.Files;
using RootfsImporter.Importing;
using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Codecs;
using RootfsImporter.Tests.Targets;
using static RootfsImporter.Tests.ImporterFixture;

namespace RootfsImporter.Tests;

/// <summary>Imports from end to end: what is in the image, whatever form the tree came in.</summary>
public sealed class ImporterTests : IDisposable
{
    private readonly ImporterFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tree_is_the_same_image_as_file_pipe_and_compressed()
    {
        byte[] tar = Tar(Debian());
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(tar);
        }

        Digest[] digests =
        [
            (await ImportAsync(_fixture.Request(_fixture.OnDisk("a.tar", tar)))).Images.Root.Digest,
            (await ImportAsync(_fixture.Request(ImporterFixture.Pipe(tar), "oci:out:y"))).Images.Root.Digest,
            (await ImportAsync(_fixture.Request(_fixture.OnDisk("named.wrong", packed.ToArray()), "oci:out:z"))).Images.Root.Digest,
            (await ImportAsync(_fixture.Request(ImporterFixture.Pipe(packed.ToArray()), "oci:out:w"))).Images.Root.Digest,
        ];

        Assert.Single(digests.Distinct());
        ImageValidator.ThrowIfInvalid(_fixture.Temp["out"]);
    }

    [Fact]
    public async Task A_directory_is_the_same_image_as_its_tar()
    {
        _fixture.Temp.Write("tree/etc/os-release", "ID=debian\nVERSION_ID=12\n");
        _fixture.Temp.Write("tree/bin/sh", ElfBuilder.Program("libc.so.6"));
        System.IO.File.SetUnixFileMode(_fixture.Temp["tree/bin/sh"], (UnixFileMode)0x1ED);
        await HostTool.RunAsync("ln", _fixture.Temp["tree/bin/sh"], _fixture.Temp["tree/bin/ash"]);
        await HostTool.RunAsync("tar", "-C", _fixture.Temp["tree"], "--numeric-owner", "-cf", _fixture.Temp["tree.tar"], ".");
        ImportSource directory = new ImportSource.Directory(_fixture.Temp["tree"]) { Name = "tree" };

        foreach (bool keep in (bool[])[false, true])
        {
            Digest one = (await ImportAsync(_fixture.Request(directory) with { KeepAsIs = keep })).Images.Root.Digest;
            ImportSource archive = _fixture.OnDisk("copy.tar", System.IO.File.ReadAllBytes(_fixture.Temp["tree.tar"]));
            Digest other = (await ImportAsync(_fixture.Request(archive, "oci:out:y") with { KeepAsIs = keep }))
                .Images.Root.Digest;
            Assert.Equal(one, other);
        }
    }

    [Fact]
    public async Task A_known_release_is_sealed_by_its_familys_rules_and_has_its_profiles_settings()
    {
        ImportResult result = await ImportAsync(_fixture.Request(ImporterFixture.Pipe(Tar(Debian()))));

        Assert.Equal(
            ("debian", "12", "debian-12", "deb", 1),
            (result.Recognition.Distribution, result.Recognition.Version, result.Recognition.Profile, result.Recognition.Family,
                result.Recognition.Packages));
        Assert.Equal(Packaged, result.Recognition.SourceDateEpoch);
        Assert.Equal(["/dev/null"], result.Report.Dropped);
        Assert.Equal([new OwnerCount("1000:1000", 1)], result.Report.Owners);
        RootTree tree = await TreeOfAsync(result);
        Assert.Null(tree.Find(RootPath.Parse("var/log/dpkg.log")));
        Assert.Null(tree.Find(RootPath.Parse("etc/hostname")));
        Assert.Null(tree.Find(RootPath.Parse("dev/null")));
        Assert.Equal(0, tree.Find(RootPath.Parse("etc/machine-id"))!.Content!.Length);
        Assert.Equal(
            "deb http://mirror.example/debian bookworm main\n"u8.ToArray(), tree.TryReadFile(RootPath.Parse("etc/apt/sources.list"), 100));
        Assert.Equal(Packaged - 5, tree.Find(RootPath.Parse("usr/bin/sh"))!.ModifiedTime);
        Assert.Equal(Packaged, tree.Find(RootPath.Parse("srv/data"))!.ModifiedTime);
        ImageConfig config = ConfigOf(result);
        Assert.Equal("rootfs-importer import debian-12", Assert.Single(config.History!).CreatedBy);
        Assert.NotEmpty(config.Config!.Cmd!);
        Assert.Equal("amd64", config.Architecture);
    }

    [Fact]
    public async Task What_is_kept_as_it_is_loses_nothing_but_what_a_layer_cannot_hold()
    {
        ImportResult result = await ImportAsync(_fixture.Request(ImporterFixture.Pipe(Tar(Debian()))) with { KeepAsIs = true });

        RootTree tree = await TreeOfAsync(result);
        string[] expected =
        [
            .. Debian().Select(entry => entry.Name.Trim('.').TrimEnd('/')).Where(name => name is not ("" or "/dev/null")),
        ];
        Assert.Empty(expected.Except(tree.Entries.Select(entry => entry.Path.ToString())));
        Assert.Equal(Made, tree.Find(RootPath.Parse("etc/machine-id"))!.ModifiedTime);
        Assert.Equal(33, tree.Find(RootPath.Parse("etc/machine-id"))!.Content!.Length);
        Assert.Null(tree.Find(RootPath.Parse("dev/null")));
        Assert.Equal(Made, result.Recognition.SourceDateEpoch);
        Assert.Null(result.Recognition.Family);
    }

    [Fact]
    public async Task A_tree_without_database_keeps_its_times_and_has_a_shell()
    {
        byte[] tar = Tar([
            File("etc/os-release", "ID=tiny\nVERSION_ID=7\nPRETTY_NAME=\"Tiny 7\"\n", 1_600_000_000),
            File("bin/sh", new ElfBuilder { Machine = 183 }.ToArray(), 1_600_000_005),
            File("etc/resolv.conf", "nameserver 10.0.0.1\n", 1_500_000_000),
        ]);
        ImportResult result = await ImportAsync(_fixture.Request(ImporterFixture.Pipe(tar)));

        ImageConfig config = ConfigOf(result);
        Assert.Equal(("arm64", "v8"), (config.Architecture, config.Variant));
        Assert.Equal(["/bin/sh"], config.Config!.Cmd);
        Assert.StartsWith("PATH=/usr/local/sbin:", Assert.Single(config.Config.Env!), StringComparison.Ordinal);
        Assert.Equal("Tiny 7", config.Config.Labels!["org.opencontainers.image.title"]);
        Assert.Equal("7", config.Config.Labels["org.opencontainers.image.version"]);
        Assert.Equal(1_600_000_005, result.Recognition.SourceDateEpoch);
        RootTree tree = await TreeOfAsync(result);
        Assert.Equal(1_600_000_000, tree.Find(RootPath.Parse("etc/os-release"))!.ModifiedTime);
        Assert.Null(tree.Find(RootPath.Parse("etc/resolv.conf")));
    }

    [Fact]
    public async Task Two_installations_of_the_same_packages_are_the_same_image()
    {
        IReadOnlyList<TarBytesEntry> later =
        [
            .. Debian().Select(entry => entry.Name.StartsWith("./usr/bin/", StringComparison.Ordinal)
                ? entry
                : entry with { ModifiedTime = Made + 1000 }),
        ];

        Assert.Equal(
            (await ImportAsync(_fixture.Request(ImporterFixture.Pipe(Tar(Debian()))))).Images.Root.Digest,
            (await ImportAsync(_fixture.Request(ImporterFixture.Pipe(Tar(later)), "oci:out:y"))).Images.Root.Digest);
    }

    [Theory]
    [InlineData(1_650_000_000)]
    [InlineData(1_800_000_000)]
    public async Task A_given_epoch_is_the_newest_time(long epoch)
    {
        foreach (bool keep in (bool[])[false, true])
        {
            ImportResult result = await ImportAsync(
                _fixture.Request(ImporterFixture.Pipe(Tar(Debian()))) with { SourceDateEpoch = epoch, KeepAsIs = keep });
            Assert.Equal(epoch, result.Recognition.SourceDateEpoch);
            Assert.All((await TreeOfAsync(result)).Entries, entry => Assert.InRange(entry.ModifiedTime, 0, epoch));
            Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(epoch), ConfigOf(result).Created);
        }
    }

    [Fact]
    public async Task Attributes_of_the_host_are_no_content()
    {
        byte[] tar = Tar([.. Debian(), File("./usr/bin/ping", "x") with
        {
            Pax = new Dictionary<string, string>
            {
                ["SCHILY.xattr.security.selinux"] = "system_u:object_r:default_t:s0",
                ["SCHILY.xattr.security.capability"] = "0123456789abcdefghij",
                ["SCHILY.xattr.trusted.overlay.opaque"] = "y",
            },
        }]);
        ImportResult result = await ImportAsync(_fixture.Request(ImporterFixture.Pipe(tar)));

        Assert.Equal(["/usr/bin/ping"], result.Report.Capabilities);
        Assert.Equal(
            ["security.capability"],
            (await TreeOfAsync(result)).Find(RootPath.Parse("usr/bin/ping"))!.ExtendedAttributes.Select(attribute => attribute.Name));
    }

    [Theory]
    [InlineData("oci:made:x", "oci")]
    [InlineData("oci-archive:made.tar", "archive")]
    [InlineData("docker-archive:made.tar", "archive")]
    [InlineData("docker-archive:made.tar", "pipe")]
    [InlineData("oci-archive:made.tar", "source")]
    [InlineData("oci:made", "directory")]
    public async Task The_layers_of_an_image_become_one_and_its_settings_stay(string place, string way)
    {
        Layer below = TestLayer.FromTar(_fixture.Temp, Tar([.. Debian(), File("./srv/old", "x")]));
        Layer above = TestLayer.FromTar(_fixture.Temp, Tar([File("./srv/.wh.old", ""), File("./srv/new", "y")]));
        Image image = TestImage.Of([below, above]);
        await TestImage.Target(_fixture.Temp, place).DeliverAsync(ImageSet.Of(image), Token);
        await using ISource parsed = TargetParser.ParseSource(place, TestImage.Defaults(_fixture.Temp));
        ImportSource source = way switch
        {
            "archive" => _fixture.OnDisk("copy", System.IO.File.ReadAllBytes(_fixture.Temp["made.tar"])),
            "pipe" => ImporterFixture.Pipe(System.IO.File.ReadAllBytes(_fixture.Temp["made.tar"])),
            "directory" => new ImportSource.Directory(_fixture.Temp["made"]) { Name = "made" },
            _ => new ImportSource.Image(parsed) { Name = place },
        };

        ImportResult result = await ImportAsync(_fixture.Request(source) with
        {
            Changes = new ImageChanges { Env = ["A=1"] },
        });

        RootTree tree = await TreeOfAsync(result);
        Assert.NotNull(tree.Find(RootPath.Parse("srv/new")));
        Assert.Null(tree.Find(RootPath.Parse("srv/old")));
        ImageConfig config = ConfigOf(result);
        Assert.Equal(["/bin/sh"], config.Config!.Cmd);
        Assert.Equal(["A=1"], config.Config.Env);
        Assert.Equal("debian-12", result.Recognition.Profile);
    }

    [Theory]
    [InlineData("""{"config":{"Cmd":["a"],"Healthcheck":{"Test":["b"]},"StopSignal":"SIGINT","OnBuild":null,"Shell":[]}}""",
        "Healthcheck,StopSignal")]
    [InlineData("""{"config":null}""", "")]
    [InlineData("""{}""", "")]
    public void Settings_that_get_lost_are_named(string config, string expected) => Assert.Equal(
        expected, string.Join(',', TreeSettings.Lost(System.Text.Encoding.UTF8.GetBytes(config))));

    [Fact]
    public async Task Of_several_platforms_one_is_taken()
    {
        Image[] images =
        [
            TestImage.Of([TestLayer.FromTar(_fixture.Temp, Tar(Debian()))]),
            TestImage.Of([TestLayer.FromTar(_fixture.Temp, Tar(Debian("arm64", 183)))], "arm64"),
        ];
        await TestImage.Target(_fixture.Temp, "oci:made:x").DeliverAsync(ImageSet.Of(images), Token);
        ImportRequest request = _fixture.Request(new ImportSource.Directory(_fixture.Temp["made"]) { Name = "made" });

        ImportResult result = await ImportAsync(request with { Architecture = Architecture.Parse("arm64") });

        Assert.Equal("arm64", result.Recognition.Architecture.Deb);
        FetchException error = await Assert.ThrowsAsync<FetchException>(
            () => ImportAsync(request with { Architecture = Architecture.Parse("s390x") }));
        Assert.Contains("made has no image for s390x", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The tree that the one layer holds.</summary>
    private async Task<RootTree> TreeOfAsync(ImportResult result)
    {
        Layer layer = Assert.Single(result.Images.Images[0].Layers);
        using SpooledTree read = await SpooledTree.ReadLayersAsync(
            [layer], new SpoolLimits { TemporaryDirectory = _fixture.Temp.FullPath }, Token);
        return new RootTree([.. read.Tree.Entries.Select(entry => entry.Content is null ? entry : entry with { Content = Copy(entry.Content) })]);
    }

    private static BytesContent Copy(FileContent content)
    {
        using Stream stream = content.Open();
        byte[] bytes = new byte[content.Length];
        stream.ReadExactly(bytes);
        return new BytesContent(bytes);
    }
}
