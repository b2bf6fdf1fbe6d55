using RootfsImporter.Packages;

namespace RootfsImporter.Tests.Packages.Deb.Resolving;

/// <summary>Packages that come on top of installed ones: as apt-get install in that system, but nothing is removed.</summary>
public sealed class DebDerivedResolverTests
{
    [Fact]
    public void What_is_there_already_is_not_brought_again() => Assert.Equal(
        "x=1",
        new DebWorld("a 1", "b 1", "x 1; Depends: a, b").Installed("a 1", "b 1").Include("x", "b").Solved());

    [Fact]
    public void What_is_installed_stays_though_the_index_has_a_newer_version() => Assert.Equal(
        "x=1", new DebWorld("lib 2", "x 1; Depends: lib").Installed("lib 1").Include("x").Solved());

    [Fact]
    public void Essential_packages_and_priorities_of_the_index_are_the_bases_matter() => Assert.Equal(
        "x=1",
        new DebWorld("e 1; Essential: yes", "r 1; Priority: required", "x 1").Installed("a 1").Include("x").Solved());

    [Fact]
    public void A_need_that_the_installed_version_does_not_fulfil_brings_the_candidate()
    {
        DebWorld world = new DebWorld("lib 2", "x 1; Depends: lib (>= 2)").Pocket("updates", "lib 3")
            .Installed("lib 1").Include("x");
        Assert.Equal("lib=3 x=1", world.Solved());
        LockedPackage lib = world.Locked()[0];
        Assert.Equal("needed by x", lib.Reason);
        Assert.False(lib.IsRequested);
    }

    [Fact]
    public void A_name_that_is_asked_for_is_brought_to_its_candidate_as_apt_does()
    {
        DebWorld world = new DebWorld("lib 2").Installed("lib 1").Include("lib");
        LockedPackage lib = Assert.Single(world.Locked());
        Assert.Equal("2", lib.Version);
        Assert.True(lib.IsRequested);
    }

    [Theory]
    [InlineData("lib (>= 1)")]
    [InlineData("lib=1")]
    [InlineData("other | lib")]
    [InlineData("virtual")]
    public void A_term_that_what_is_installed_fulfils_brings_nothing(string term) => Assert.Equal(
        "", new DebWorld("lib 2; Provides: virtual", "other 1").Installed("lib 1; Provides: virtual").Include(term).Solved());

    [Fact]
    public void A_base_may_be_newer_than_the_indexes_and_have_packages_that_they_lack() => Assert.Equal(
        "x=1",
        new DebWorld("lib 2", "x 1; Depends: lib, own").Installed("lib 3", "own 1; Depends: lib (>= 3)")
            .Include("x", "lib").Solved());

    [Fact]
    public void Equal_versions_are_the_installed_one_whatever_the_index_says_of_it() => Assert.Equal(
        "x=1",
        new DebWorld("lib 1; Depends: gone", "x 1; Depends: lib").Installed("lib 1").Include("x", "lib").Solved());

    [Fact]
    public void What_needs_the_very_version_of_a_package_changes_with_it() => Assert.Equal(
        "lib=2 lib-dev=2 x=1",
        new DebWorld("lib 2", "lib-dev 2; Depends: lib (= 2)", "x 1; Depends: lib (>= 2)")
            .Installed("lib 1", "lib-dev 1; Depends: lib (= 1)").Include("x").Solved());

    [Fact]
    public void A_version_that_what_is_new_breaks_gives_way_to_a_newer_one()
    {
        DebWorld world = new DebWorld("p 2", "x 1; Breaks: p (<< 2)").Installed("p 1").Include("x");
        Assert.Equal("p=2 x=1", world.Solved());
        Assert.Equal("needed by x, which cannot be with the installed version", world.Locked()[0].Reason);
    }

    [Fact]
    public void An_installed_alternative_or_provider_is_enough() => Assert.Equal(
        "x=1",
        new DebWorld("mawk 1; Provides: awk", "x 1; Depends: mawk | gawk, awk")
            .Installed("gawk 1; Provides: awk").Include("x").Solved());

    [Fact]
    public void Of_alternatives_one_that_is_installed_is_renewed_before_something_new_comes() => Assert.Equal(
        "lib=2 x=1",
        new DebWorld("lib 2", "other 1", "x 1; Depends: lib (>= 2) | other").Installed("a 1", "lib 1", "z 1")
            .Include("x").Solved());

    [Theory]
    [InlineData("perl 2; Depends: base (= 2)", "perl 1; Depends: base (= 1)")]
    [InlineData("perl 2; Depends: libperl (= 2)", "perl 1; Depends: libperl (= 1)")]
    [InlineData("perl 2; Breaks: base (<< 2)", "perl 1")]
    public void An_older_version_is_no_way_around_renewing_the_base(string candidate, string older) => Assert.Equal(
        "base=2 perl=2 x=1",
        string.Join(' ', new DebWorld(older, "libperl 1; Depends: base (= 1)", "base 1", "x 1; Depends: perl")
            .Pocket("updates", candidate, "libperl 2; Depends: base (= 2)", "base 2")
            .Installed("a 1", "base 1", "z 1").Include("x").Solved().Split(' ').Where(p => p != "libperl=2")));

    [Fact]
    public void Installed_packages_of_the_source_of_a_new_one_are_renewed_with_it() => Assert.Equal(
        "liblzma=2 xz=2",
        new DebWorld("liblzma 2; Source: xz-utils", "xz 2; Source: xz-utils; Depends: liblzma", "own 2; Source: xz-utils (1)",
                "broken 2; Source: xz-utils; Depends: gone")
            .Installed("broken 1", "liblzma 1; Source: xz-utils", "own 1").Include("xz").Solved());

    [Fact]
    public void Where_renewing_fails_the_new_alternative_comes() => Assert.Equal(
        "other=1 x=1",
        new DebWorld("lib 2; Depends: gone", "other 1", "x 1; Depends: lib (>= 2) | other").Installed("lib 1")
            .Include("x").Solved());

    [Fact]
    public void Recommends_are_followed_for_what_is_new_and_not_for_what_was_there() => Assert.Equal(
        "for-x=1 lib=2 new=1 x=1",
        new DebWorld(
                "lib 2; Recommends: old, new", "x 1; Depends: lib (>= 2); Recommends: for-x", "old 1", "new 1", "for-x 1",
                "for-a 1")
            .Installed("a 1; Recommends: for-a", "lib 1; Recommends: old")
            .Select(s => s with { Recommends = true }).Include("x").Solved());

    [Fact]
    public void An_older_version_comes_only_when_it_is_asked_for()
    {
        Assert.Equal("lib=1", new DebWorld("lib 1").Installed("lib 2").Include("lib=1").Solved());
        Assert.StartsWith(
            "x 1 (included) needs lib (= 1), ",
            Assert.Single(new DebWorld("lib 1", "x 1; Depends: lib (= 1)").Installed("lib 2").Include("x").Reasons()),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_pin_holds_for_what_is_installed_as_well() => Assert.Equal(
        "lib=2 x=1",
        new DebWorld("lib 2", "x 1; Depends: lib").Pocket("updates", "lib 3").Installed("lib 1")
            .Select(s => s with { Pin = new Dictionary<string, string> { ["lib"] = "2" } }).Include("x").Solved());

    [Fact]
    public void A_conflict_with_the_base_names_the_package_of_the_base() => Assert.Equal(
        "x 1 (needed by y 1 (included)) conflicts with mail-agent, which is exim 4 (installed)",
        Assert.Single(new DebWorld("x 1; Conflicts: mail-agent", "y 1; Depends: x", "exim 4; Provides: mail-agent")
            .Installed("exim 4; Provides: mail-agent").Include("y").Reasons()));

    [Fact]
    public void What_holds_a_package_of_the_base_at_its_version_is_named() => Assert.Equal(
        "two versions of lib are wanted: lib 2 (needed by x 1 (included)), and lib 1 (installed; needed by own 1 (installed))",
        Assert.Single(new DebWorld("lib 2", "x 1; Depends: lib (>= 2)")
            .Installed("lib 1", "own 1; Depends: lib (= 1)").Include("x").Reasons()));

    [Fact]
    public void What_is_wrong_with_the_newer_version_is_named_too() => Assert.Equal(
        [
            "p 2 (in the place of 1) needs gone, which no index has",
            "x 1 (included) breaks p (<< 2), which is p 1 (installed)",
        ],
        new DebWorld("p 2; Depends: gone", "x 1; Breaks: p (<< 2)").Installed("p 1").Include("x").Reasons().Order());

    [Fact]
    public void Excluding_what_is_installed_says_how_to_remove_it() => Assert.Equal(
        "a is excluded, but the base has it; to take it away, name it in 'remove'",
        Assert.Single(new DebWorld("a 1", "x 1").Installed("a 1").Include("x")
            .Select(s => s with { Exclude = ["a"] }).Reasons()));

    [Fact]
    public void A_base_of_several_architectures_is_refused_only_when_something_is_to_be_added()
    {
        DebWorld world = new DebWorld("x 1").Installed("a 1", "wine 9; Architecture: i386");
        Assert.Equal("", world.Solved());
        Assert.Contains("1 packages of another architecture than amd64, such as wine 9 i386",
            Assert.Single(world.Include("x").Reasons()), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_can_be_added_to_a_base_without_dpkg_but_what_it_has_may_be_named()
    {
        DebWorld world = new DebWorld("x 1") { HasDpkg = false }.Installed("a 1");
        Assert.Equal("", world.Include("a").Solved());
        Assert.Contains("the base has no dpkg", Assert.Single(world.Include("x").Reasons()), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_broken_base_lacks_is_brought_or_named()
    {
        Assert.Equal("b=1 x=1", new DebWorld("x 1", "b 1").Installed("a 1; Depends: b").Include("x").Solved());
        Assert.Equal(
            "a 1 (installed) needs gone, which no index has",
            Assert.Single(new DebWorld("x 1").Installed("a 1; Depends: gone").Include("x").Reasons()));
    }
}
