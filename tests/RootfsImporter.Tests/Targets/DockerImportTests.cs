using RootfsImporter.Oci;
using RootfsImporter.Targets.Layouts;

namespace RootfsImporter.Tests.Targets;

public sealed class DockerImportTests
{
    [Fact]
    public void All_that_the_config_says_of_containers_is_in_the_command() => Assert.Equal(
        "docker import"
        + " --change 'ENV PATH=/usr/bin:/bin'"
        + " --change 'LABEL a.b=1' --change 'LABEL c=\"two words\"'"
        + " --change 'USER 1000:1000'"
        + " --change 'WORKDIR /srv'"
        + " --change 'VOLUME [\"/data\"]'"
        + " --change 'EXPOSE 80/tcp'"
        + " --change 'ENTRYPOINT [\"/init\"]'"
        + " --change 'CMD [\"sh\", \"-c\", \"echo \\\"hi\\\"\"]'"
        + " out.tar test:1",
        Command(new ContainerConfig
        {
            Cmd = ["sh", "-c", "echo \"hi\""],
            Entrypoint = ["/init"],
            Env = ["PATH=/usr/bin:/bin"],
            ExposedPorts = ["80/tcp"],
            Labels = new Dictionary<string, string> { ["c"] = "two words", ["a.b"] = "1" },
            User = "1000:1000",
            Volumes = ["/data"],
            WorkingDir = "/srv",
        }));

    [Theory]
    [InlineData("A=", "'ENV A=\"\"'")]
    [InlineData("A=b=c", "'ENV A=b=c'")]
    [InlineData("A=$HOME", "'ENV A=\"\\$HOME\"'")]
    [InlineData("A=\\", "'ENV A=\"\\\\\"'")]
    [InlineData("A=it's", "'ENV A=\"it'\\''s\"'")]
    public void Values_are_quoted_for_a_Dockerfile_and_for_a_shell(string variable, string quoted) => Assert.Equal(
        $"docker import --change {quoted} out.tar test:1", Command(new ContainerConfig { Env = [variable] }));

    [Fact]
    public void A_config_that_says_nothing_needs_no_changes() => Assert.Equal(
        "docker import out.tar test:1", Command(null));

    private static string Command(ContainerConfig? config) => DockerImport.Command(
        "out.tar",
        Reference.Parse("test:1"),
        new ImageConfig
        {
            Architecture = "amd64",
            Os = "linux",
            Config = config,
            Rootfs = new RootfsLayers { DiffIds = [] },
        });
}
