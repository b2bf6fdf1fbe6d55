using RootfsImporter.Packages.Deb.Control;

namespace RootfsImporter.Tests.Packages.Deb.Control;

public sealed class RelationParserTests
{
    private static string Read(string text) => string.Join(", ", RelationParser.Parse(text, "amd64"));

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a,b ,\n c", "a, b, c")]
    [InlineData("a|b | c", "a | b | c")]
    [InlineData("a(>=1)", "a (>= 1)")]
    [InlineData("a (<< 1), b (<= 1:2-3), c (= 4~rc), d (>= 5), e (>> 6+x)",
        "a (<< 1), b (<= 1:2-3), c (= 4~rc), d (>= 5), e (>> 6+x)")]
    [InlineData("a (< 1), b (> 2)", "a (<= 1), b (>= 2)")]
    [InlineData("perl:any (>= 5.30), x:native, y:arm64", "perl:any (>= 5.30), x:native, y:arm64")]
    [InlineData("a [amd64], b [arm64], c [!amd64], d [!arm64 !i386], e [linux-any]", "a, d, e")]
    [InlineData("a [arm64] | b (= 1) [any-amd64]", "b (= 1)")]
    [InlineData("a <!nocheck> <cross>, b", "a, b")]
    [InlineData(" , a,, b, ", "a, b")]
    [InlineData("", "")]
    [InlineData("libstdc++6, gcc-14-base, g++", "libstdc++6, gcc-14-base, g++")]
    public void Reads_the_grammar_of_deb_control(string text, string canonical) => Assert.Equal(canonical, Read(text));

    [Theory]
    [InlineData("a b", "at character 2")]
    [InlineData("a |", "expected a package name")]
    [InlineData("| a", "expected a package name")]
    [InlineData("a (1)", "expected one of <<")]
    [InlineData("a (=> 1)", "expected one of <<")]
    [InlineData("a (>= )", "the upstream part is empty")]
    [InlineData("a (>= 1", "expected ')'")]
    [InlineData("a (>= 1_2)", "a character that no version has")]
    [InlineData("a [amd64", "expected ']'")]
    [InlineData("a <x", "expected '>'")]
    [InlineData("a:", "expected an architecture after ':'")]
    [InlineData("../a", "expected a package name")]
    [InlineData("${misc:Depends}", "expected a package name")]
    public void Refuses_what_is_no_relation(string text, string message)
    {
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => Read(text));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_very_long_field_is_read_in_one_pass()
    {
        string text = string.Join(", ", Enumerable.Range(0, 100_000).Select(i => $"p{i} (>= 1) | q{i}"));
        Assert.Equal(100_000, RelationParser.Parse(text, "amd64").Count);
    }

    [Theory]
    [InlineData("a (<< 2)", "1", true)]
    [InlineData("a (<< 2)", "2", false)]
    [InlineData("a (<= 2)", "2", true)]
    [InlineData("a (= 2)", "2-0", true)]
    [InlineData("a (>= 2)", "2~rc", false)]
    [InlineData("a (>> 2)", "2", false)]
    [InlineData("a (>> 2)", "2+b1", true)]
    [InlineData("a", "0", true)]
    public void Compares_versions(string relation, string version, bool accepted) => Assert.Equal(
        accepted,
        RelationParser.Parse(relation, "amd64")[0].Alternatives[0].Accepts(DebVersion.Parse(version)));
}
