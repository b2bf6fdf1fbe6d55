using System.Text;
using RootfsImporter.Importing;
using RootfsImporter.Oci;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Targets;
using static RootfsImporter.Tests.ImporterFixture;

namespace RootfsImporter.Tests;

/// <summary>What cannot be imported is refused with one error, and nothing is delivered.</summary>
public sealed class ImporterRefusalTests : IDisposable
{
    private readonly ImporterFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    private async Task<T> RefusedAsync<T>(ImportRequest request)
        where T : RootfsImporterException
    {
        T error = await Assert.ThrowsAsync<T>(() => ImportAsync(request));
        Assert.False(System.IO.Directory.Exists(_fixture.Temp["out"]));
        return error;
    }

    [Fact]
    public async Task What_is_no_root_file_system_is_refused_unless_it_is_to_be_kept()
    {
        ImportRequest request = _fixture.Request(ImporterFixture.Pipe(Tar([File("srv/a", "x")])));
        PackageFormatException error = await RefusedAsync<PackageFormatException>(request);

        Assert.StartsWith("standard input is not a root file system", error.Message, StringComparison.Ordinal);
        await RefusedAsync<PackageFormatException>(request with { KeepAsIs = true });
        ImportResult kept = await ImportAsync(request with { KeepAsIs = true, Architecture = Architecture.Parse("s390x") });
        Assert.Equal("s390x", ConfigOf(kept).Architecture);
        Assert.Null(ConfigOf(kept).Config!.Cmd);
    }

    [Fact]
    public async Task A_wrong_architecture_names_what_was_found()
    {
        ProfileException error = await RefusedAsync<ProfileException>(
            _fixture.Request(ImporterFixture.Pipe(Tar(Debian()))) with { Architecture = Architecture.Parse("arm64") });

        Assert.Equal(
            "standard input is not of arm64: 1 installed packages are of amd64, /bin/sh is a program of amd64", error.Message);
    }

    [Fact]
    public async Task A_tree_that_contradicts_itself_is_refused()
    {
        ProfileException error = await RefusedAsync<ProfileException>(
            _fixture.Request(ImporterFixture.Pipe(Tar(Debian(machine: 183)))));

        Assert.Contains("contradicts itself: 1 installed packages are of amd64, /bin/sh is a program of arm64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tree_that_does_not_tell_its_architecture_has_to_be_told()
    {
        ImportRequest request = _fixture.Request(ImporterFixture.Pipe(Tar([File("etc/os-release", "ID=x\n")])));

        Assert.Contains("--arch", (await RefusedAsync<ProfileException>(request)).Hint, StringComparison.Ordinal);
        Assert.Equal("arm64", ConfigOf(await ImportAsync(request with { Architecture = Architecture.Parse("arm64") })).Architecture);
    }

    [Theory]
    [InlineData("it ends before the archive does", "cut")]
    [InlineData("'etc/hostname' is in it twice", "twice")]
    [InlineData("reserve for deletions", "whiteout")]
    [InlineData("leads out of the root", "escape")]
    [InlineData("there is no tar header", "text")]
    [InlineData("it is empty", "empty")]
    [InlineData("that are allowed", "large")]
    public async Task Bad_archives_are_refused(string message, string kind)
    {
        byte[] tar = kind switch
        {
            "cut" => Tar(Debian())[..^1024],
            "twice" => Tar([.. Debian(), File("etc/hostname", "x")]),
            "whiteout" => Tar([.. Debian(), File("etc/.wh.hostname", "")]),
            "escape" => Tar([.. Debian(), File("../x", "")]),
            "text" => Encoding.ASCII.GetBytes(new string('x', 1000)),
            "empty" => [],
            _ => Tar(Debian()),
        };
        PackageFormatException error = await RefusedAsync<PackageFormatException>(
            _fixture.Request(ImporterFixture.Pipe(tar)) with { MaxBytes = kind == "large" ? 1000 : 1 << 30 });

        Assert.StartsWith("cannot import standard input: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(kind == "large" ? "--max-size" : "tar -C", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_with_a_whiteouts_name_is_refused()
    {
        _fixture.Temp.Write("tree/bin/sh", ElfBuilder.Program());
        _fixture.Temp.Write("tree/etc/.wh.passwd", "");
        ImportRequest request = _fixture.Request(new ImportSource.Directory(_fixture.Temp["tree"]) { Name = "tree" });

        await RefusedAsync<PackageFormatException>(request);
        await RefusedAsync<PackageFormatException>(request with { KeepAsIs = true });
    }

    [Fact]
    public async Task A_layer_that_is_damaged_is_not_verified()
    {
        Layer layer = TestLayer.FromTar(_fixture.Temp, Tar(Debian()));
        Layer wrong = layer with { DiffId = Digest.Of("other"u8) };
        await TestImage.Target(_fixture.Temp, "oci:made:x").DeliverAsync(
            ImageSet.Of(TestImage.Of([wrong])), TestContext.Current.CancellationToken);

        VerificationException error = await RefusedAsync<VerificationException>(
            _fixture.Request(new ImportSource.Directory(_fixture.Temp["made"]) { Name = "made" }));
        Assert.Contains(layer.Descriptor.Digest.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Layers_are_bounded_as_archives_are()
    {
        await TestImage.Target(_fixture.Temp, "oci:made:x").DeliverAsync(
            ImageSet.Of(TestImage.Of([TestLayer.FromTar(_fixture.Temp, Tar(Debian()))])), TestContext.Current.CancellationToken);

        PackageFormatException error = await RefusedAsync<PackageFormatException>(
            _fixture.Request(new ImportSource.Directory(_fixture.Temp["made"]) { Name = "made" }) with { MaxBytes = 1000 });
        Assert.Contains("--max-size", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_left_in_the_work_directory()
    {
        System.IO.Directory.CreateDirectory(_fixture.Temp["work"]);
        ImportRequest request = _fixture.Request(ImporterFixture.Pipe(Tar(Debian()))) with { WorkDirectory = _fixture.Temp["work"] };
        await RefusedAsync<ProfileException>(request with { Architecture = Architecture.Parse("arm64") });
        await ImportAsync(request);

        Assert.Empty(System.IO.Directory.GetFileSystemEntries(_fixture.Temp["work"]));
    }
}
