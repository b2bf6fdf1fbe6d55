using RootfsImporter.Linux;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary><c>import</c> by a plain user.</summary>
public sealed class RootlessImportTests(TestUser user) : IClassFixture<TestUser>
{
    [Theory]
    [InlineData("alpine-minirootfs-3.20.3-x86_64.tar.gz")]
    [InlineData("alpine-minirootfs-3.19.4-x86_64.tar.gz")]
    public async Task A_tar_of_alpines_is_the_same_image_for_a_user_without_any_namespace(string file)
    {
        if (SharedAlpine.File(file) is not string path)
        {
            Assert.Skip(SharedAlpine.Reason);
            return;
        }

        await user.ReadyAsync();
        using TempDirectory directory = new();
        File.Copy(path, directory["root.tar.gz"]);
        await TestUser.SettleAsync(directory);
        string roots = await Host.RunAsync(
            Host.Tool, ["import", "root.tar.gz", "-q", "--to", "oci:roots:x", "--cache-dir", directory["roots-cache"]],
            new Dictionary<string, string> { ["ROOTFS_IMPORTER_PROFILES"] = directory["distros"] }, directory.FullPath);

        // A tar needs none of what namespaces need: unshare is not even there.
        ChildResult result = await TestUser.RunAsync(
            directory, new Dictionary<string, string> { ["PATH"] = "/nonexistent", ["TMPDIR"] = directory.FullPath },
            "import", "root.tar.gz", "-q", "--to", "oci:users:x");

        // Nor does a layout, although the directory is the user's.
        ChildResult layout = await TestUser.RunAsync(
            directory, new Dictionary<string, string> { ["PATH"] = "/nonexistent", ["TMPDIR"] = directory.FullPath },
            "import", "users", "-q", "--to", "oci:again:x");

        Assert.True(result.ExitCode == 0, result.ErrorOutput);
        Assert.Equal(roots, result.Output);
        Assert.True(layout.ExitCode == 0, layout.ErrorOutput);
        Requirement.Docker.OrSkip();
        string image = $"rootfs-importer-test:{Path.GetFileName(directory.FullPath).ToLowerInvariant()}";
        await Host.RunAsync(Host.Tool, ["copy", "oci:users:x", $"docker-daemon:{image}", "-q"], workingDirectory: directory.FullPath);
        string release = await Host.RunAsync(
            "docker", ["run", "--rm", "--network", "none", image, "/bin/sh", "-c", "cat /etc/alpine-release && apk info -q"]);
        await Host.RunAsync("docker", ["image", "rm", "--force", image]);
        Assert.Contains($"-{release.Split('\n')[0]}-", file, StringComparison.Ordinal);
        Assert.Contains("musl", release, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tree_that_the_user_unpacked_is_roots_in_the_image()
    {
        await user.ReadyAsync();
        using TempDirectory directory = new();
        directory.Write("tree/etc/os-release", "ID=tiny\n");
        directory.Write("tree/bin/sh", ElfBuilder.Program());
        await TestUser.SettleAsync(directory);

        ChildResult result = await ImportAsync(directory, "tree", "--format", "json");

        Assert.True(result.ExitCode == 0, result.ErrorOutput);
        Assert.Contains("\"owners\": []", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tree_of_real_roots_is_read_outside_and_what_may_not_be_read_is_one_error()
    {
        await user.ReadyAsync();
        using TempDirectory directory = new();
        await TestUser.SettleAsync(directory);
        directory.Write("tree/etc/os-release", "ID=tiny\n");
        directory.Write("tree/bin/sh", ElfBuilder.Program());
        directory.Write("tree/etc/shadow", "root:*::::::\n");
        await Host.RunAsync("chmod", ["-R", "go+rX", directory["tree"]]);
        ChildResult readable = await ImportAsync(directory, "tree", "-q");
        await Host.RunAsync("chmod", ["600", directory["tree/etc/shadow"]]);
        ChildResult unreadable = await ImportAsync(directory, "tree", "-q");
        await Host.RunAsync("chmod", ["700", directory["tree/etc"]]);
        ChildResult closed = await ImportAsync(directory, "tree", "-q");

        Assert.True(readable.ExitCode == 0, readable.ErrorOutput);
        foreach ((ChildResult result, string path) in ((ChildResult, string)[])[(unreadable, "tree/etc/shadow"), (closed, "tree/etc")])
        {
            Assert.Equal(9, result.ExitCode);
            Assert.Contains(path, result.ErrorOutput, StringComparison.Ordinal);
            Assert.Contains($"sudo tar -C {directory["tree"]} -c . | rootfs-importer import -", result.ErrorOutput, StringComparison.Ordinal);
            Assert.Equal(2, result.ErrorOutput.Trim().Split('\n').Length);
        }
    }

    private static Task<ChildResult> ImportAsync(TempDirectory directory, params string[] arguments) => TestUser.RunAsync(
        directory, new Dictionary<string, string> { ["TMPDIR"] = directory.FullPath },
        ["import", .. arguments, "--to", "oci:users:x"]);
}
