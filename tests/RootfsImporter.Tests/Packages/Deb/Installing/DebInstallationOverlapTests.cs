using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Deb.Installing;

/// <summary>
/// Paths in several packages: whoever is unpacked first, and however many at once, the outcome is one.
/// </summary>
public sealed class DebInstallationOverlapTests
{
    private static readonly string[] Lists = ["alpha.list", "beta.list", "gamma.list", "base-files.list"];

    [Fact]
    public async Task The_package_that_replaces_gets_the_file()
    {
        using DebInstallationFixture fixture = await InstallInEveryOrderAsync(
            () => new DebBuilder("alpha").File("etc/shared", "alpha").File("etc/alpha", ""),
            () => new DebBuilder("beta").Replaces("alpha (<< 2)").File("etc/shared", "beta"));
        Assert.Equal("beta", fixture.ReadText("etc/shared"));
        Assert.DoesNotContain("/etc/shared\n", List(fixture, "alpha"), StringComparison.Ordinal);
        Assert.Contains("/etc/shared\n", List(fixture, "beta"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_does_not_matter_to_who_replaces()
    {
        using DebInstallationFixture fixture = await InstallInEveryOrderAsync(
            () => new DebBuilder("alpha").Replaces("beta").File("etc/shared", "alpha", mode: 0x180),
            () => new DebBuilder("beta").Symlink("etc/shared", "elsewhere"));
        Assert.Equal("alpha", fixture.ReadText("etc/shared"));
    }

    [Fact]
    public async Task Of_two_that_replace_each_other_the_later_name_gets_the_file()
    {
        using DebInstallationFixture fixture = await InstallInEveryOrderAsync(
            () => new DebBuilder("alpha").Replaces("beta").File("etc/shared", "alpha"),
            () => new DebBuilder("beta").Replaces("alpha").File("etc/shared", "beta"));
        Assert.Equal("beta", fixture.ReadText("etc/shared"));
    }

    [Fact]
    public async Task Three_packages_settle_on_one()
    {
        using DebInstallationFixture fixture = await InstallInEveryOrderAsync(
            () => new DebBuilder("alpha").File("etc/shared", "alpha"),
            () => new DebBuilder("beta").Replaces("alpha, gamma").File("etc/shared", "beta"),
            () => new DebBuilder("gamma").Replaces("alpha").File("etc/shared", "gamma"));
        Assert.Equal("beta", fixture.ReadText("etc/shared"));
        Assert.DoesNotContain(
            "shared", List(fixture, "alpha") + List(fixture, "gamma"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hard_link_keeps_the_content_of_its_own_package()
    {
        using DebInstallationFixture fixture = await InstallInEveryOrderAsync(
            () => new DebBuilder("alpha").File("bin/zip", "alpha").HardLink("bin/zip2", "bin/zip").HardLink(
                "bin/zip3", "bin/zip"),
            () => new DebBuilder("beta").Replaces("alpha").File("bin/zip", "beta").HardLink("bin/zap", "bin/zip"));
        Assert.Equal(
            ["beta", "beta", "alpha", "alpha"],
            new[] { "bin/zip", "bin/zap", "bin/zip2", "bin/zip3" }.Select(fixture.ReadText));
        Dictionary<string, TreeEntry> tree = fixture.Rootfs.ReadTree().ToDictionary(
            entry => entry.Path.Value);
        Assert.Equal("bin/zap", tree["bin/zip"].LinkTarget);
        Assert.Equal("bin/zip2", tree["bin/zip3"].LinkTarget);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task A_file_in_two_packages_is_an_error_that_names_both(int jobs)
    {
        foreach (bool isReversed in (bool[])[false, true])
        {
            using DebInstallationFixture fixture = new();
            DebBuilder[] packages =
            [
                new DebBuilder("alpha").File("etc/shared", "same"),
                new DebBuilder("beta").Replaces("alpha (<< 1)").File("etc/shared", "same"),
            ];
            PackageFormatException error = await Assert.ThrowsAsync<PackageFormatException>(
                () => fixture.InstallAsync(isReversed ? [.. packages.Reverse()] : packages, jobs));
            Assert.Equal(
                "unpacking beta 1.0: /etc/shared is also in alpha 1.0, and neither package Replaces the other", error.Message);
            Assert.Equal("exclude one of the two packages", error.Hint);
        }
    }

    [Fact]
    public async Task The_same_place_under_two_names_is_an_error()
    {
        using DebInstallationFixture fixture = new() { UsrMerge = UsrMerge.Bootstrapped };
        PackageFormatException error =
            await Assert.ThrowsAsync<PackageFormatException>(() => fixture.InstallAsync(
        [
            new DebBuilder("alpha").File("usr/bin/sh", "alpha"),
            new DebBuilder("beta").File("bin/sh", "beta"),
        ]));
        Assert.Equal(
            "unpacking beta 1.0: /bin/sh is also in another package, under another name", error.Message);
    }

    [Fact]
    public async Task A_shared_directory_has_the_mode_of_the_first_package_by_name()
    {
        using DebInstallationFixture fixture = await InstallInEveryOrderAsync(
            () => new DebBuilder("alpha").Directory("var/lib/shared", mode: 0x1ED, uid: 5, gid: 6).File(
                "var/lib/shared/a", ""),
            () =>
                new DebBuilder("beta").Directory("var/lib/shared", mode: 0x1C0).File("var/lib/shared/b", ""));
        TreeEntry entry = fixture.Rootfs.ReadTree().Single(e => e.Path.Value == "var/lib/shared");
        Assert.Equal((0x1ED, 5u, 6u), (entry.Mode, entry.Uid, entry.Gid));
    }

    [Fact]
    public async Task A_shared_directory_has_the_mode_that_base_files_gives_it()
    {
        using DebInstallationFixture fixture = await InstallInEveryOrderAsync(
            () => new DebBuilder("alpha").Directory("tmp"),
            () => new DebBuilder("base-files").Directory("tmp", mode: Convert.ToInt32("1777", 8)));
        Assert.Equal(
            Convert.ToInt32("1777", 8), fixture.Rootfs.ReadTree().Single(e => e.Path.Value == "tmp").Mode);
    }

    [Fact]
    public async Task A_directory_has_the_mode_of_its_only_package_even_when_another_needed_it_earlier()
    {
        using DebInstallationFixture fixture = await InstallInEveryOrderAsync(
            () => new DebBuilder("alpha") { HasParents = false }.File("root/.profile", ""),
            () => new DebBuilder("beta").Directory("root", mode: 0x1C0));
        Assert.Equal(0x1C0, fixture.Rootfs.ReadTree().Single(e => e.Path.Value == "root").Mode);
    }

    [Fact]
    public async Task The_same_link_to_a_directory_is_shared()
    {
        using DebInstallationFixture fixture = await InstallInEveryOrderAsync(
            () =>
                new DebBuilder("alpha").Directory("usr/share/doc/real").Symlink("usr/share/doc/link", "real"),
            () => new DebBuilder("beta").Symlink("usr/share/doc/link", "real"));
        Assert.Equal("real", new DirectoryInfo(fixture.HostPath("usr/share/doc/link")).LinkTarget);
        Assert.All(["alpha", "beta"], name =>
            Assert.Contains("/usr/share/doc/link\n", List(fixture, name), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Links_to_different_directories_are_an_error()
    {
        foreach (string[] order in (string[][])[["a", "b"], ["b", "a"]])
        {
            using DebInstallationFixture fixture = new();
            PackageFormatException error =
                await Assert.ThrowsAsync<PackageFormatException>(() => fixture.InstallAsync(
                [.. order.Select(name => new DebBuilder(name).Directory(name + "-directory").Symlink("link", name + "-directory"))]));
            Assert.Contains("/link is also in a 1.0", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_directory_here_and_a_link_there_is_an_error(bool isReversed)
    {
        using DebInstallationFixture fixture = new();
        DebBuilder[] packages =
        [
            new DebBuilder("alpha").Directory("usr/share/doc/real").Directory("usr/share/doc/alpha"),
            new DebBuilder("beta").Directory("usr/share/doc/real").Symlink("usr/share/doc/alpha", "real"),
        ];
        PackageFormatException error = await Assert.ThrowsAsync<PackageFormatException>(
            () => fixture.InstallAsync(isReversed ? [.. packages.Reverse()] : packages));
        Assert.Equal(
            isReversed
                ? "unpacking alpha 1.0: /usr/share/doc/alpha is a directory, but a link in beta 1.0"
                : "unpacking beta 1.0: /usr/share/doc/alpha is a link, but a directory in alpha 1.0",
            error.Message);
        Assert.Equal("exclude one of the two packages", error.Hint);
    }

    [Fact]
    public async Task A_directory_is_not_replaced_by_a_file()
    {
        using DebInstallationFixture fixture = new();
        PackageFormatException error =
            await Assert.ThrowsAsync<PackageFormatException>(() => fixture.InstallAsync(
        [
            new DebBuilder("alpha").File("opt/x/y", ""),
            new DebBuilder("beta").Replaces("alpha").File("opt/x", ""),
        ]));
        Assert.Equal("unpacking beta 1.0: /opt/x is a file, but a directory in alpha 1.0", error.Message);
    }

    [Fact]
    public async Task Many_packages_make_one_tree_with_any_number_of_jobs()
    {
        DebBuilder Package(int i) => new DebBuilder($"package{i:d2}") { HasParents = i % 3 != 0 }
            .Replaces(string.Join(", ", Enumerable.Range(0, i).Select(earlier => $"package{earlier:d2}").Prepend("none")))
            .File($"usr/share/a/b/c/d/file{i}", $"{i}")
            .File("usr/share/contested", $"{i}")
            .Directory("usr/share/a/b", mode: 0x1C0 + i);
        using DebInstallationFixture one = await InstallAsync(
            [.. Enumerable.Range(0, 40).Select(Package)], 1);
        using DebInstallationFixture eight = await InstallAsync(
            [.. Enumerable.Range(0, 40).Reverse().Select(Package)], 8);
        Assert.Equal(one.TreeText(), eight.TreeText());
        Assert.Equal("39", one.ReadText("usr/share/contested"));
    }

    /// <summary>
    /// Installs in every order, with 1 job and with 8, checks that all trees are equal, and returns the last.
    /// </summary>
    private static async Task<DebInstallationFixture> InstallInEveryOrderAsync(
        params Func<DebBuilder>[] packages)
    {
        string? expected = null;
        DebInstallationFixture? fixture = null;
        foreach (int[] order in Permutations(packages.Length))
        {
            foreach (int jobs in (int[])[1, 8])
            {
                fixture?.Dispose();
                fixture = await InstallAsync([.. order.Select(i => packages[i]())], jobs);
                string tree = fixture.TreeText() + string.Concat(
                    Lists.Select(list => ReadList(fixture, list)));
                expected ??= tree;
                Assert.Equal(expected, tree);
            }
        }

        return fixture!;
    }

    private static async Task<DebInstallationFixture> InstallAsync(
        IReadOnlyList<DebBuilder> packages, int jobs)
    {
        DebInstallationFixture fixture = new();
        await fixture.InstallAsync(packages, jobs);
        return fixture;
    }

    private static IEnumerable<int[]> Permutations(int count)
    {
        if (count == 0)
        {
            return [[]];
        }

        return Permutations(count - 1).SelectMany(shorter =>
            Enumerable.Range(0, count).Select(at => (int[])[.. shorter[..at], count - 1, .. shorter[at..]]));
    }

    private static string List(DebInstallationFixture fixture, string package) =>
        ReadList(fixture, package + ".list");

    private static string ReadList(DebInstallationFixture fixture, string name)
    {
        string path = fixture.HostPath($"var/lib/dpkg/info/{name}");
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }
}
