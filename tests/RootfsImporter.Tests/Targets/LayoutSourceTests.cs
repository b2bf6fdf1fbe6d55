using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

/// <summary><c>oci:</c>, <c>oci-archive:</c> and <c>dir:</c> as sources.</summary>
public sealed class LayoutSourceTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_several_images_the_one_that_is_named_is_read()
    {
        Image one = TestImage.Create(_temp, "one");
        Image two = TestImage.Create(_temp, "two");
        await DeliverAsync("oci:images:one", one);
        await DeliverAsync("oci:images:team/two:2", two);

        Assert.Equal(one.Descriptor, (await ReadAsync("oci:images:one")).Root);
        Assert.Equal(two.Descriptor.Digest, (await ReadAsync("oci:images:team/two:2")).Root.Digest);
        Assert.Equal(two.Descriptor.Digest, (await ReadAsync("oci:images:@1")).Root.Digest);
        Assert.Equal(two.Descriptor.Digest, (await ReadAsync($"oci:images@{two.Descriptor.Digest}")).Root.Digest);
        await RefusesAsync<FetchException>("oci:images", "it holds 2 images, and which is not said", "name one of one, team/two:2");
        await RefusesAsync<FetchException>("oci:images:three", "it has no image 'three'", "name one of one, team/two:2");
        await RefusesAsync<FetchException>("oci:images:@2", "it has no image @2, but 2", "@0 to @1");
        await RefusesAsync<FetchException>($"oci:images@{Digest.Of("x"u8)}", $"it has no {Digest.Of("x"u8)}", null);
    }

    [Fact]
    public async Task An_image_of_an_index_can_be_named_by_its_digest()
    {
        Image arm = TestImage.Create(_temp, "arm", "arm64");
        await DeliverAsync("oci:images", TestImage.Create(_temp, "amd"), arm);

        ImageSet read = await ReadAsync($"oci:images@{arm.Descriptor.Digest}");

        Assert.Equal(arm.Descriptor, Assert.Single(read.Images).Descriptor);
        Assert.Null(read.Index);
    }

    [Fact]
    public async Task An_archive_made_by_tar_and_gzip_is_read_through_a_file_that_leaves_nothing()
    {
        Image image = TestImage.Create(_temp, "one");
        await DeliverAsync("oci:images", image);
        using (GZipStream gzip = new(File.Create(_temp["a.tar.gz"]), CompressionLevel.Fastest))
        {
            await TarFile.CreateFromDirectoryAsync(_temp["images"], gzip, includeBaseDirectory: false, Token);
        }

        IReadOnlyList<string> before = TestImage.Snapshot(_temp.FullPath);
        ISource source = Source("oci-archive:a.tar.gz");
        ImageSet read = await source.ReadAsync(Token);
        Assert.Equal(before, TestImage.Snapshot(_temp.FullPath));
        await TestImage.Target(_temp, "oci:copy").DeliverAsync(read, Token);
        await source.DisposeAsync();

        Assert.Equal(image.Descriptor, read.Root);
        ImageValidator.ThrowIfInvalid(_temp["copy"]);
    }

    [Fact]
    public async Task A_gzip_archive_that_is_cut_is_refused()
    {
        await DeliverAsync("oci-archive:a.tar", TestImage.Create(_temp, "one"));
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(File.ReadAllBytes(_temp["a.tar"]));
        }

        _temp.Write("b.tar.gz", packed.ToArray().AsSpan(0, (int)packed.Length - 20));
        await RefusesAsync<VerificationException>("oci-archive:b.tar.gz", "cannot read oci-archive:b.tar.gz: ", null);
    }

    [Fact]
    public async Task What_is_not_there_is_said()
    {
        const string Absent = "name a place that is there";
        const string Damaged = "make it anew";
        _temp.Write("empty/.keep", "");
        _temp.Write("zero", "");
        await RefusesAsync<FetchException>("oci:nothing", "there is no directory", Absent);
        await RefusesAsync<FetchException>("oci-archive:nothing", "there is no file", Absent);
        await RefusesAsync<FetchException>("oci-archive:empty", "is a directory, not an archive", Absent);
        await RefusesAsync<VerificationException>("oci:empty", "it has no oci-layout", Damaged);
        await RefusesAsync<VerificationException>("dir:empty", "it has no version file that says 1.1", Damaged);
        await RefusesAsync<VerificationException>("oci-archive:zero", "the file ends before the archive does", Damaged);
    }

    [Theory]
    [InlineData("oci")]
    [InlineData("oci-archive")]
    [InlineData("dir")]
    public async Task Each_document_that_is_missing_cut_or_changed_is_refused(string transport)
    {
        await DeliverAsync("oci:whole", TestImage.Create(_temp, "amd"), TestImage.Create(_temp, "arm", "arm64"));
        ImageSet set = await ReadAsync("oci:whole");
        string place = transport == "dir" ? "dir:files" : "oci:files";
        await TestImage.Target(_temp, place).DeliverAsync(set, Token);
        string[] files = [.. Directory.EnumerateFiles(_temp["files"], "*", SearchOption.AllDirectories)];
        foreach (string file in files)
        {
            byte[] whole = File.ReadAllBytes(file);
            bool isLayer = set.Images.Any(image => Digest.Of(whole) == image.Layers[0].Descriptor.Digest);
            File.Delete(file);
            await FailsAsync(file);
            File.WriteAllBytes(file, whole.AsSpan(0, whole.Length - 1));
            await FailsAsync(file);
            // A layer is read by whoever needs it, and checked then; the root of a dir: has no digest to be checked by.
            if (!isLayer && Path.GetFileName(file) is not ("manifest.json" or "index.json"))
            {
                whole[^2] ^= 1;
                File.WriteAllBytes(file, whole);
                await FailsAsync(file);
                whole[^2] ^= 1;
            }

            File.WriteAllBytes(file, whole);
        }

        Assert.Equal(set.Root.Digest, (await ReadAsync(place)).Root.Digest);

        async Task FailsAsync(string file)
        {
            string source = place;
            if (transport == "oci-archive")
            {
                File.Delete(_temp["a.tar"]);
                await TarFile.CreateFromDirectoryAsync(_temp["files"], _temp["a.tar"], includeBaseDirectory: false, Token);
                source = "oci-archive:a.tar";
            }

            VerificationException exception =
                await Assert.ThrowsAsync<VerificationException>(() => ReadAsync(source));
            Assert.StartsWith($"cannot read {source}: ", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("{}", "index.json: ")]
    [InlineData("""{"schemaVersion":2,"manifests":[]}""", "it holds no image")]
    [InlineData("""{"schemaVersion":1,"manifests":[]}""", "schemaVersion is 1")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"mediaType":"x","digest":"sha256:../../etc/passwd","size":1}]}""", "is not a sha256 digest")]
    [InlineData(
        """{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":99999999999}]}""",
        "99999999999 bytes")]
    [InlineData(
        """{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":-1}]}""",
        "-1 bytes")]
    public async Task An_index_json_that_cannot_be_is_refused(string index, string problem)
    {
        _temp.Write("l/oci-layout", """{"imageLayoutVersion":"1.0.0"}""");
        _temp.Write("l/index.json", index);
        RootfsImporterException exception =
            await Assert.ThrowsAnyAsync<RootfsImporterException>(() => ReadAsync("oci:l"));
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_in_an_index_is_refused_however_deep_and_so_is_one_that_lists_itself()
    {
        Image image = TestImage.Create(_temp, "one");
        await DeliverAsync("oci:l", image);
        Descriptor inner = Put(Index(image.Descriptor));
        Descriptor outer = Put(Index(inner));
        _temp.Write("l/index.json", Index(outer));
        await RefusesAsync<VerificationException>("oci:l", "lists another index", null);

        // The digest of a document cannot be in it: what claims to be so is not what its digest says.
        string self = Index(outer with { Digest = inner.Digest });
        _temp.Write($"l/{OciLayout.BlobPath(inner.Digest)}", self);
        _temp.Write("l/index.json", Index(inner with { Size = self.Length }));
        await RefusesAsync<VerificationException>("oci:l", $"expected {inner.Digest}", null);

        Descriptor Put(string json)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(json);
            _temp.Write($"l/{OciLayout.BlobPath(Digest.Of(bytes))}", bytes);
            return new Descriptor { MediaType = MediaTypes.ImageIndex, Digest = Digest.Of(bytes), Size = bytes.Length };
        }
    }

    [Fact]
    public async Task A_pipe_in_place_of_a_document_is_refused_and_not_waited_for()
    {
        await DeliverAsync("oci:l", TestImage.Create(_temp, "one"));
        File.Delete(_temp["l/index.json"]);
        Assert.Equal(0, Mono.Unix.Native.Syscall.mkfifo(_temp["l/index.json"], (Mono.Unix.Native.FilePermissions)0x1A4));
        await RefusesAsync<VerificationException>("oci:l", "index.json is not a regular file", null);
    }

    private static string Index(Descriptor descriptor) => Encoding.UTF8.GetString(
        new ImageIndex { MediaType = MediaTypes.ImageIndex, Manifests = [descriptor] }.ToBytes());

    private async Task RefusesAsync<T>(string source, string problem, string? hint)
        where T : RootfsImporterException
    {
        T exception = await Assert.ThrowsAsync<T>(() => ReadAsync(source));
        Assert.StartsWith($"cannot read {source}: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.Contains(hint ?? "", exception.Hint ?? "", StringComparison.Ordinal);
    }

    private ISource Source(string text) => TargetParser.ParseSource(
        text, TestImage.Defaults(_temp) with { TemporaryDirectory = _temp.FullPath });

    private async Task<ImageSet> ReadAsync(string text)
    {
        await using ISource source = Source(text);
        return await source.ReadAsync(Token);
    }

    private Task<Delivery> DeliverAsync(string target, params Image[] images) =>
        TestImage.Target(_temp, target).DeliverAsync(ImageSet.Of(images), Token);
}
