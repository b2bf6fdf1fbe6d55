using RootfsImporter.Oci;

namespace RootfsImporter.Tests.Oci;

public sealed class ReferenceTests
{
    private const string Hash = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("ubuntu", "docker.io/library/ubuntu", "ubuntu")]
    [InlineData("ubuntu:24.04", "docker.io/library/ubuntu:24.04", "ubuntu:24.04")]
    [InlineData("docker.io/ubuntu", "docker.io/library/ubuntu", "ubuntu")]
    [InlineData("index.docker.io/library/ubuntu:x", "docker.io/library/ubuntu:x", "ubuntu:x")]
    [InlineData("x/a.b_c__d--e", "docker.io/x/a.b_c__d--e", "x/a.b_c__d--e")]
    [InlineData("team/ubuntu", "docker.io/team/ubuntu", "team/ubuntu")]
    [InlineData("library/a/b", "docker.io/library/a/b", "library/a/b")]
    [InlineData("localhost", "docker.io/library/localhost", "localhost")]
    [InlineData("localhost/ubuntu", "localhost/ubuntu", "localhost/ubuntu")]
    [InlineData("localhost:5000/ubuntu:1", "localhost:5000/ubuntu:1", "localhost:5000/ubuntu:1")]
    [InlineData("127.0.0.1:5000/a/b/c:T_1.2-3", "127.0.0.1:5000/a/b/c:T_1.2-3", "127.0.0.1:5000/a/b/c:T_1.2-3")]
    [InlineData("[::1]:5000/a", "[::1]:5000/a", "[::1]:5000/a")]
    [InlineData("registry.example/library/a", "registry.example/library/a", "registry.example/library/a")]
    [InlineData("Host/a", "Host/a", "Host/a")]
    [InlineData("ubuntu@" + Hash, "docker.io/library/ubuntu@" + Hash, "ubuntu@" + Hash)]
    [InlineData("ubuntu:1@" + Hash, "docker.io/library/ubuntu:1@" + Hash, "ubuntu:1@" + Hash)]
    public void Reads_full_and_familiar_names(string text, string full, string familiar)
    {
        Reference reference = Reference.Parse(text);
        Assert.Equal(full, reference.ToString());
        Assert.Equal(familiar, reference.Familiar);
        Assert.Equal(reference, Reference.Parse(full));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":tag")]
    [InlineData("Ubuntu")]
    [InlineData("ubuntu:")]
    [InlineData("ubuntu:24.04\n")]
    [InlineData("ubuntu:-x")]
    [InlineData("ubuntu:été")]
    [InlineData("ubuntu@sha256:e3b0")]
    [InlineData("/ubuntu")]
    [InlineData("ubuntu/")]
    [InlineData("a//b")]
    [InlineData("a..b")]
    [InlineData("a___b")]
    [InlineData("-a")]
    [InlineData("../a")]
    [InlineData("http://host/a")]
    [InlineData("a.b_c/d")]
    [InlineData("host:port/a")]
    [InlineData("docker.io/Team/a")]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void Rejects_what_is_not_a_reference(string text) => Assert.False(Reference.TryParse(text, out _));

    [Fact]
    public void Bounds_the_lengths()
    {
        Assert.True(Reference.TryParse("team/" + new string('a', 250), out _));
        Assert.False(Reference.TryParse("team/" + new string('a', 251), out _));
        Assert.True(Reference.TryParse("a:" + new string('t', 128), out _));
        Assert.False(Reference.TryParse("a:" + new string('t', 129), out _));
    }

    [Fact]
    public void Default_tag_is_for_names_without_tag_and_digest()
    {
        Assert.Equal("a:latest", Reference.Parse("a").WithDefaultTag().Familiar);
        Assert.Equal("a:1", Reference.Parse("a:1").WithDefaultTag().Familiar);
        Assert.Null(Reference.Parse("a@" + Hash).WithDefaultTag().Tag);
    }
}
