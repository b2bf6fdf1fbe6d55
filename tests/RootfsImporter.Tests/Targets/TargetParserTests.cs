using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

public sealed class TargetParserTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("oci:images")]
    [InlineData("oci:images:ubuntu-24.04")]
    [InlineData("oci:images:registry.example/team/ubuntu:24.04")]
    [InlineData("docker-archive:out.tar")]
    [InlineData("docker-archive:out.tar:ubuntu:24.04")]
    [InlineData("docker-daemon:ubuntu:24.04")]
    [InlineData("docker-daemon:127.0.0.1:5000/ubuntu")]
    [InlineData("oci-archive:out.tar:ubuntu:24.04")]
    [InlineData("dir:out:with:colons")]
    [InlineData("tar:out:with:colons.tar")]
    [InlineData("docker://ubuntu:24.04")]
    [InlineData("docker://127.0.0.1:5000/team/ubuntu")]
    public void Reads_a_target_and_keeps_its_text(string text) =>
        Assert.Equal(text, TestImage.Target(_temp, text).Name);

    [Theory]
    [InlineData("ocii:images", "no known transport", "did you mean 'oci:images'?")]
    [InlineData("docker-deamon:a:b", "no known transport", "did you mean 'docker-daemon:a:b'?")]
    [InlineData("docker:a:b", "does not begin with docker://", "write docker://[HOST[:PORT]/]NAME[:TAG]")]
    [InlineData("docker://", "does not say where to", "write docker://[HOST[:PORT]/]NAME[:TAG]")]
    [InlineData("docker://host:5000/Bad:1", "'host:5000/Bad:1' is not an image name", "ubuntu:24.04")]
    [InlineData("floppy:a", "no known transport", "targets are oci:DIR[:TAG], oci-archive:FILE[:TAG]")]
    [InlineData("images", "no known transport", "for an OCI layout in a directory write 'oci:images'")]
    [InlineData("./a:b", "no known transport", "write 'oci:./a:b'")]
    [InlineData("", "no known transport", "targets are")]
    [InlineData("oci", "does not say where to", "write oci:DIR[:TAG]")]
    [InlineData("tar:", "does not say where to", "write tar:FILE")]
    [InlineData("tar:-", "standard output", "tar:FILE")]
    [InlineData("oci::tag", "nothing on one side", "write oci:DIR[:TAG]")]
    [InlineData("oci:images:", "nothing on one side", "write oci:DIR[:TAG]")]
    [InlineData("oci:images:-x", "'-x' is not a tag", "letters and digits")]
    [InlineData("oci:images:a b", "'a b' is not a tag", "letters and digits")]
    [InlineData("docker-archive:f:Bad", "'Bad' is not an image name", "ubuntu:24.04")]
    [InlineData("docker-daemon:UPPER:1", "'UPPER:1' is not an image name", "capitals")]
    [InlineData(
        "docker-daemon:a@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "not an image name with a tag",
        "ubuntu:24.04")]
    public void Says_what_is_wrong_with_a_target_and_what_to_write(string text, string message, string hint)
    {
        ProfileException exception = Assert.Throws<ProfileException>(() => TestImage.Target(_temp, text));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.Contains(hint, exception.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("oci:images")]
    [InlineData("oci:images:ubuntu-24.04")]
    [InlineData("oci:images:@3")]
    [InlineData("oci:images@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("oci-archive:a.tar:noble")]
    [InlineData("docker-archive:a.tar:@0")]
    [InlineData("docker-archive:a.tar:ubuntu:24.04")]
    [InlineData("docker-daemon:ubuntu:24.04")]
    [InlineData("dir:images:of:mine")]
    public async Task Reads_a_source_and_keeps_its_text(string text)
    {
        await using ISource source = TargetParser.ParseSource(text, TestImage.Defaults(_temp));
        Assert.Equal(text, source.Name);
    }

    [Theory]
    [InlineData("ocii:images", "source 'ocii:images' has no known transport", "did you mean 'oci:images'? sources are oci:")]
    [InlineData("tar:a.tar", "source 'tar:a.tar': images cannot be read from tar", "sources are oci:DIR[:TAG|:@N|@DIGEST], ")]
    [InlineData("oci:", "does not say what to read", "write oci:DIR[:TAG|:@N|@DIGEST]")]
    [InlineData("oci:images:@x", "'@x' is no place in a list", "the first is @0")]
    [InlineData("oci:images:@-1", "'@-1' is no place in a list", "the first is @0")]
    [InlineData("docker-archive:f:Bad", "'Bad' is not an image name", "ubuntu:24.04")]
    public void Says_what_is_wrong_with_a_source_and_what_to_write(string text, string message, string hint)
    {
        ProfileException exception = Assert.Throws<ProfileException>(
            () => TargetParser.ParseSource(text, TestImage.Defaults(_temp)));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.Contains(hint, exception.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_read_is_not_among_the_sources() =>
        Assert.DoesNotContain(TargetParser.SourceSyntaxes, syntax => syntax.StartsWith("tar:", StringComparison.Ordinal));
}
