using RootfsImporter.Packages;

namespace RootfsImporter.Tests.Packages.Apk.Resolving;

/// <summary>What is chosen on top of what is installed. AlpineOnTopTests ask the genuine apk the same.</summary>
public sealed class ApkInstalledResolverTests
{
    [Fact]
    public void What_is_installed_stays_at_its_version_and_is_not_listed() => Assert.Equal(
        "a=1", new ApkWorldText("a 1; D: b", "b 2").Installed("b", "b 1").Include("a").Solved());

    [Fact]
    public void What_is_asked_for_and_installed_stays_too() => Assert.Equal(
        "", new ApkWorldText("b 2").Installed("c", "b 1", "c 1; D: b").Include("b").Solved());

    [Fact]
    public void A_rebuilt_package_of_the_same_version_stays() => Assert.Equal(
        "", new ApkWorldText("b 1; C: Q1new").Installed("b", "b 1; C: Q1old").Include("b").Solved());

    [Fact]
    public void Another_version_comes_only_when_something_needs_it()
    {
        ApkWorldText world = new ApkWorldText("a 1; D: b>1", "b 2", "b 3").Installed("b", "b 1").Include("a");

        Assert.Equal("a: included; b: replaces 1 of the base", world.Reasoned());
        Assert.Equal("a=1 b=3", world.Solved());
    }

    [Fact]
    public void An_older_version_comes_when_something_needs_it() => Assert.Equal(
        "a=1 b=1", new ApkWorldText("a 1; D: b<2", "b 1").Installed("b", "b 2").Include("a").Solved());

    [Fact]
    public void What_no_repository_lists_stays_and_satisfies() => Assert.Equal(
        "a=1",
        new ApkWorldText("a 1; D: so:b=1 cmd:own").Installed("own", "own 7; p: so:b=1 cmd:own=7").Include("a").Solved());

    [Fact]
    public void A_package_that_an_index_has_as_well_is_one() => Assert.Equal(
        "a=1",
        new ApkWorldText("a 1; D: b=1", "b 1; C: Q1b; A: aarch64").Installed("b", "b 1; C: Q1b").Include("a").Solved());

    [Fact]
    public void What_nothing_needs_stays_nevertheless() => Assert.Equal(
        "a=1", new ApkWorldText("a 1").Installed("b", "b 1", "stray 1; D: old", "old 1").Include("a").Solved());

    [Fact]
    public void What_an_upgrade_does_not_need_any_more_stays() => Assert.Equal(
        "a=1 b=2", new ApkWorldText("a 1; D: b>1", "b 2").Installed("b", "b 1; D: old", "old 1").Include("a").Solved());

    [Fact]
    public void What_comes_by_itself_sees_what_is_installed() => Assert.Equal(
        "a: included; a-doc: installed because a and docs are there",
        new ApkWorldText("a 1", "a-doc 1; i: a docs").Installed("docs", "docs 1").Include("a").Reasoned());

    [Fact]
    public void A_virtual_name_goes_to_what_is_installed() => Assert.Equal(
        "a=1",
        new ApkWorldText("a 1; D: sh", "x 1; p: sh; k: 100").Installed("y", "y 1; p: sh; k: 1").Include("a").Solved());

    [Fact]
    public void The_selection_speaks_before_the_world_of_the_base() => Assert.Equal(
        "b=2", new ApkWorldText("b 2").Installed("b=1", "b 1").Include("b>1").Solved());

    [Fact]
    public void A_pin_moves_what_is_installed() => Assert.Equal(
        "b=2", new ApkWorldText("b 2", "b 3").Installed("b", "b 1").Include("b")
            .Select(s => s with { Pin = new Dictionary<string, string> { ["b"] = "2" } }).Solved());

    [Fact]
    public void A_pin_to_what_is_installed_keeps_it() => Assert.Equal(
        "", new ApkWorldText("b 3").Installed("b", "b 1").Include("b")
            .Select(s => s with { Pin = new Dictionary<string, string> { ["b"] = "1" } }).Solved());

    [Fact]
    public void A_world_that_was_not_satisfied_before_is_no_reason_to_fail() => Assert.Equal(
        "a=1", new ApkWorldText("a 1").Installed("b gone c>2 !b", "b 1", "c 1").Include("a").Solved());

    [Fact]
    public void Nothing_asked_for_is_nothing_to_do() =>
        Assert.Equal("", new ApkWorldText("b 2").Installed("b", "b 1", "stray 1").Solved());

    [Fact]
    public void What_is_installed_is_not_extracted() => Assert.Equal(
        "", new ApkWorldText("b 2").Installed("b", "b 1").Select(s => s with { Extract = ["b"] }).Solved());

    [Fact]
    public void The_newest_build_is_that_of_all_that_is_there() => Assert.Equal(
        7,
        Assert.IsType<Resolution.Solved>(
            new ApkWorldText("a 1; t: 5").Installed("b", "b 1; t: 7").Include("a").Resolve()).NewestBuild);

    [Theory]
    [InlineData("a 1 (included) refuses b, which is b 1 of the base", "a 1; D: !b", "b 1")]
    [InlineData("b 1 of the base refuses a, which is a 1 (included)", "a 1", "b 1; D: !a")]
    [InlineData("only one package may be ssl: b 1 of the base, or a 1 (included)", "a 1; p: ssl=2", "b 1; p: ssl=1")]
    [InlineData("a 1 (included) needs b>1, the newest is 1 (the base)", "a 1; D: b>1", "b 1")]
    public void Nothing_that_is_installed_goes(string reason, string package, string installed) => Assert.Contains(
        reason, new ApkWorldText(package).Installed("b", installed).Include("a").Reasons());

    [Fact]
    public void What_is_excluded_and_installed_is_named() => Assert.Contains(
        "the profile excludes b, which is b 1 of the base",
        new ApkWorldText("b 1").Installed("b", "b 1").Select(s => s with { Exclude = ["b"] }).Reasons());

    [Fact]
    public void What_refuses_something_that_nothing_asked_for_is_refused() => Assert.Equal(
        ["a 1 (included) refuses stray, which is stray 1 of the base"],
        new ApkWorldText("a 1; D: !stray").Installed("b", "b 1", "stray 1").Include("a").Reasons());

    [Fact]
    public void What_takes_the_place_of_something_else_is_refused() => Assert.Equal(
        ["only one package may be ssl: x 1 of the base, or y 1 (needed by a 1 (included))"],
        new ApkWorldText("a 1; D: ssl=2", "y 1; p: ssl=2").Installed("x", "x 1; p: ssl=1").Include("a").Reasons());
}
