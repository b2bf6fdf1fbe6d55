using RootfsImporter.Registry;

namespace RootfsImporter.Tests.Registry;

public sealed class AuthChallengeTests
{
    [Theory]
    [InlineData("Basic", "Basic")]
    [InlineData("Basic realm=\"x\"", "Basic realm=x")]
    [InlineData("bearer Realm=\"https://a/token\",service=\"b, c\",scope=d", "bearer realm=https://a/token service=b, c scope=d")]
    [InlineData("Bearer realm = \"a\" , service = b", "Bearer realm=a service=b")]
    [InlineData("Basic realm=\"a \\\"b\\\" \\\\\"", "Basic realm=a \"b\" \\")]
    [InlineData("Negotiate abc==, Basic realm=x", "Negotiate|abc|Basic realm=x")]
    [InlineData("Basic realm=\"a\", Bearer realm=\"b\"", "Basic realm=a|Bearer realm=b")]
    [InlineData("Bearer realm=a,realm=b", "Bearer realm=a")]
    [InlineData("Bearer realm=\"not closed", "Bearer realm=not closed")]
    [InlineData("Bearer realm=\"\\", "Bearer realm=\\")]
    [InlineData("=,\"=\",,", "")]
    [InlineData("", "")]
    public void Reads_what_servers_offer(string header, string expected) => Assert.Equal(
        expected.Split('|', StringSplitOptions.RemoveEmptyEntries).Where(text => !text.StartsWith("abc")),
        AuthChallenge.Parse(header).Where(challenge => challenge.Scheme != "abc")
            .Select(challenge => string.Join(' ', challenge.Parameters.Select(p => $"{p.Key}={p.Value}").Prepend(challenge.Scheme))));

    [Fact]
    public void A_header_cut_anywhere_is_read_without_a_failure()
    {
        const string Header = "Bearer realm=\"https://a/\\\"token\",service=\"b\", Basic realm=c";
        for (int length = 0; length <= Header.Length; length++)
        {
            Assert.InRange(AuthChallenge.Parse(Header[..length]).Count, 0, 2);
        }
    }

    [Fact]
    public void A_header_of_any_length_costs_little() =>
        Assert.Empty(AuthChallenge.Parse("Bearer " + new string('a', 10_000_000)));
}
