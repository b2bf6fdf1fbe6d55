using System.Text.Json;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>The program as users start it, on the real archives.</summary>
public sealed class ProgramBuildTests
{
    public static TheoryData<string, string> Releases { get; } = new()
    {
        { "ubuntu-16.04", "VERSION_ID=\"16.04\"" },
        { "ubuntu-18.04", "VERSION_ID=\"18.04\"" },
        { "ubuntu-20.04", "VERSION_ID=\"20.04\"" },
        { "ubuntu-22.04", "VERSION_ID=\"22.04\"" },
        { "ubuntu-24.04", "VERSION_ID=\"24.04\"" },
        { "ubuntu-26.04", "VERSION_ID=\"26.04\"" },
        { "debian-12", "VERSION_ID=\"12\"" },
        { "debian-13", "VERSION_ID=\"13\"" },
    };

    [Theory]
    [MemberData(nameof(Releases))]
    public async Task Every_profile_builds_and_its_image_runs_in_Docker(string name, string version)
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Docker.OrSkip();
        using TempDirectory directory = new();
        string reference = $"rootfs-importer-test:{name}";
        using JsonDocument result = await BuildAsync(
            name, directory.FullPath, "--to", "oci:images:base", "--to", "docker-archive:image.tar",
            "--to", $"docker-daemon:{reference}");
        Assert.Contains(version, await Host.RunAsync(
            "docker", ["run", "--rm", "--network", "none", reference, "cat", "/etc/os-release"]), StringComparison.Ordinal);
        string diffId = result.RootElement.GetProperty("diffIds")[0].GetString()!;
        Assert.Contains(diffId, await Host.RunAsync("docker", ["image", "inspect", reference]), StringComparison.Ordinal);
        Assert.Equal("", await Host.RunAsync(
            "docker", ["run", "--rm", "--network", "none", reference, "sh", "-c", "dpkg --audit && dpkg --verify"]));
        await Host.RunAsync("docker", ["image", "rm", "--force", reference]);
        string loaded = await Host.RunAsync("docker", ["load", "--input", Path.Combine(directory.FullPath, "image.tar")]);
        string name2 = loaded.Split("Loaded image: ")[1].Trim();
        Assert.Contains(diffId, await Host.RunAsync("docker", ["image", "inspect", name2]), StringComparison.Ordinal);
        await Host.RunAsync("docker", ["image", "rm", "--force", name2]);
        using JsonDocument inspected = JsonDocument.Parse(await Host.RunAsync(
            "skopeo", ["inspect", $"oci:{Path.Combine(directory.FullPath, "images")}:base"]));
        Assert.Equal(
            result.RootElement.GetProperty("digest").GetString(),
            inspected.RootElement.GetProperty("Digest").GetString());
        Assert.Equal([], ImageValidator.Validate(Path.Combine(directory.FullPath, "images")));
    }

    [Theory]
    [InlineData("ubuntu-24.04")]
    [InlineData("debian-12-slim")]
    public async Task Two_builds_with_other_jobs_times_directories_and_umasks_give_one_digest(string name)
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        using TempDirectory one = new();
        using TempDirectory other = new();
        using JsonDocument first = await BuildAsync(
            name, one.FullPath, "--jobs", "1", "--no-reuse", "--work-dir", one.FullPath, "--to", "oci:a");
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken);
        using JsonDocument second = JsonDocument.Parse(await Host.RunAsync(
            "sh",
            [
                "-c", "umask 077; exec \"$@\"", "sh", Host.Tool, "build", name, "--cache-dir", Host.Cache, "--format",
                "json", "--jobs", "8", "--no-reuse", "--to", "oci:b",
            ],
            workingDirectory: other.FullPath));
        Assert.False(second.RootElement.GetProperty("reused").GetBoolean());
        Assert.Equal(
            first.RootElement.GetProperty("digest").GetString(), second.RootElement.GetProperty("digest").GetString());
    }

    [Fact]
    public async Task A_build_of_which_nothing_changed_is_reused()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        using TempDirectory directory = new();
        using JsonDocument first = await BuildAsync("debian-13-slim", directory.FullPath, "--to", "oci:a");
        using JsonDocument second = await BuildAsync("debian-13-slim", directory.FullPath, "--to", "oci:b");
        Assert.True(second.RootElement.GetProperty("reused").GetBoolean());
        Assert.Equal(
            first.RootElement.GetProperty("digest").GetString(), second.RootElement.GetProperty("digest").GetString());
    }

    private static async Task<JsonDocument> BuildAsync(string profile, string directory, params string[] options) =>
        JsonDocument.Parse(await Host.RunAsync(
            Host.Tool,
            ["build", profile, "--cache-dir", Host.Cache, "--format", "json", .. options],
            workingDirectory: directory));
}
