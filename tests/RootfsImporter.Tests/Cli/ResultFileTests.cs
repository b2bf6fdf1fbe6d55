using Mono.Unix.Native;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Cli;

public sealed class ResultFileTests
{
    private const string List = "g++\t4:13.2+1\tamd64\n";

    [Fact]
    public async Task A_link_stays_and_its_target_is_replaced()
    {
        using TempDirectory directory = new();
        Directory.CreateDirectory(directory["real"]);
        await WriteAsync(directory["real/list"], "old");
        File.CreateSymbolicLink(directory["link"], "real/list");
        File.CreateSymbolicLink(directory["new"], "real/absent");

        Assert.Equal(0, (await BuildAsync("--package-list", directory["link"])).ExitCode);
        Assert.Equal(0, (await BuildAsync("--package-list", directory["new"])).ExitCode);

        Assert.Equal("real/list", new FileInfo(directory["link"]).LinkTarget);
        Assert.Equal("real/absent", new FileInfo(directory["new"]).LinkTarget);
        Assert.Equal(List, await ReadAsync(directory["real/list"]));
        Assert.Equal(List, await ReadAsync(directory["real/absent"]));
        Assert.Equal(2, Directory.GetFileSystemEntries(directory["real"]).Length);
    }

    [Fact]
    public async Task A_named_pipe_is_written_to()
    {
        using TempDirectory directory = new();
        Assert.Equal(0, Syscall.mkfifo(directory["pipe"], FilePermissions.DEFFILEMODE));
        // Opening a pipe waits for its other end.
        Task<string> read = Task.Run(() => ReadAsync(directory["pipe"]), TestContext.Current.CancellationToken);

        Assert.Equal(0, (await BuildAsync("--package-list", directory["pipe"])).ExitCode);

        Assert.Equal(List, await read);
        Assert.Equal(directory["pipe"], Assert.Single(Directory.GetFileSystemEntries(directory.FullPath)));
    }

    [Fact]
    public async Task A_device_is_written_to()
    {
        using TempDirectory directory = new();
        File.CreateSymbolicLink(directory["full"], "/dev/full");
        File.CreateSymbolicLink(directory["null"], "/dev/null");

        CliRun full = await BuildAsync("--ledger", directory["full"]);
        CliRun none = await BuildAsync("--ledger", directory["null"], "--package-list", directory["null"]);

        Assert.Equal(9, full.ExitCode);
        Assert.StartsWith(
            $"error: the file {directory["full"]} could not be written: No space left", full.Error,
            StringComparison.Ordinal);
        Assert.Equal(0, none.ExitCode);
    }

    [Fact]
    public async Task A_file_of_the_users_with_the_name_of_an_unfinished_one_stays()
    {
        using TempDirectory directory = new();
        await WriteAsync(directory["list.partial"], "mine");

        await BuildAsync("--package-list", directory["list"]);

        Assert.Equal("mine", await ReadAsync(directory["list.partial"]));
        Assert.Equal(2, Directory.GetFileSystemEntries(directory.FullPath).Length);
    }

    [Theory]
    [InlineData("-")]
    [InlineData("/dev/stdout")]
    [InlineData("/dev/fd/1")]
    public async Task Standard_output_takes_a_list_in_place_of_the_digest(string name)
    {
        CliRun quiet = await BuildAsync("--package-list", name, "--quiet");
        CliRun summary = await BuildAsync("--package-list", name);
        CliRun document = await BuildAsync("--package-list", name, "--quiet", "--format", "json");

        Assert.Equal(List, quiet.Output);
        Assert.Equal(
            $"error: the file {name} is standard output, where the result of the build is printed\n"
            + "hint: add --quiet without --format json, or name a file\n", summary.Error);
        Assert.Equal((2, 2), (summary.ExitCode, document.ExitCode));
    }

    [Fact]
    public async Task A_descriptor_that_is_not_open_is_an_error_before_the_build()
    {
        CliRun run = await BuildAsync("--ledger", "/dev/fd/77777");

        Assert.Equal(9, run.ExitCode);
        Assert.StartsWith(
            "error: the file /dev/fd/77777 cannot be written: no such file is open", run.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_of_links_without_an_end_is_an_error()
    {
        using TempDirectory directory = new();
        File.CreateSymbolicLink(directory["a"], "b");
        File.CreateSymbolicLink(directory["b"], "a");

        CliRun run = await BuildAsync("--ledger", directory["a"]);

        Assert.Equal(9, run.ExitCode);
        Assert.Contains("too many links", run.Error, StringComparison.Ordinal);
    }

    private static Task<CliRun> BuildAsync(params string[] args) =>
        CliRun.RunAsync(["build", "debian-12", "--arch", "amd64", .. args]);

    private static Task<string> ReadAsync(string path) =>
        File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);

    private static Task WriteAsync(string path, string content) =>
        File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);
}
