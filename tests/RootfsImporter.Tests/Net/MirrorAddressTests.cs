using RootfsImporter.Net;

namespace RootfsImporter.Tests.Net;

public sealed class MirrorAddressTests
{
    [Theory]
    [InlineData("http://host/ubuntu", "pool/a", "http://host/ubuntu/pool/a")]
    [InlineData("http://host/ubuntu/", "pool/a~1+b_1%3a2.deb", "http://host/ubuntu/pool/a~1%2Bb_1%253a2.deb")]
    [InlineData("file:///srv/mirror/", "pool/a b", "file:///srv/mirror/pool/a%20b")]
    [InlineData("http://host/", "a:b", "http://host/a%3Ab")]
    public void Combines(string mirror, string path, string expected) =>
        Assert.Equal(expected, MirrorAddress.Combine(new Uri(mirror), path).AbsoluteUri);

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("a/../b")]
    [InlineData("a//b")]
    [InlineData("")]
    public void Refuses_paths_that_are_not_below_the_mirror(string path) => Assert.Equal(
        $"'{path}' is not a path below an archive's root",
        Assert.Throws<VerificationException>(() => MirrorAddress.Combine(new Uri("http://host/"), path)).Message);

    [Theory]
    [InlineData("http://host/debian", "http://host/debian-security/")]
    [InlineData("https://host:8080/a/b/debian/", "https://host:8080/a/b/debian-security/")]
    [InlineData("http://host", "http://host/debian-security/")]
    [InlineData("file:///srv/debian/", "file:///srv/debian-security/")]
    public void Replaces_the_last_segment(string mirror, string expected) =>
        Assert.Equal(expected, MirrorAddress.WithLastSegment(new Uri(mirror), "debian-security").AbsoluteUri);

    [Fact]
    public void Redirects_never_lead_from_https_to_http()
    {
        TransferException e = Assert.Throws<TransferException>(
            () => MirrorClient.Follow(new Uri("https://host/a"), new Uri("http://host/a")));
        Assert.Equal("it redirects from https to http://host/a", e.Message);
        Assert.Equal(TransferFault.Permanent, e.Fault);
        Assert.Equal(
            "https://host/b", MirrorClient.Follow(new Uri("http://host/a"), new Uri("https://host/b")).AbsoluteUri);
    }
}
