using RootfsImporter.Packages;
using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Packages.Deb.Resolving;

public sealed class DebResolverTests
{
    [Fact]
    public void Takes_the_essential_the_required_and_what_they_need()
    {
        DebWorld world = new(
            "base 1; Essential: yes; Pre-Depends: libc",
            "tool 1; Priority: required; Depends: data",
            "libc 1", "data 1", "other 1; Priority: important");

        Assert.Equal("base=1 data=1 libc=1 tool=1", world.Solved());
        Assert.Equal("base=1 data=1 libc=1 other=1 tool=1", world.Include("other").Solved());
    }

    [Fact]
    public void Says_why_each_package_is_there()
    {
        IReadOnlyList<LockedPackage> locked = new DebWorld(
            "base 1; Essential: yes; Priority: required; Depends: libc",
            "tool 1; Priority: required",
            "curl 1; Depends: libcurl", "libcurl 1; Recommends: certs", "libc 1", "certs 1")
            .Include("curl").Select(s => s with { Recommends = true }).Locked();

        Assert.Equal(
            [
                "base essential True", "certs recommended by libcurl False", "curl included True",
                "libc needed by base False", "libcurl needed by curl False", "tool priority required True",
            ],
            locked.Select(p => $"{p.Name} {p.Reason} {p.IsRequested}"));
    }

    [Fact]
    public void Records_where_the_file_is()
    {
        LockedPackage package = Assert.Single(new DebWorld("a 1; Essential: yes")
            .Pocket("updates", "a 2; Essential: yes; Architecture: amd64").Locked());

        Assert.Equal("updates", package.Pocket);
        Assert.Equal("main", package.Archive);
        Assert.Equal("pool/a_2.deb", package.Path);
        Assert.Equal("amd64", package.Architecture);
        Assert.Equal(1, package.Size);
        Assert.Equal(Digest.Of([]).ToString(), package.Checksum);
    }

    [Fact]
    public void The_newest_version_of_all_pockets_wins_and_the_first_pocket_of_equal_ones()
    {
        DebWorld world = new DebWorld("a 1; Essential: yes", "b 1; Essential: yes")
            .Pocket("updates", "a 1.10; Essential: yes", "b 2; Essential: yes")
            .Pocket("security", "a 1.9; Essential: yes", "b 2; Essential: yes");

        Assert.Equal("a=1.10 b=2", world.Solved());
        Assert.Equal(["updates", "updates"], world.Locked().Select(p => p.Pocket));
    }

    [Fact]
    public void A_package_belongs_to_the_base_when_any_pocket_says_so() => Assert.Equal(
        "locales=2",
        new DebWorld("locales 1; Priority: required").Pocket("updates", "locales 2; Priority: important").Solved());

    [Theory]
    [InlineData("a | b", "a=1 x=1")]
    [InlineData("gone | b", "b=1 x=1")]
    [InlineData("a (>= 2) | b", "b=1 x=1")]
    [InlineData("b, a | b", "b=1 x=1")]
    [InlineData("a | b, b", "a=1 b=1 x=1")]
    [InlineData("virtual", "p-required=1 x=1")]
    [InlineData("virtual | a", "p-required=1 x=1")]
    [InlineData("virtual (= 2)", "p-versioned=1 x=1")]
    [InlineData("virtual (>= 3) | a", "a=1 x=1")]
    [InlineData("mail", "mail=1 x=1")]
    [InlineData("p-optional, virtual", "p-optional=1 x=1")]
    public void Takes_the_alternative_that_apt_takes(string depends, string expected) => Assert.Equal(
        expected,
        new DebWorld(
            $"x 1; Depends: {depends}", "a 1", "b 1", "mail 1",
            "p-optional 1; Priority: optional; Provides: virtual, mail",
            "p-required 1; Priority: important; Provides: virtual",
            "p-versioned 1; Priority: extra; Provides: virtual (= 2)").Include("x").Solved());

    [Fact]
    public void An_alternative_whose_own_needs_fail_is_passed_over() => Assert.Equal(
        "b=1 x=1",
        new DebWorld("x 1; Depends: a | b", "a 1; Depends: deep", "deep 1; Depends: gone", "b 1").Include("x").Solved());

    [Fact]
    public void A_conflict_found_late_forces_the_second_alternative() => Assert.Equal(
        "b=1 c=1 x=1",
        new DebWorld("x 1; Depends: a | b, c", "a 1", "b 1", "c 1; Conflicts: a").Include("x").Solved());

    [Fact]
    public void A_conflict_declared_by_the_package_taken_first_forces_the_second_alternative() => Assert.Equal(
        "b=1 c=1 x=1",
        new DebWorld("x 1; Depends: a | b, c", "a 1; Conflicts: c", "b 1", "c 1").Include("x").Solved());

    [Fact]
    public void Breaks_of_a_newer_pocket_takes_the_newer_partner() => Assert.Equal(
        "a=2 b=2",
        new DebWorld("a 1; Essential: yes", "b 1; Essential: yes")
            .Pocket("updates", "a 2; Essential: yes; Breaks: b (<< 2)", "b 2; Essential: yes").Solved());

    [Fact]
    public void An_older_version_is_taken_only_when_the_newest_cannot_be()
    {
        Assert.Equal(
            "a=1 b=1",
            new DebWorld("a 1; Essential: yes", "b 1; Essential: yes")
                .Pocket("updates", "a 2; Essential: yes; Breaks: b (<< 2)").Solved());
        Assert.Equal(
            "a=1 b=1",
            new DebWorld("a 1; Depends: b (= 1)", "b 1").Pocket("updates", "b 2").Include("a").Solved());
    }

    [Fact]
    public void A_package_does_not_conflict_with_what_it_provides_itself() => Assert.Equal(
        "mta=1",
        new DebWorld("mta 1; Provides: mail-agent; Conflicts: mail-agent; Replaces: mail-agent").Include("mta").Solved());

    [Fact]
    public void Two_providers_that_conflict_by_their_virtual_name_are_never_both_chosen()
    {
        const string First = "a 1; Provides: mail-agent; Conflicts: mail-agent";
        const string Second = "b 1; Provides: mail-agent; Conflicts: mail-agent";

        Assert.Contains(
            "conflicts with mail-agent",
            Assert.Single(new DebWorld(First, Second).Include("a", "b").Reasons()),
            StringComparison.Ordinal);
        Assert.Equal(
            "b=1 x=1",
            new DebWorld(First, Second, "x 1; Depends: a | b").Include("x", "b").Solved());
    }

    [Theory]
    [InlineData("virtual (<< 2)", false)]
    [InlineData("virtual (= 2)", true)]
    [InlineData("virtual", true)]
    [InlineData("virtual:any", true)]
    [InlineData("virtual:arm64", false)]
    public void Conflicts_with_provided_names_look_at_provided_versions(string conflicts, bool isHit)
    {
        DebWorld world = new DebWorld($"a 1; Conflicts: {conflicts}", "b 1; Provides: virtual (= 2)").Include("a", "b");
        Assert.Equal(isHit, world.Resolve() is Resolution.Unsatisfiable);
    }

    [Fact]
    public void Cycles_are_walked_once() => Assert.Equal(
        "a=1 b=1 c=1",
        new DebWorld("a 1; Depends: b", "b 1; Depends: c; Conflicts: d", "c 1; Pre-Depends: a").Include("a").Solved());

    [Theory]
    [InlineData("python:any", "python=1 x=1")]
    [InlineData("tool:native", "tool=1 x=1")]
    [InlineData("tool:amd64", "tool=1 x=1")]
    [InlineData("tool:any | python", "python=1 x=1")]
    [InlineData("tool:arm64 | python", "python=1 x=1")]
    public void Qualifiers_are_those_of_a_build_of_one_architecture(string depends, string expected) => Assert.Equal(
        expected,
        new DebWorld(
            $"x 1; Depends: {depends}", "python 1; Architecture: amd64; Multi-Arch: allowed",
            "tool 1; Architecture: amd64; Multi-Arch: foreign").Include("x").Solved());

    [Fact]
    public void Packages_of_other_architectures_are_not_seen() => Assert.Equal(
        "a=1", new DebWorld("a 1; Architecture: amd64", "a 2; Architecture: i386").Include("a").Solved());

    [Theory]
    [InlineData("a=1", "a=1 b=1")]
    [InlineData("a (<< 2)", "a=1 b=1")]
    [InlineData("a (>= 2)", "a=2 b=2")]
    [InlineData("a", "a=2 b=2")]
    [InlineData("gone | a", "a=2 b=2")]
    [InlineData("a:amd64", "a=2 b=2")]
    public void Included_terms_are_relations(string term, string expected) => Assert.Equal(
        expected,
        new DebWorld("a 1; Depends: b (= 1)", "b 1").Pocket("updates", "a 2; Depends: b (= 2)", "b 2")
            .Include(term).Solved());

    [Theory]
    [InlineData("a b")]
    [InlineData("")]
    [InlineData("a, b")]
    [InlineData("a=")]
    [InlineData("../a")]
    public void An_included_term_that_is_none_is_the_profiles_error(string term)
    {
        ProfileException e = Assert.Throws<ProfileException>(() => new DebWorld("a 1").Include(term).Resolve());
        Assert.StartsWith($"'{term}' is no package term", e.Message, StringComparison.Ordinal);
        Assert.Contains("curl=8.5.0-2", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pin_holds_against_newer_versions_and_pulls_its_siblings() => Assert.Equal(
        "perl=1 perl-base=1",
        new DebWorld("perl 1; Depends: perl-base (= 1)", "perl-base 1; Essential: yes")
            .Pocket("updates", "perl 2; Depends: perl-base (= 2)", "perl-base 2; Essential: yes")
            .Include("perl").Select(s => s with { Pin = new Dictionary<string, string> { ["perl"] = "1" } }).Solved());

    [Fact]
    public void An_excluded_package_is_not_requested_and_alternatives_avoid_it() => Assert.Equal(
        "b=1 x=1",
        new DebWorld("e 1; Essential: yes", "x 1; Depends: a | b", "a 1", "b 1")
            .Include("x").Select(s => s with { Exclude = ["e", "a"] }).Solved());

    [Theory]
    [InlineData(PhasedUpdates.Include, "fixed=2 full=2 halted=2 new=2 phased=2")]
    [InlineData(PhasedUpdates.Exclude, "fixed=2 full=2 halted=1 new=2 phased=1")]
    [InlineData(PhasedUpdates.ExcludeHalted, "fixed=2 full=2 halted=1 new=2 phased=2")]
    public void Phased_updates_follow_the_policy(PhasedUpdates policy, string expected)
    {
        DebWorld world = new DebWorld("phased 1", "halted 1", "full 1", "fixed 1")
            .Pocket(
                "updates", "phased 2; Phased-Update-Percentage: 40", "halted 2; Phased-Update-Percentage: 0",
                "full 2; Phased-Update-Percentage: 100", "new 2; Phased-Update-Percentage: 10",
                "fixed 2; Phased-Update-Percentage: 10")
            .Pocket("security", "fixed 2")
            .Include("phased", "halted", "full", "new", "fixed").Select(s => s with { PhasedUpdates = policy });

        Assert.Equal(expected, world.Solved());
    }

    [Fact]
    public void A_phased_version_that_is_named_exactly_is_taken() => Assert.Equal(
        "a=2",
        new DebWorld("a 1").Pocket("updates", "a 2; Phased-Update-Percentage: 0").Include("a=2")
            .Select(s => s with { PhasedUpdates = PhasedUpdates.Exclude }).Solved());

    [Fact]
    public void Recommends_are_followed_where_possible_and_never_at_the_cost_of_a_need()
    {
        DebWorld world = new DebWorld(
            "x 1; Depends: y; Recommends: r, gone, heavy", "y 1; Depends: z", "z 1; Conflicts: late", "r 1; Depends: s",
            "s 1", "heavy 1; Depends: late", "late 1").Include("x");

        Assert.Equal("x=1 y=1 z=1", world.Solved());
        Assert.Equal("r=1 s=1 x=1 y=1 z=1", world.Select(s => s with { Recommends = true }).Solved());
    }

    [Fact]
    public void A_recommended_package_gives_way_to_a_need_found_later() => Assert.Equal(
        "needed=1 x=1 y=1",
        new DebWorld("x 1; Recommends: soft", "soft 1; Conflicts: needed", "y 1; Depends: needed", "needed 1")
            .Include("x", "y").Select(s => s with { Recommends = true }).Solved());

    [Fact]
    public void The_result_does_not_depend_on_the_order_of_the_stanzas()
    {
        string[] stanzas =
        [
            "x 1; Depends: v, w | y", "p 1; Provides: v", "q 1; Provides: v", "w 1; Depends: q | p", "y 1",
            "o 1; Provides: v; Conflicts: w",
        ];
        string expected = new DebWorld(stanzas).Include("x").Solved();

        Assert.Equal(expected, new DebWorld([.. stanzas.Reverse()]).Include("x").Solved());
        Assert.Equal("q=1 w=1 x=1", expected);
    }
}
