namespace RootfsImporter.Tests;

public sealed class DigestTests
{
    [Fact]
    public void Text_form_is_algorithm_and_lower_case_hexadecimal() =>
        Assert.Equal(
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Digest.Of([]).ToString());

    [Theory]
    [InlineData("sha256:e3b0")]
    [InlineData("sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha256:g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void Rejects_what_is_not_a_digest(string text) => Assert.False(Digest.TryParse(text, out _));
}
