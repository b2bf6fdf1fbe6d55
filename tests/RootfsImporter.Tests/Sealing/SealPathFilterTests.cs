using RootfsImporter.Files;
using RootfsImporter.Sealing;

namespace RootfsImporter.Tests.Sealing;

// The expectations are what dpkg 1.21.22 unpacked from a package with these files under the same filters.
public sealed class SealPathFilterTests
{
    private static readonly SealFixture Package = new SealFixture()
        .File("usr/share/doc/foo/copyright").File("usr/share/doc/foo/changelog.gz").File("usr/share/doc/foo/examples/x")
        .File("usr/share/doc/bar/README").Symlink("usr/share/doc/baz", "foo")
        .Symlink("usr/share/doc/foo/cl", "changelog.gz")
        .File("usr/share/man/man1/a.1").File("usr/share/man/de/man1/a.1").Symlink("usr/share/man/lnk", "man1/a.1")
        .File("usr/share/locale/de/LC_MESSAGES/x.mo").File("usr/share/locale/locale.alias")
        .File("usr/share/docs2/f")
        .File("opt/a/b/.hid").File("opt/a/b/[x").File("opt/a/b/keep").File("opt/a/b/st*r");

    [Fact]
    public void Directories_and_links_stay_where_an_include_may_match_below() => AssertKept(
        """
        usr/share usr/share/doc usr/share/doc/bar usr/share/doc/baz usr/share/doc/foo usr/share/doc/foo/cl
        usr/share/doc/foo/copyright usr/share/doc/foo/examples usr/share/docs2 usr/share/docs2/f usr/share/locale
        usr/share/locale/locale.alias usr/share/man
        """,
        "usr/share",
        "-/usr/share/doc/*", "+/usr/share/doc/*/copyright", "-/usr/share/man/*", "-/usr/share/locale/*",
        "+/usr/share/locale/locale.alias");

    [Fact]
    public void What_an_include_may_bring_back_is_judged_by_its_literal_start() => AssertKept(
        """
        usr/share usr/share/doc usr/share/doc/bar usr/share/doc/baz usr/share/doc/foo usr/share/doc/foo/cl
        usr/share/doc/foo/copyright usr/share/doc/foo/examples usr/share/docs2
        """,
        "usr/share", "-/usr/share/*", "+/usr/share/doc/*/copyright");

    [Fact]
    public void The_last_match_decides() => AssertKept(
        "usr/share/doc", "usr/share/doc", "+/usr/share/doc/foo/copyright", "-/usr/share/doc/*");

    [Fact]
    public void An_include_of_a_directory_keeps_directories_and_links_below_it() => AssertKept(
        "usr/share/doc/foo usr/share/doc/foo/cl usr/share/doc/foo/examples",
        "usr/share/doc/foo", "-/usr/share/doc/foo/*", "+/usr/share/doc/foo");

    [Fact]
    public void Brackets_backslashes_and_leading_dots_are_those_of_fnmatch()
    {
        AssertKept("opt/a/b opt/a/b/keep", "opt/a/b", "-/opt/a/b/.h*", "-/opt/a/b/[x", "-/opt/a/b/st\\*r");
        AssertKept("opt/a/b opt/a/b/keep", "opt/a/b", "-/opt/a/b/[!k]*");
    }

    [Fact]
    public void A_directory_stays_when_something_below_it_does_where_dpkg_would_stop() => AssertKept(
        """
        usr/share/doc usr/share/doc/foo usr/share/doc/foo/changelog.gz usr/share/doc/foo/cl usr/share/doc/foo/copyright
        usr/share/doc/foo/examples
        """,
        "usr/share/doc", "-/usr/share/doc*", "+/usr/share/doc/foo/[ac]*");

    [Fact]
    public void A_link_whose_content_is_filtered_keeps_it()
    {
        SealedRootfs result = new SealFixture().File("usr/lib/a", "text").HardLink("usr/share/a", "usr/lib/a")
            .Seal(Rule("-/usr/lib/*"));

        Assert.Equal("text", result.Text("usr/share/a"));
    }

    private static void AssertKept(string expected, string directory, params string[] filters) => Assert.Equal(
        expected.Split([' ', '\n']),
        Package.Seal(Rule(filters)).Entries
            .Where(entry => entry.Path.IsAtOrBelow(RootPath.Parse(directory))).Select(entry => entry.Path.Value));

    private static SealRule.FilterPaths Rule(params string[] filters) => new(
        [.. filters.Select(filter => new PathFilter(filter[1..], filter[0] == '+'))])
    {
        Name = "slim",
        Why = "test",
    };
}
