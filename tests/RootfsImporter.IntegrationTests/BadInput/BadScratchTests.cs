using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>What <c>scratch</c> cannot take is one error with one hint, and leaves nothing behind.</summary>
public sealed class BadScratchTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(2, "there is no program absent", "absent")]
    [InlineData(2, "absent", "./absent")]
    [InlineData(6, "reading the ELF headers of", "./cut")]
    [InlineData(2, "is no directory", "./whole", "--root", "absent")]
    [InlineData(2, "is no directory", "./whole", "--root", "whole")]
    [InlineData(3, "a library is missing in", "/whole", "--root", ".")]
    [InlineData(2, "--arch", "./whole", "--arch", "s390x")]
    [InlineData(2, "unknown", "./whole", "--from", "debain-13")]
    [InlineData(2, "'/../escaped' is no place for a file in the image", "./whole:/../escaped")]
    public async Task Bad_files_and_roots_are_one_error(int exitCode, string message, params string[] arguments)
    {
        await Host.RunAsync(
            "sh", ["-ec", "cp /bin/ls whole && head -c 5000 whole > cut && mkdir work"], workingDirectory: _temp.FullPath);
        ToolRun run = new(await Host.TryRunAsync(
            Host.Tool, ["scratch", .. arguments, "--to", "oci:out:x", "--work-dir", "work", "--cache-dir", "cache"],
            new Dictionary<string, string> { ["ROOTFS_IMPORTER_PROFILES"] = Host.Distros }, _temp.FullPath));
        run.IsError(exitCode, message);
        Assert.Empty(run.Output);
        Assert.Empty(Directory.GetFileSystemEntries(_temp["work"]));
        Assert.False(Directory.Exists(_temp["out"]));
    }
}
