using System.Formats.Tar;
using System.Text;
using Microsoft.Win32.SafeHandles;
using RootfsImporter.Linux;
using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.Targets.Docker;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

/// <summary><c>docker-archive:</c> and <c>tar:</c>.</summary>
public sealed class ArchiveTargetTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Docker_archive_is_a_layout_with_a_manifest_json()
    {
        Image image = TestImage.Create(_temp, "one");
        Delivery delivery = await DeliverAsync("docker-archive:out.tar:ubuntu:24.04", image);

        Assert.Equal(image.Descriptor, delivery.Descriptor);
        using TempDirectory unpacked = new();
        TarFile.ExtractToDirectory(_temp["out.tar"], unpacked.FullPath, overwriteFiles: false);
        string manifest = File.ReadAllText(unpacked["manifest.json"]);
        Assert.Equal(
            $$"""
            [{"Config":"blobs/sha256/{{Digest.Of(image.Config.Span).Hex}}","RepoTags":["ubuntu:24.04"],
            "Layers":["blobs/sha256/{{image.Layers[0].Descriptor.Digest.Hex}}"]}]
            """.ReplaceLineEndings(""),
            manifest);
        File.Delete(unpacked["manifest.json"]);
        ImageValidator.ThrowIfInvalid(unpacked.FullPath);
        Descriptor descriptor = Assert.Single(ImageIndex.Parse(File.ReadAllBytes(unpacked["index.json"])).Manifests);
        Assert.Equal("docker.io/library/ubuntu:24.04", descriptor.Annotations![AnnotationKeys.ContainerdImageName]);
        Assert.Equal("24.04", descriptor.Annotations[AnnotationKeys.RefName]);
    }

    [Fact]
    public async Task Docker_archive_has_no_times_owners_or_hosts_in_it()
    {
        await DeliverAsync("docker-archive:out.tar", TestImage.Create(_temp, "one"));
        using TarReader reader = new(File.OpenRead(_temp["out.tar"]));
        List<string> names = [];
        while (await reader.GetNextEntryAsync(copyData: false, Token) is { } entry)
        {
            names.Add(entry.Name);
            Assert.Equal(
                (DateTimeOffset.UnixEpoch, 0, 0, "", ""),
                (entry.ModificationTime, entry.Uid, entry.Gid, ((UstarTarEntry)entry).UserName, ((UstarTarEntry)entry).GroupName));
        }

        Assert.Equal(["oci-layout", "index.json", "manifest.json", "blobs/", "blobs/sha256/"], names[..5]);
        Assert.Equal(8, names.Count);
    }

    [Fact]
    public async Task Docker_archive_has_the_same_bytes_each_time_and_the_length_it_foretold()
    {
        Image image = TestImage.Of([TestLayer.Create(_temp, "a"), TestLayer.Create(_temp, "b"), TestLayer.Create(_temp, "a")]);
        await DeliverAsync("docker-archive:1.tar", image);
        await DeliverAsync("docker-archive:sub/dir/2.tar", image);
        Assert.Equal(File.ReadAllBytes(_temp["1.tar"]), File.ReadAllBytes(_temp["sub/dir/2.tar"]));
        Assert.Equal(
            new FileInfo(_temp["1.tar"]).Length, DockerArchive.Of(image, [Reference.Parse("test:1")]).Length);
    }

    [Theory]
    [InlineData(LayerCompression.Gzip)]
    [InlineData(LayerCompression.None)]
    public async Task Tar_is_the_layer_uncompressed(LayerCompression compression)
    {
        Image image = TestImage.Create(_temp, "one", compression: compression);
        Delivery delivery = await DeliverAsync("tar:root fs.tar", image);
        Assert.Equal(image.Layers[0].DiffId, Digest.Of(File.ReadAllBytes(_temp["root fs.tar"])));
        Assert.Equal(image.Layers[0].DiffId, delivery.Descriptor.Digest);
        Assert.Equal("""docker import --change 'CMD ["/bin/sh"]' 'root fs.tar' test:1""", delivery.HowToUse[0]);
    }

    [Fact]
    public async Task Tar_of_several_layers_is_what_they_make_together()
    {
        Image image = TestImage.Of(
        [
            TestLayer.FromTar(_temp, TestLayer.Tar(("etc/", null), ("etc/a", "1"), ("etc/b", "2"), ("old/", null), ("old/x", "3"))),
            TestLayer.FromTar(_temp, TestLayer.Tar((".wh.old", ""), ("etc/", null), ("etc/.wh.a", ""), ("etc/b", "4"), ("etc/c", "5"))),
        ]);

        Delivery delivery = await DeliverAsync("tar:out.tar", image);

        byte[] tar = File.ReadAllBytes(_temp["out.tar"]);
        Assert.Equal((Digest.Of(tar), tar.Length), (delivery.Descriptor.Digest, delivery.Descriptor.Size));
        Assert.Equal(["2 layers are one tar"], delivery.Notes);
        using TarReader reader = new(new MemoryStream(tar));
        List<string> entries = [];
        while (reader.GetNextEntry() is { } entry)
        {
            entries.Add(entry.DataStream is { } data ? $"{entry.Name} {new StreamReader(data).ReadToEnd()}" : entry.Name);
        }

        Assert.Equal(["etc/", "etc/b 4", "etc/c 5"], entries);
    }

    [Theory]
    [InlineData("tar:out.tar")]
    [InlineData("docker-archive:out.tar")]
    public async Task Of_several_platforms_takes_this_hosts(string target)
    {
        Image host = TestImage.Create(_temp, "a", Architecture.Host.Deb);
        Image other = TestImage.Create(_temp, "b", Architecture.Host.Deb == "s390x" ? "amd64" : "s390x");

        Delivery delivery = await DeliverAsync(target, other, host);

        Assert.Equal([$"{host.Platform} of 2 platforms, this host's: this place is given one"], delivery.Notes);
        Assert.Equal(
            target.StartsWith("tar:", StringComparison.Ordinal) ? host.Layers[0].DiffId : host.Descriptor.Digest,
            delivery.Descriptor.Digest);
    }

    [Fact]
    public async Task Refuses_platforms_of_which_none_is_this_hosts()
    {
        string[] others = [.. ((string[])["s390x", "ppc64el", "amd64"]).Where(a => a != Architecture.Host.Deb)];

        DeliveryException exception = await Assert.ThrowsAsync<DeliveryException>(() => DeliverAsync(
            "tar:out.tar", TestImage.Create(_temp, "a", others[0]), TestImage.Create(_temp, "b", others[1])));

        Assert.Contains("this host's architecture is", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tar:out.tar")]
    [InlineData("docker-archive:out.tar")]
    public async Task Existing_file_is_kept_unless_it_may_be_overwritten(string text)
    {
        string file = _temp.Write("out.tar", "precious");
        ITarget target = TestImage.Target(_temp, text);
        DeliveryException check = await Assert.ThrowsAsync<DeliveryException>(() => target.CheckAsync(Token));
        Assert.Contains("out.tar exists", check.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DeliveryException>(() => DeliverAsync(text, TestImage.Create(_temp, "one")));
        Assert.Equal("precious", File.ReadAllText(file));

        ITarget overwriting = TargetParser.Parse(text, TestImage.Defaults(_temp) with { Overwrite = true });
        await overwriting.CheckAsync(Token);
        await overwriting.DeliverAsync(ImageSet.Of([TestImage.Create(_temp, "one")]), Token);
        Assert.NotEqual("precious", File.ReadAllText(file));
    }

    [Theory]
    [InlineData("tar:out.tar")]
    [InlineData("docker-archive:out.tar")]
    public async Task A_failure_half_way_leaves_nothing_new(string text)
    {
        Layer broken = TestLayer.Create(_temp, "broken", LayerCompression.None);
        File.WriteAllBytes(TestLayer.File(broken), new byte[broken.Descriptor.Size]);
        string file = _temp.Write("out.tar", "precious");
        IReadOnlyList<string> before = TestImage.Snapshot(_temp.FullPath);
        ITarget target = TargetParser.Parse(text, TestImage.Defaults(_temp) with { Overwrite = true });
        await Assert.ThrowsAsync<DeliveryException>(() => target.DeliverAsync(ImageSet.Of([TestImage.Of([broken])]), Token));
        Assert.Equal("precious", File.ReadAllText(file));
        Assert.Equal(before, TestImage.Snapshot(_temp.FullPath));
    }

    [Theory]
    [InlineData("/dev/full", "a device, not a regular file")]
    [InlineData("pipe", "a named pipe, not a regular file")]
    [InlineData("link-to-pipe", "a named pipe, not a regular file")]
    [InlineData("directory", "a directory")]
    public async Task What_is_no_regular_file_is_never_replaced(string file, string found)
    {
        using (SafeFileHandle directory = Posix.OpenDirectory(_temp.FullPath))
        {
            Assert.True(Posix.TryMakeFifo(directory, "pipe"));
        }

        File.CreateSymbolicLink(_temp["link-to-pipe"], "pipe");
        Directory.CreateDirectory(_temp["directory"]);
        foreach (bool overwrite in new[] { false, true })
        {
            ITarget target = TargetParser.Parse($"tar:{file}", TestImage.Defaults(_temp) with { Overwrite = overwrite });
            DeliveryException check = await Assert.ThrowsAsync<DeliveryException>(() => target.CheckAsync(Token));
            DeliveryException delivery = await Assert.ThrowsAsync<DeliveryException>(
                () => target.DeliverAsync(ImageSet.Of([TestImage.Create(_temp, "one")]), Token));
            Assert.Equal($"cannot deliver to tar:{file}: {Path.Combine(_temp.FullPath, file)} is {found}", check.Message);
            Assert.Equal("name a file", check.Hint);
            Assert.Equal((check.Message, check.Hint), (delivery.Message, delivery.Hint));
        }

        Assert.Equal("pipe", new FileInfo(_temp["link-to-pipe"]).LinkTarget);
    }

    [Theory]
    [InlineData("precious")]
    [InlineData(null)]
    public async Task A_link_is_followed_and_stays(string? content)
    {
        if (content is not null)
        {
            _temp.Write("elsewhere/real.tar", content);
        }

        File.CreateSymbolicLink(_temp["second"], "elsewhere/real.tar");
        File.CreateSymbolicLink(_temp["out.tar"], "second");
        Image image = TestImage.Create(_temp, "one");
        await TargetParser.Parse("tar:out.tar", TestImage.Defaults(_temp) with { Overwrite = true })
            .DeliverAsync(ImageSet.Of([image]), Token);
        Assert.Equal("second", new FileInfo(_temp["out.tar"]).LinkTarget);
        Assert.Equal("elsewhere/real.tar", new FileInfo(_temp["second"]).LinkTarget);
        Assert.Null(new FileInfo(_temp["elsewhere/real.tar"]).LinkTarget);
        Assert.Equal(image.Layers[0].DiffId, Digest.Of(File.ReadAllBytes(_temp["elsewhere/real.tar"])));
    }

    [Fact]
    public async Task Links_that_lead_nowhere_are_a_delivery_error()
    {
        File.CreateSymbolicLink(_temp["out.tar"], "out.tar");
        DeliveryException exception = await Assert.ThrowsAsync<DeliveryException>(
            () => TestImage.Target(_temp, "tar:out.tar").CheckAsync(Token));
        Assert.StartsWith("cannot deliver to tar:out.tar: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(_temp["out.tar"], exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unwritable_directory_is_named_and_no_internal_file()
    {
        // Nobody may make files in /proc, not even root.
        DeliveryException exception = await Assert.ThrowsAsync<DeliveryException>(
            () => TestImage.Target(_temp, "tar:/proc/out.tar").CheckAsync(Token));
        Assert.Contains("'/proc'", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("partial", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_from_8_GiB_on_are_written_in_base_256()
    {
        byte[] octal = ArchiveTar.FileHeader("a", 0x1_FFFF_FFFF);
        Assert.Equal("77777777777\0", Encoding.ASCII.GetString(octal, 124, 12));
        byte[] binary = ArchiveTar.FileHeader("a", 0x2_0000_0000);
        Assert.Equal([0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0], binary[124..136]);
    }

    private Task<Delivery> DeliverAsync(string target, params Image[] images) =>
        TestImage.Target(_temp, target).DeliverAsync(ImageSet.Of(images), Token);
}
