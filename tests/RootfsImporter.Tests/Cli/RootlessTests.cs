using RootfsImporter.Cli;

namespace RootfsImporter.Tests.Cli;

public sealed class RootlessTests
{
    [Fact]
    public void The_program_continues_with_its_own_arguments() => Assert.Equal(
        ["--user", "--map-auto", "--map-root-user", "--mount", "--",
            "/opt/rootfs-importer", "build", "debian-12", "-v"],
        Rootless.Arguments("/opt/rootfs-importer", ["/opt/rootfs-importer.dll", "build", "debian-12", "-v"]));

    [Fact]
    public void A_program_that_dotnet_runs_continues_with_its_assembly() => Assert.Equal(
        ["--user", "--map-auto", "--map-root-user", "--mount", "--",
            "/usr/bin/dotnet", "/opt/rootfs-importer.dll", "build"],
        Rootless.Arguments("/usr/bin/dotnet", ["/opt/rootfs-importer.dll", "build"]));
}
