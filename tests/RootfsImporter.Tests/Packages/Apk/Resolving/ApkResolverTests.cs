using RootfsImporter.Packages;

namespace RootfsImporter.Tests.Packages.Apk.Resolving;

public sealed class ApkResolverTests
{
    [Fact]
    public void Follows_dependencies_and_says_who_needs_what() => Assert.Equal(
        "a: included; b: needed by a; c: needed by b",
        new ApkWorldText("a 1; D: b", "b 1; D: so:c.so.1", "c 1; p: so:c.so.1=1.2", "d 1").Include("a").Reasoned());

    [Theory]
    [InlineData("a", "a=3")]
    [InlineData("a<3", "a=2")]
    [InlineData("a<=2", "a=2")]
    [InlineData("a=1.5-r1", "a=1.5-r1")]
    [InlineData("a~1", "a=1.5-r1")]
    [InlineData("a>1", "a=3")]
    public void Takes_the_newest_version_that_fits(string term, string expected) => Assert.Equal(
        expected, new ApkWorldText("a 1", "a 3", "a 1.5-r1").Repository("community", "a 2").Include(term).Solved());

    [Fact]
    public void Of_equal_versions_the_first_repository_is_taken() => Assert.Equal(
        "v0/main/x86_64/a-1.apk",
        Assert.Single(new ApkWorldText("a 1").Repository("community", "a 1").Include("a").Locked()).Path);

    [Fact]
    public void A_lock_says_all_that_a_fetch_needs()
    {
        ApkWorldText world = new ApkWorldText("b 1").Repository("community", "a 1.2-r3; D: b; A: noarch; C: Q1x; t: 7").Include("a");
        LockedPackage a = world.Locked()[0];

        Assert.Equal(("a", "1.2-r3", "noarch", "Q1x"), (a.Name, a.Version, a.Architecture, a.Checksum));
        Assert.Equal(("main", "community", 1L), (a.Archive, a.Pocket, a.Size));
        Assert.Equal("v0/community/x86_64/a-1.2-r3.apk", a.Path);
        Assert.True(a.IsRequested);
        Assert.False(world.Locked()[1].IsRequested);
        Assert.Equal(7, Assert.IsType<Resolution.Solved>(world.Resolve()).NewestBuild);
    }

    [Fact]
    public void Without_build_times_there_is_no_newest_build() =>
        Assert.Null(Assert.IsType<Resolution.Solved>(new ApkWorldText("a 1").Include("a").Resolve()).NewestBuild);

    [Fact]
    public void A_name_provided_in_a_version_is_as_good_as_the_package()
    {
        ApkWorldText world = new("a 1; D: ssl>=2", "libre 9; p: ssl=2.1", "old 1; p: ssl=1", "none 1; p: ssl");

        Assert.Equal("a=1 libre=9", world.Include("a").Solved());
    }

    [Fact]
    public void Only_one_package_may_have_a_name_in_a_version() => Assert.Equal(
        "only one package may be ssl: y 1 (included), or x 1 (included)",
        Assert.Single(new ApkWorldText("x 1; p: ssl=1", "y 1; p: ssl=2").Include("x", "y").Reasons()));

    [Fact]
    public void Several_packages_may_have_a_name_without_a_version() => Assert.Equal(
        "x=1 y=1", new ApkWorldText("x 1; p: ssl", "y 1; p: ssl").Include("x", "y").Solved());

    [Fact]
    public void A_virtual_name_goes_to_the_highest_priority() => Assert.Equal(
        "a=1 y=1",
        new ApkWorldText("a 1; D: sh", "x 1; p: sh; k: 5", "y 1; p: sh; k: 10", "z 1; p: sh").Include("a").Solved());

    [Fact]
    public void A_virtual_name_goes_to_whoever_is_there_anyway() => Assert.Equal(
        "a=1 b=1 z=1",
        new ApkWorldText("a 1; D: sh b", "b 1; D: z", "x 1; p: sh", "z 1; p: sh").Include("a").Solved());

    [Fact]
    public void A_virtual_name_with_one_provider_goes_to_it() =>
        Assert.Equal("a=1 x=1", new ApkWorldText("a 1; D: sh", "x 1; p: sh").Include("a").Solved());

    [Fact]
    public void What_comes_by_itself_says_because_of_what() => Assert.Equal(
        "a: included; a-doc: installed because a and docs are there; a-more: installed because a-doc, docs and a are there; "
        + "docs: included",
        new ApkWorldText(
            "a 1", "docs 1", "a-doc 1; i: a=1 docs", "a-more 1; i: a-doc docs a", "b-doc 1; i: b docs", "b 1")
            .Include("a", "docs").Reasoned());

    [Fact]
    public void An_unfulfilled_version_keeps_it_away() => Assert.Equal(
        "a=2 docs=1", new ApkWorldText("a 2", "docs 1", "a-doc 1; i: a=1 docs").Include("a", "docs").Solved());

    [Fact]
    public void What_comes_by_itself_brings_what_it_needs() => Assert.Equal(
        "a: included; a-doc: installed because a and docs are there; docs: included; man: needed by a-doc",
        new ApkWorldText("a 1", "docs 1", "man 1", "a-doc 1; i: a docs; D: man").Include("a", "docs").Reasoned());

    [Fact]
    public void A_conflict_turns_to_another_option()
    {
        ApkWorldText world = new("a 1; D: tls !x", "x 1; p: tls=2", "y 1; p: tls=1");

        Assert.Equal("a=1 y=1", world.Include("a").Solved());
        Assert.Equal("b=1 x=1", new ApkWorldText("b 1; D: x", "x 2; D: !b", "x 1").Include("b").Solved());
    }

    [Fact]
    public void An_excluded_package_is_worked_around() => Assert.Equal(
        "a=1 y=1",
        new ApkWorldText("a 1; D: tls", "x 1; p: tls=2", "y 1; p: tls=1").Include("a")
            .Select(s => s with { Exclude = ["x"] }).Solved());

    [Fact]
    public void A_pin_constrains_and_adds_nothing()
    {
        ApkWorldText world = new ApkWorldText("a 1; D: b", "b 1", "b 2", "c 1", "c 2").Include("a")
            .Select(s => s with { Pin = new Dictionary<string, string> { ["b"] = "1", ["c"] = "1" } });

        Assert.Equal("a=1 b=1", world.Solved());
    }

    [Fact]
    public void A_tagged_repository_is_used_only_where_it_is_asked_for()
    {
        ApkWorldText world = new ApkWorldText("a 1; D: b", "b 1").Tagged("edge", "a 2; D: b>=2", "b 2", "b 3", "c 1");

        Assert.Equal("a=1 b=1", world.Include("a").Solved());
        Assert.Equal("a=2 b=3", world.Include("a@edge").Solved());
        Assert.Equal("a=1 b=1 c=1", world.Include("a", "c@edge").Solved());
    }

    [Fact]
    public void The_dependencies_of_a_tagged_package_rather_come_from_elsewhere() => Assert.Equal(
        "a=2 b=1", new ApkWorldText("b 1").Tagged("edge", "a 2; D: b", "b 2").Include("a@edge").Solved());

    [Fact]
    public void A_package_in_a_tagged_and_in_another_repository_is_one() => Assert.Equal(
        "v0/edge/x86_64/a-1.apk",
        Assert.Single(new ApkWorldText().Tagged("edge", "a 1; C: Q1same").Repository("community", "a 1; C: Q1same")
            .Include("a").Locked()).Path);

    [Fact]
    public void Other_architectures_and_what_cannot_be_installed_are_passed_over() => Assert.Equal(
        "a=1", new ApkWorldText("a 1; A: noarch", "a 2; A: aarch64", "a 3; X: field Q is not known").Include("a").Solved());

    [Fact]
    public void Extracted_packages_bring_nothing_along()
    {
        ApkWorldText world = new ApkWorldText("a 1", "release 1", "release 2; D: b", "b 1; D: gone")
            .Include("a").Select(s => s with { Extract = ["release"] });

        Assert.Equal("a: included; release: extracted", world.Reasoned());
        Assert.Equal("a=1 release=2", world.Solved());
        Assert.False(world.Locked()[1].IsRequested);
        Assert.Equal("a=1 release=1", world.Select(s => s with { Extract = ["release<2"] }).Solved());
    }

    [Fact]
    public void What_is_installed_anyway_is_not_extracted() => Assert.Equal(
        "a: included",
        new ApkWorldText("a 1").Include("a").Select(s => s with { Extract = ["a"] }).Reasoned());

    [Theory]
    [InlineData("a b")]
    [InlineData("a=")]
    [InlineData("!a")]
    public void Refuses_an_extract_that_is_no_term(string term) => Assert.Contains(
        $"'{term}' is no package term",
        Assert.Throws<ProfileException>(
            () => new ApkWorldText("a 1").Select(s => s with { Extract = [term] }).Resolve()).Message,
        StringComparison.Ordinal);

    // apk-tools, test/solver: the cases that start from an empty root, with packages of our own.
    [Theory]
    [InlineData("depends on a version that is not the newest", "a", "a=1 b=1", "a 1; D: b<2", "b 1", "b 2")]
    [InlineData("two that refuse each other in one version", "b", "b=1 x=1", "b 1; D: x", "x 2; D: !b", "x 1")]
    [InlineData("two that meet in one version", "a b", "a=1 b=1 c=2", "a 1; D: c>1", "b 1; D: c<3", "c 1", "c 2", "c 3")]
    [InlineData("a cycle", "a", "a=1 b=1", "a 1; D: b", "b 1; D: a")]
    [InlineData("an option that is excluded by a provides", "a b", "a=1 b=1 x=1",
        "a 1; D: lib", "b 1; D: x", "x 1; p: lib=1", "y 1; p: lib=2")]
    public void Solves_what_apk_solves(string about, string world, string expected, params string[] packages) =>
        Assert.True(expected == new ApkWorldText(packages).Include(world.Split(' ')).Solved(), about);

    // apk says of these that a-2 cannot be had, and gives up.
    [Fact]
    public void An_older_version_is_taken_when_the_newest_can_never_be_installed() =>
        Assert.Equal("a=1 b=1", new ApkWorldText("a 2; D: b>1", "a 1; D: b", "b 1").Include("a").Solved());

    [Fact]
    public void A_deep_chain_needs_no_deep_stack()
    {
        string[] chain = [.. Enumerable.Range(0, 20_000).Select(i => $"p{i} 1; D: p{i + 1}"), "p20000 1"];

        Assert.Equal(20_001, new ApkWorldText(chain).Include("p0").Locked().Count);
    }
}
