namespace RootfsImporter.Tests.Profiles;

public sealed class SuggestionTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "", 3)]
    [InlineData("sutie", "suite", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ca", "abc", 3)]
    public void Distance_counts_a_swap_as_one(string left, string right, int distance) =>
        Assert.Equal(distance, Suggestion.Distance(left, right));

    [Theory]
    [InlineData("sutie", "suite")]
    [InlineData("Suites", "suite")]
    [InlineData("end_of_life", "endOfLife")]
    [InlineData("x", null)]
    [InlineData("", null)]
    [InlineData("completely-different", null)]
    public void The_closest_is_suggested_only_when_it_is_near(string word, string? closest) =>
        Assert.Equal(closest, Suggestion.Closest(word, ["title", "suite", "endOfLife"]));

    [Fact]
    public void Equally_near_words_are_taken_in_ordinal_order() =>
        Assert.Equal("cat", Suggestion.Closest("bat", ["rat", "cat"]));

    [Fact]
    public void A_long_word_is_not_compared() =>
        Assert.Null(Suggestion.Closest(new string('a', 1_000_000), [new string('a', 60)]));

    [Fact]
    public void A_hint_lists_the_known_words_when_none_is_near()
    {
        Assert.Equal("did you mean 'suite'?", Suggestion.Hint("siute", ["suite"]));
        Assert.Equal("known are a, b", Suggestion.Hint("zzzzzz", ["a", "b"]));
        Assert.Null(Suggestion.Hint("zzzzzz", []));
    }
}
