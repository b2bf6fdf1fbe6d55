using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Cli;

public sealed class DestinationsTests
{
    [Theory]
    [InlineData("tar:/d/a.tar and docker-archive:/d/x/../a.tar are the same place",
        "--to", "tar:/d/a.tar", "--to", "docker-archive:/d/x/../a.tar")]
    [InlineData("oci:/d and oci:/d:debian-12 are the same place", "--to", "oci:/d", "--to", "oci:/d:debian-12")]
    [InlineData("oci-archive:/d/a:x and dir:/d/./a are the same place", "--to", "oci-archive:/d/a:x", "--to", "dir:/d/./a")]
    [InlineData("oci:/d is given twice", "--to", "oci:/d", "--to", "oci:/d")]
    [InlineData("oci:/d and tar:/d are the same place", "--to", "oci:/d", "--to", "tar:/d")]
    [InlineData("docker-daemon:a and docker-daemon:docker.io/library/a:latest are the same place",
        "--to", "docker-daemon:a", "--to", "docker-daemon:docker.io/library/a:latest")]
    [InlineData("tar:/tmp/a and --ledger /tmp/a are the same place", "--to", "tar:/tmp/a", "--ledger", "/tmp/a")]
    [InlineData("--ledger /tmp/a and --package-list /tmp/./a are the same place",
        "--ledger", "/tmp/a", "--package-list", "/tmp/./a")]
    [InlineData("--ledger - and --package-list /dev/stdout are the same place",
        "--quiet", "--ledger", "-", "--package-list", "/dev/stdout")]
    public async Task Two_results_in_one_place_are_refused_before_the_build(string message, params string[] args)
    {
        CliRun run = await CliRun.RunAsync(
            ["build", "debian-12", .. args],
            CliRun.Fake with { BuildAsync = (_, _, _) => throw new InvalidOperationException("it was built") });

        Assert.Equal(2, run.ExitCode);
        Assert.Equal($"error: {message}\nhint: give each a place of its own\n", run.Error);
    }

    [Fact]
    public async Task A_link_to_a_directory_does_not_hide_that_two_places_are_one()
    {
        using TempDirectory directory = new();
        Directory.CreateDirectory(directory["real"]);
        File.CreateSymbolicLink(directory["link"], "real");

        CliRun run = await CliRun.RunAsync(
            ["build", "debian-12", "-t", $"tar:{directory["real/a"]}", "-t", $"tar:{directory["link/a"]}"]);

        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public async Task Tags_of_one_layout_are_different_places()
    {
        CliRun run = await CliRun.RunAsync(
            ["build", "debian-12", "--to", "oci:/d:a", "--to", "oci:/d:b", "--to", "oci:/d"]);

        Assert.Equal(0, run.ExitCode);
    }
}
