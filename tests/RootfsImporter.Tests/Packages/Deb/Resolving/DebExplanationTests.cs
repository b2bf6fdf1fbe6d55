namespace RootfsImporter.Tests.Packages.Deb.Resolving;

public sealed class DebExplanationTests
{
    [Fact]
    public void A_version_that_no_pocket_has_is_named_with_the_newest() => Assert.Equal(
        "apt 2.8 (included) needs libapt (>= 3), the newest is 2.8.3 (sid-updates), beside 2.7 (sid)",
        Assert.Single(new DebWorld("apt 2.8; Depends: libapt (>= 3)", "libapt 2.7").Pocket("updates", "libapt 2.8.3")
            .Include("apt").Reasons()));

    [Fact]
    public void A_chain_leads_back_to_the_request() => Assert.Equal(
        "c 1 (needed by b 1, needed by a 1 (included)) needs gone, which no index has",
        Assert.Single(
            new DebWorld("a 1; Depends: b", "b 1; Depends: c", "c 1; Depends: gone").Include("a").Reasons()));

    [Fact]
    public void An_unknown_name_is_answered_with_the_nearest() => Assert.Equal(
        "crul (included): which no index has; did you mean curl?",
        Assert.Single(new DebWorld("curl 1", "bash 1").Include("crul").Reasons()));

    [Fact]
    public void A_conflict_names_both_sides_and_who_needs_them() => Assert.Equal(
        "x 1 (needed by a 1 (included)) conflicts with y (<< 2), which is y 1 (needed by b 1 (included))",
        Assert.Single(
            new DebWorld("a 1; Depends: x", "b 1; Depends: y", "x 1; Conflicts: y (<< 2)", "y 1")
                .Include("a", "b").Reasons()));

    [Fact]
    public void Every_dead_end_of_the_alternatives_is_named()
    {
        IReadOnlyList<string> reasons = new DebWorld(
            "a 1; Depends: x | y", "x 1; Depends: gone", "y 1; Breaks: a").Include("a").Reasons();

        Assert.Equal(2, reasons.Count);
        Assert.Contains("x 1 (needed by a 1 (included)) needs gone, which no index has", reasons);
        Assert.Contains("y 1 (needed by a 1 (included)) breaks a, which is a 1 (included)", reasons);
    }

    [Fact]
    public void An_excluded_package_that_is_needed_is_said_to_be_excluded() => Assert.Equal(
        "a 1 (essential) needs b, which the profile excludes",
        Assert.Single(new DebWorld("a 1; Essential: yes; Depends: b", "b 1; Essential: yes")
            .Select(s => s with { Exclude = ["b"] }).Reasons()));

    [Fact]
    public void Including_and_excluding_the_same_package_is_a_contradiction() => Assert.Equal(
        "a is both included and excluded",
        Assert.Single(new DebWorld("a 1").Include("a").Select(s => s with { Exclude = ["a"] }).Reasons()));

    [Theory]
    [InlineData("a", "3", "a is pinned to 3, the newest is 2 (sid-updates), beside 1 (sid)")]
    [InlineData("aaa", "3", "aaa is pinned to 3, which no index has; did you mean aa?")]
    public void A_pin_that_no_index_has_is_refused(string name, string version, string reason) => Assert.Equal(
        reason,
        Assert.Single(new DebWorld("a 1", "aa 1").Pocket("updates", "a 2").Include("a")
            .Select(s => s with { Pin = new Dictionary<string, string> { [name] = version } }).Reasons()));

    [Fact]
    public void A_pin_that_blocks_a_need_is_named() => Assert.Equal(
        "b 1 (included) needs a (>= 2), but a is pinned to 1",
        Assert.Single(new DebWorld("a 1", "b 1; Depends: a (>= 2)").Pocket("updates", "a 2").Include("b")
            .Select(s => s with { Pin = new Dictionary<string, string> { ["a"] = "1" } }).Reasons()));

    [Theory]
    [InlineData("tool:any", "needs tool:any, which is not Multi-Arch: allowed")]
    [InlineData("tool:arm64", "needs tool:arm64, which is of architecture arm64; only amd64 is built")]
    [InlineData("virtual (>= 1)", "needs virtual (>= 1), which is provided by tool, but in no such version")]
    public void Says_what_is_wrong_with_a_package_that_is_there(string depends, string reason) => Assert.Equal(
        $"x 1 (included) {reason}",
        Assert.Single(
            new DebWorld($"x 1; Depends: {depends}", "tool 1; Provides: virtual").Include("x").Reasons()));

    [Fact]
    public void A_package_whose_relations_cannot_be_read_is_unusable_and_harms_no_other()
    {
        DebWorld world = new("bad 1; Depends: a (", "good 1; Depends: bad | a", "a 1");

        Assert.Equal("a=1 good=1", world.Include("good").Solved());
        Assert.StartsWith(
            "bad 1 (included) cannot be used: bad 1, Depends: at character 3 of a relation",
            Assert.Single(world.Include("bad").Reasons()),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_phased_out_version_that_is_needed_is_named() => Assert.Equal(
        "b 1 (included) needs a (>= 2), which the phased-update policy leaves out "
        + "(the newest is 2 (sid-updates), beside 1 (sid))",
        Assert.Single(new DebWorld("a 1", "b 1; Depends: a (>= 2)")
            .Pocket("updates", "a 2; Phased-Update-Percentage: 0").Include("b")
            .Select(s => s with { PhasedUpdates = RootfsImporter.Profiles.PhasedUpdates.ExcludeHalted }).Reasons()));

    [Fact]
    public void Wanting_two_versions_of_a_package_is_explained()
    {
        IReadOnlyList<string> reasons = new DebWorld("a 1; Depends: c (= 1)", "b 1; Depends: c (= 2)", "c 1")
            .Pocket("updates", "c 2").Include("a", "b").Reasons();

        Assert.Equal(
            "two versions of c are wanted: c 1 (needed by a 1 (included)), and c 2 (needed by b 1 (included))",
            Assert.Single(reasons));
    }
}
