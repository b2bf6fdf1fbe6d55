using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Apk.Installing;

/// <summary>Packages that want the same path, and packages that mean harm.</summary>
public sealed class ApkConflictTests
{
    [Fact]
    public async Task A_file_of_two_packages_is_an_error_that_names_both()
    {
        using ApkInstallationFixture fixture = new();
        PackageFormatException error = await fixture.RefusedAsync(
            new ApkBuilder("a").File("usr/bin/x", "same"), new ApkBuilder("b", "2-r0").File("usr/bin/x", "same"));
        Assert.Equal(
            "installing b 2-r0: it has /usr/bin/x, but a 1.0-r0 has it, too, and neither replaces the other", error.Message);
        Assert.Contains("exclude one of them", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "a", "b")]
    [InlineData("", "a<2", "b")]
    [InlineData("b", "a", "b")]
    [InlineData("b 5", "a", "a")]
    [InlineData("b 5", "a 6", "b")]
    [InlineData("b", "", "a")]
    public async Task Replacing_decides_whose_the_file_is(string ofA, string ofB, string winner)
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a", "b"] } };
        await fixture.InstallAsync(Replacing("a", ofA), Replacing("b", ofB));
        Assert.Equal(winner, fixture.ReadText("usr/bin/x"));
        Assert.Equal(winner == "a", fixture.Record("a").Contains("R:x", StringComparison.Ordinal));
        Assert.Equal(winner == "b", fixture.Record("b").Contains("R:x", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a>2")]
    [InlineData("other")]
    public async Task A_replaces_that_is_of_something_else_does_not_help(string replaces)
    {
        using ApkInstallationFixture fixture = new();
        Assert.Contains(
            "neither replaces", (await fixture.RefusedAsync(Replacing("a", ""), Replacing("b", replaces))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_where_another_package_has_a_directory_is_an_error_and_the_reverse()
    {
        using (ApkInstallationFixture fixture = new())
        {
            Assert.Equal(
                "installing b 1.0-r0: it has /usr/x, but what a 1.0-r0 made there is a directory",
                (await fixture.RefusedAsync(
                    new ApkBuilder("a").Directory("usr/x"), new ApkBuilder("b").File("usr/x", ""))).Message);
        }

        using ApkInstallationFixture reverse = new();
        Assert.Equal(
            "installing b 1.0-r0: it has /usr/x, but what a 1.0-r0 made there is no directory",
            (await reverse.RefusedAsync(
                new ApkBuilder("a").File("usr/x", ""), new ApkBuilder("b").Directory("usr/x"))).Message);
    }

    [Theory]
    [InlineData("/../../../../../../../../../../tmp")]
    [InlineData("../../../../../../../../../../tmp")]
    public async Task No_package_leaves_the_root_through_anothers_link(string target)
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a", "b"] } };
        string name = $"escaped-{Guid.NewGuid():n}";
        await fixture.InstallAsync(
            new ApkBuilder("a").Symlink("out", target),
            new ApkBuilder("b").RawEntry(new TarBytesEntry("out/", '5') { Mode = 0x1ED }).File($"out/{name}", "x"));
        Assert.False(File.Exists($"/tmp/{name}"));
        Assert.True(File.Exists(fixture.HostPath($"tmp/{name}")));
    }

    [Fact]
    public async Task A_file_through_a_link_to_nowhere_is_the_packages_error()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a", "b"] } };
        Assert.Equal(
            "installing b 1.0-r0: it has /out, but what a 1.0-r0 made there is no directory",
            (await fixture.RefusedAsync(
                new ApkBuilder("a").Symlink("out", "nowhere"), new ApkBuilder("b").File("out/x", "x"))).Message);
    }

    [Fact]
    public async Task A_file_without_its_directory_is_refused_as_by_apk()
    {
        using ApkInstallationFixture fixture = new();
        PackageFormatException error = await fixture.RefusedAsync(
            new ApkBuilder("a") { HasParents = false }.File("usr/bin/x", ""));
        Assert.Equal(
            "unpacking a 1.0-r0: /usr/bin/x comes without its directory, and apk installs no such file", error.Message);
        Assert.Contains("v3/main/x86_64/a-1.0-r0.apk", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_that_cannot_be_read_is_refused_before_anything_is_put_in_place()
    {
        using ApkInstallationFixture fixture = new();
        PackageFormatException error = await fixture.RefusedAsync(new ApkBuilder("a").File("x", "").Replaces("b<=>1"));
        Assert.StartsWith("unpacking a 1.0-r0: 'b<=>1'", error.Message, StringComparison.Ordinal);
        Assert.Equal("absent", fixture.Owner("x"));
    }

    [Theory]
    [InlineData("lib/apk/exec")]
    [InlineData("lib/apk/db/installed/x")]
    public async Task A_package_that_takes_apks_place_is_its_own_error(string path)
    {
        using ApkInstallationFixture fixture = new();
        PackageFormatException error = await fixture.RefusedAsync(
            new ApkBuilder("a").File(path, "").Script("post-install", "true"));
        Assert.Contains("installing ", error.Message, StringComparison.Ordinal);
        Assert.Equal(6, error.ExitCode);
    }

    [Fact]
    public async Task What_is_extracted_may_not_be_a_packages_file()
    {
        using ApkInstallationFixture fixture = new();
        FetchedPackage release = new ApkBuilder("release").File("etc/motd", "2").Fetched(fixture.Directory);
        PackageFormatException error = await Assert.ThrowsAsync<PackageFormatException>(() => fixture.InstallAsync(
            [
                new ApkBuilder("base").File("etc/motd", "1").Fetched(fixture.Directory),
                release with { Package = release.Package with { Reason = "extracted" } },
            ],
            jobs: 1));
        Assert.Equal("installing release 1.0-r0: it has /etc/motd, but base 1.0-r0 has it, too", error.Message);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("bin/../../x")]
    public async Task An_applet_list_cannot_lead_outside(string line)
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Scripts = PackageScripts.None } };
        PackageFormatException error = await fixture.RefusedAsync(
            new ApkBuilder("box").File("etc/busybox-paths.d/box", line));
        Assert.Contains($"'{line}', which is no path inside the root", error.Message, StringComparison.Ordinal);
    }

    private static ApkBuilder Replacing(string name, string what)
    {
        string[] words = what.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ApkBuilder package = new ApkBuilder(name).File("usr/bin/x", name);
        return words switch
        {
            [string replaced, string priority] => package.Replaces(replaced).Field("replaces_priority", priority),
            [string replaced] => package.Replaces(replaced),
            _ => package,
        };
    }
}
