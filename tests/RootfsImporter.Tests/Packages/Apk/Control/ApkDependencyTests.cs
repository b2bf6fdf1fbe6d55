using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Tests.Packages.Apk.Control;

public sealed class ApkDependencyTests
{
    private const string Checksum = "Q1fE5jLyxGHIi9ZvXbKiOWGHdBzBU=";

    [Theory]
    [InlineData("busybox")]
    [InlineData("!libressl")]
    [InlineData("busybox@edge")]
    [InlineData("busybox@edge>=1.36")]
    [InlineData("so:libc.musl-x86_64.so.1")]
    [InlineData("/bin/sh")]
    [InlineData("cmd:[")]
    [InlineData("py3.10:foo-bar=1.0-r0")]
    [InlineData("a<1")]
    [InlineData("a<=1")]
    [InlineData("a<~1")]
    [InlineData("a~1")]
    [InlineData("a>~1")]
    [InlineData("a>1")]
    [InlineData("!a<1.2_rc3-r4")]
    [InlineData("a><Q1fE5jLyxGHIi9ZvXbKiOWGHdBzBU=")]
    public void Is_written_as_it_was_read(string text) => Assert.Equal(text, ApkDependency.Parse(text).ToString());

    [Theory]
    [InlineData("a=~1", "a~1")]
    [InlineData("a~=1", "a~1")]
    [InlineData("a=<1", "a<=1")]
    [InlineData("a==1", "a=1")]
    [InlineData("a~<1", "a<~1")]
    [InlineData("a<>Q1x", "a><Q1x")]
    public void The_characters_of_an_operator_have_no_order(string text, string same) =>
        Assert.Equal(ApkDependency.Parse(same), ApkDependency.Parse(text));

    [Fact]
    public void Takes_a_term_apart()
    {
        ApkDependency dependency = ApkDependency.Parse("!busybox@edge>=1.36-r1");

        Assert.True(dependency.IsConflict);
        Assert.Equal("busybox", dependency.Name);
        Assert.Equal("edge", dependency.Tag);
        Assert.Equal(ApkOperator.GreaterOrEqual, dependency.Operator);
        Assert.Equal(ApkVersion.Parse("1.36-r1"), dependency.Version);
        Assert.Null(dependency.Checksum);
    }

    [Theory]
    [InlineData("a", "1", true)]
    [InlineData("a", null, true)]
    [InlineData("a=1", null, false)]
    [InlineData("a>0", null, false)]
    [InlineData("a<2", "1", true)]
    [InlineData("a<2", "2", false)]
    [InlineData("a<2", "2_rc1", true)]
    [InlineData("a<=2", "2", true)]
    [InlineData("a<=2", "2-r0", false)]
    [InlineData("a<~2", "2.9", true)]
    [InlineData("a<~2", "1", true)]
    [InlineData("a<~2", "3", false)]
    [InlineData("a=2", "2", true)]
    [InlineData("a=2", "2-r0", false)]
    [InlineData("a=02", "2", true)]
    [InlineData("a~2", "2.5-r1", true)]
    [InlineData("a~2", "20", false)]
    [InlineData("a>=2", "2", true)]
    [InlineData("a>=2", "1", false)]
    [InlineData("a>~2.1", "2.1_rc1", true)]
    [InlineData("a>~2.1", "2.0", false)]
    [InlineData("a>2", "2-r0", true)]
    [InlineData("a>2", "2", false)]
    [InlineData("a><" + Checksum, "1", true)]
    [InlineData("a><" + Checksum, null, true)]
    [InlineData("a><Q1other", "1", false)]
    public void Is_satisfied_by_the_versions_that_it_names(string text, string? version, bool expected)
    {
        ApkVersion? provided = version is null ? null : ApkVersion.Parse(version);
        Assert.Equal(expected, ApkDependency.Parse(text).IsSatisfiedBy(provided, Checksum));
        Assert.Equal(!expected, ApkDependency.Parse("!" + text).IsSatisfiedBy(provided, Checksum));
    }

    [Theory]
    [InlineData("", "'' names nothing")]
    [InlineData("!", "'!' names nothing")]
    [InlineData("=1", "'=1' names nothing")]
    [InlineData("@edge", "'@edge' names nothing")]
    [InlineData("a@", "'a@' has an empty tag")]
    [InlineData("a@=1", "'a@=1' has an empty tag")]
    [InlineData("a b", "'a b' has a space in it")]
    [InlineData("a=", "'a=': an empty version")]
    [InlineData("a><", "'a><' has an empty checksum")]
    [InlineData("a<=>1", "'a<=>1' compares with '<=>', which is no operator")]
    [InlineData("a=1_x", "'a=1_x': version '1_x': at character 1 is nothing that a version has there")]
    [InlineData("a=1=2", "'a=1=2': version '1=2': at character 1 is nothing that a version has there")]
    public void Refuses_what_is_no_term(string text, string problem)
    {
        Assert.False(ApkDependency.TryParse(text, out _, out string? found));
        Assert.Equal(problem, found);
        Assert.Throws<FormatException>(() => ApkDependency.Parse(text));
    }

    [Fact]
    public void Reads_a_list()
    {
        Assert.Equal(
            ["a", "!b", "c>=1"], ApkDependency.ParseList("  a !b  c>=1 ").Select(d => d.ToString()));
        Assert.Empty(ApkDependency.ParseList(""));
        Assert.Equal(
            "'b=': an empty version",
            Assert.Throws<InvalidDataException>(() => ApkDependency.ParseList("a b= c@")).Message);
    }

    [Fact]
    public void Reads_of_a_list_what_can_be_read()
    {
        Assert.Equal(["a", "d"], ApkDependency.ParseList("a b= c@ d", out string? problem).Select(d => d.ToString()));
        Assert.Equal("'b=': an empty version", problem);
    }

    [Fact]
    public void Reads_every_beginning_of_a_term_or_says_why_not()
    {
        const string Text = "!busybox@edge>~1.36.1_rc2~0af-r10";
        for (int length = 0; length <= Text.Length; length++)
        {
            bool read = ApkDependency.TryParse(Text.AsSpan(0, length), out ApkDependency? dependency, out string? problem);
            Assert.Equal(read, dependency is not null);
            Assert.Equal(read, problem is null);
        }
    }
}
