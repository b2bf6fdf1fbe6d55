using RootfsImporter.Sealing;

namespace RootfsImporter.Tests.Sealing;

public sealed class SealGlobTests
{
    // Every row was asked of the C library's fnmatch(3) with flags 0, which dpkg calls.
    [Theory]
    [InlineData("a*", "a/b/c", true)]
    [InlineData("*", ".x", true)]
    [InlineData("a?c", "a/c", true)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[!a-c]x", "bx", false)]
    [InlineData("[^a-c]x", "dx", true)]
    [InlineData("[]a]x", "]x", true)]
    [InlineData("[!]a]x", "]x", false)]
    [InlineData("[a-]x", "-x", true)]
    [InlineData("[", "[", true)]
    [InlineData("[a", "[a", true)]
    [InlineData("a[", "a[", true)]
    [InlineData("\\*", "*", true)]
    [InlineData("\\*", "x", false)]
    [InlineData("[\\]]", "]", true)]
    [InlineData("[[:digit:]]", "5", true)]
    [InlineData("[[:digit:]]", "x", false)]
    [InlineData("[[:digit:]a]", "a", true)]
    [InlineData("[[:foo:]]", "f", false)]
    [InlineData("[[:upper:]]", "A", true)]
    [InlineData("[[:space:]]", " ", true)]
    [InlineData("a**b", "axxb", true)]
    [InlineData("*a*b", "xxaab", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a", "", false)]
    [InlineData("a\\", "a", false)]
    [InlineData("a\\", "a\\", false)]
    [InlineData("[/]", "/", true)]
    [InlineData("x[a/]y", "x/y", true)]
    [InlineData("[z-a]", "b", false)]
    [InlineData("[!z-a]", "b", true)]
    [InlineData("[a\\-c]", "b", false)]
    [InlineData("[a\\-c]", "-", true)]
    [InlineData("é?", "éa", true)]
    public void Matches_as_fnmatch_does(string pattern, string text, bool isMatch) =>
        Assert.Equal(isMatch, SealGlob.IsMatch(pattern, text));

    [Fact]
    public void A_pattern_of_many_stars_takes_no_exponential_time() => Assert.False(
        SealGlob.IsMatch(string.Concat(Enumerable.Repeat("a*", 50)) + "b", new string('a', 5000)));
}
