namespace RootfsImporter.Tests.Packages.Apk.Resolving;

public sealed class ApkExplanationTests
{
    [Fact]
    public void A_chain_leads_back_to_the_world() => Assert.Equal(
        "c 1 (needed by b 1, needed by a 1 (included)) needs gone, which no index has",
        Assert.Single(new ApkWorldText("a 1; D: b", "b 1; D: c", "c 1; D: gone").Include("a").Reasons()));

    [Fact]
    public void An_unknown_name_is_answered_with_the_nearest() => Assert.Equal(
        "crul (included): which no index has; did you mean curl?",
        Assert.Single(new ApkWorldText("curl 1", "bash 1").Include("crul").Reasons()));

    [Fact]
    public void A_version_that_no_repository_has_is_named_with_the_newest() => Assert.Equal(
        "a 1 (included) needs b>=3, the newest is 2 (v0/community), beside 1 (v0/main)",
        Assert.Single(new ApkWorldText("a 1; D: b>=3", "b 1").Repository("community", "b 2").Include("a").Reasons()));

    [Fact]
    public void A_provided_version_that_does_not_fit_is_named() => Assert.Equal(
        "a 1 (included) needs ssl>=3, which is provided by x as 2, y without a version",
        Assert.Single(new ApkWorldText("a 1; D: ssl>=3", "x 1; p: ssl=2", "y 1; p: ssl").Include("a").Reasons()));

    [Fact]
    public void The_candidates_for_a_virtual_name_are_named() => Assert.Equal(
        "a 1 (included) needs sh, which x, y provide, none of them by default; include one of them",
        Assert.Single(new ApkWorldText("a 1; D: sh", "y 1; p: sh", "x 1; p: sh").Include("a").Reasons()));

    [Fact]
    public void A_conflict_names_both_sides_and_who_needs_them() => Assert.Equal(
        "x 1 (needed by a 1 (included)) refuses y<2, which is y 1 (needed by b 1 (included))",
        Assert.Single(
            new ApkWorldText("a 1; D: x", "b 1; D: y", "x 1; D: !y<2", "y 1").Include("a", "b").Reasons()));

    [Fact]
    public void An_excluded_package_that_is_needed_is_said_to_be_excluded() => Assert.Equal(
        "the profile excludes b, which is b 1 (needed by a 1 (included))",
        Assert.Single(
            new ApkWorldText("a 1; D: b", "b 1").Include("a").Select(s => s with { Exclude = ["b"] }).Reasons()));

    [Fact]
    public void Including_and_excluding_the_same_package_is_a_contradiction() => Assert.Equal(
        "a is both included and excluded",
        Assert.Single(new ApkWorldText("a 1").Include("a").Select(s => s with { Exclude = ["a"] }).Reasons()));

    [Theory]
    [InlineData("a", "a is pinned to 3, the newest is 2 (v0/community), beside 1 (v0/main)")]
    [InlineData("aaaa", "aaaa is pinned to 3, which no index has; did you mean aaa?")]
    public void A_pin_that_no_index_has_is_refused(string name, string reason) => Assert.Equal(
        reason,
        Assert.Single(new ApkWorldText("a 1", "aaa 1").Repository("community", "a 2").Include("a")
            .Select(s => s with { Pin = new Dictionary<string, string> { [name] = "3" } }).Reasons()));

    [Fact]
    public void A_pin_that_blocks_a_need_is_named() => Assert.Equal(
        "a 2 (needed by b 1 (included)) cannot be used: the profile pins a to 1",
        Assert.Single(new ApkWorldText("a 1", "a 2", "b 1; D: a>=2").Include("b")
            .Select(s => s with { Pin = new Dictionary<string, string> { ["a"] = "1" } }).Reasons()));

    [Fact]
    public void A_package_that_only_a_tagged_repository_has_says_how_to_get_it() => Assert.Equal(
        "b 2 (needed by a 1 (included)) is only in repositories that are tagged @edge; include b@edge to take it from there",
        Assert.Single(new ApkWorldText("a 1; D: b").Tagged("edge", "b 2").Include("a").Reasons()));

    [Theory]
    [InlineData("a 1; A: armv7", "a 1 (included) cannot be used: it is of architecture armv7, not x86_64")]
    [InlineData("a 1; X: field Q is not known", "a 1 (included) cannot be used: field Q is not known")]
    public void A_package_that_cannot_be_used_says_why(string package, string reason) =>
        Assert.Equal(reason, Assert.Single(new ApkWorldText(package).Include("a").Reasons()));

    [Fact]
    public void Two_needs_for_versions_that_differ_name_who_won() => Assert.Equal(
        "b 1 (included) needs c=2, but c is c 1 (needed by a 1 (included))",
        Assert.Single(new ApkWorldText("a 1; D: c=1", "b 1; D: c=2", "c 1", "c 2").Include("a", "b").Reasons()));

    [Fact]
    public void An_extract_that_is_not_there_is_named() => Assert.Equal(
        "gone (extracted): which no index has",
        Assert.Single(new ApkWorldText("a 1").Include("a").Select(s => s with { Extract = ["gone"] }).Reasons()));

    [Fact]
    public void Many_reasons_are_cut()
    {
        IReadOnlyList<string> reasons = new ApkWorldText(
            [$"a 1; D: {string.Join(' ', Enumerable.Range(100, 30).Select(i => $"missing-library-{i}"))}"]).Include("a").Reasons();

        Assert.Equal(13, reasons.Count);
        Assert.Equal("and 18 more reasons of the same kind", reasons[^1]);
    }
}
