using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>Packages that the archive vouches for and that are broken, hostile, or do not fit together.</summary>
public sealed class BadPackageTests(TinyArchive archive)
{
    private const int NotResolved = 3;
    private const int Malformed = 6;
    private const int ControlMember = 1;
    private const int DataMember = 2;

    private static DebBuilder Bad => TinySystem.Package("bad");

    [Fact]
    public Task Truncated() => RefusedAsync(
        Malformed, Bad.File("usr/share/data", new string('x', 5000)).Cut(3000), "unpacking bad 1.0", "end");

    [Fact]
    public Task Corrupt_compression() => RefusedAsync(
        Malformed,
        Bad.File("usr/share/data", new string('x', 5000)).Compress(".gz", ".gz").Ar(ar => ar.Members[DataMember] =
            ar.Members[DataMember] with { Content = [.. ar.Members[DataMember].Content[..^8], .. new byte[8]] }),
        "unpacking bad 1.0", "gzip");

    [Fact]
    public Task Not_a_package() => RefusedAsync(
        Malformed, Bad.Ar(ar => ar.Magic = "<html>\n"), "unpacking bad 1.0", "this is not an ar archive");

    [Fact]
    public Task Another_package_than_promised() => RefusedAsync(
        Malformed,
        Bad.Ar(ar => ar.Members[ControlMember] = TinySystem.Package("other").ToAr().Members[ControlMember]),
        "unpacking bad 1.0", "the file holds other 1.0", "but the index promised bad 1.0");

    [Fact]
    public Task Member_that_leaves_by_dots() => RefusedAsync(
        Malformed, Bad.RawEntry(new TarBytesEntry("./usr/../../../escaped", '0')),
        "unpacking bad 1.0", "the entry './usr/../../../escaped' would leave the root");

    [Fact]
    public Task Hard_link_that_leaves() => RefusedAsync(
        Malformed, Bad.RawEntry(new TarBytesEntry("./passwd", '1') { LinkName = "../../etc/passwd" }),
        "unpacking bad 1.0", "the entry '../../etc/passwd' would leave the root");

    [Fact]
    public async Task Member_that_leaves_through_a_link()
    {
        using TempDirectory outside = new();
        await RefusedAsync(
            Malformed,
            Bad.Symlink("out", outside.FullPath).RawEntry(new TarBytesEntry("./out/escaped", '0')),
            "unpacking bad 1.0", "/out/escaped", "/out is not a directory");
        await RefusedAsync(
            Malformed,
            Bad.Symlink("out", "../../../../../../../.." + outside.FullPath)
                .RawEntry(new TarBytesEntry("./out/escaped", '0')),
            "unpacking bad 1.0", "/out/escaped", "/out is not a directory");
        Assert.Empty(Directory.GetFileSystemEntries(outside.FullPath));
    }

    /// <summary>dpkg reads an absolute name as one below its root; so it is no error, and must not be one outside.</summary>
    [Fact]
    public async Task Member_with_an_absolute_name_lands_inside()
    {
        const string target = "/rootfs-importer-test-escaped";
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        site.Packages.Add(Bad.RawEntry(new TarBytesEntry(target, '0') { Content = "inside"u8.ToArray() }));
        (await workshop.BuildAsync(site, "absolute", "--to", "tar:root.tar")).Digest();
        Assert.False(Path.Exists(target));
        Assert.Contains(
            target[1..], await Host.RunAsync("tar", ["-tf", workshop.Root["root.tar"]]), StringComparison.Ordinal);
    }

    [Fact]
    public Task Device_node() => RefusedAsync(
        Malformed, Bad.Device("usr/share/disk", '4', 8, 0),
        "unpacking bad 1.0", "/usr/share/disk is a device node, which a base image must not hold");

    [Fact]
    public Task Index_paragraph_that_cannot_be() => RefusedAsync(
        Malformed, Bad.Cut(0), "reading the package index testing/main", "Size", "0");

    [Fact]
    public Task Dependency_that_cannot_be_read() => RefusedAsync(
        NotResolved, Bad.Depends("base-files (>> ("), "bad 1.0 (essential) cannot be used", "Depends: at character 15");

    [Fact]
    public Task Dependency_that_nobody_provides() => RefusedAsync(
        NotResolved, Bad.Depends("unicorn (>= 2)"), "bad", "unicorn (>= 2)");

    [Fact]
    public Task Version_that_nobody_has() => RefusedAsync(
        NotResolved, Bad.Depends("base-files (>= 2)"), "bad", "base-files (>= 2)", "1.0");

    [Fact]
    public Task Conflict() => RefusedAsync(
        NotResolved, Bad.Field("Conflicts", "busybox"), "bad", "conflicts", "busybox");

    [Fact]
    public async Task Package_that_does_not_exist()
    {
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        ToolRun run = await workshop.BuildAsync(site, "bad", "--include", "bussybox");
        run.IsError(NotResolved, "bussybox");
        Assert.Contains("busybox", run.ErrorOutput.Replace("bussybox", "", StringComparison.Ordinal), StringComparison.Ordinal);
        await workshop.IsWholeAsync();
    }

    private async Task RefusedAsync(int exitCode, DebBuilder package, params string[] expected)
    {
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        site.Packages.Add(package);
        ToolRun run = await workshop.BuildAsync(site, "bad");
        run.IsError(exitCode, expected);
        await workshop.IsWholeAsync();
    }
}
