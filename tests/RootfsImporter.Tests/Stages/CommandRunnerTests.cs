using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Stages;

public sealed class CommandRunnerTests : IDisposable
{
    private readonly TempDirectory _work = new();
    private readonly FakeSandbox _sandbox = new();
    private readonly Rootfs _rootfs;

    public CommandRunnerTests() => _rootfs = Rootfs.Create(_work["root"]);

    public void Dispose()
    {
        _rootfs.Dispose();
        _work.Dispose();
    }

    [Fact]
    public async Task Commands_run_in_order_in_the_images_environment_and_without_a_network()
    {
        _rootfs.WriteFile(RootPath.Parse("bin/sh"), "x"u8, 0x1ED);

        await RunAsync(new RunCommand { Command = "a" }, new RunCommand { Command = "b", HasNetwork = true });

        Assert.Equal(["a", "b"], _sandbox.Commands.Select(command => command.Arguments[^1]));
        Assert.Equal([false, true], _sandbox.Commands.Select(command => command.HasNetwork));
        Assert.Equal("/own", _sandbox.Commands[0].Environment["PATH"]);
        Assert.Equal("5", _sandbox.Commands[0].Environment["SOURCE_DATE_EPOCH"]);
    }

    [Fact]
    public async Task The_first_that_fails_ends_the_build_with_what_it_printed()
    {
        _rootfs.WriteFile(RootPath.Parse("bin/sh"), "x"u8, 0x1ED);
        _sandbox.Answer(3, "it broke\n");

        SandboxException failed = await Assert.ThrowsAsync<SandboxException>(
            () => RunAsync(new RunCommand { Command = "make\nmore" }, new RunCommand { Command = "b" }));

        Assert.Equal("the command 'make' ended with exit code 3:\n  it broke", failed.Message);
        Assert.Single(_sandbox.Commands);
    }

    [Theory]
    [InlineData("tar: write error: No space left on device\n", false, "free some space, or choose another --work-dir")]
    [InlineData("it broke\n", true, "the lines above are its own")]
    [InlineData(
        "it broke\n", false, "the lines above are its own; it had no network: '{command: ..., network: true}' grants that")]
    public async Task What_can_be_done_depends_on_what_it_said(string output, bool hasNetwork, string hint)
    {
        _rootfs.WriteFile(RootPath.Parse("bin/sh"), "x"u8, 0x1ED);
        _sandbox.Answer(1, output);

        SandboxException failed = await Assert.ThrowsAsync<SandboxException>(
            () => RunAsync(new RunCommand { Command = "make", HasNetwork = hasNetwork }));
        Assert.Equal(hint, failed.Hint);
    }

    [Fact]
    public async Task An_image_without_a_shell_runs_nothing()
    {
        _rootfs.TryCreateSymlink(new TreeEntry
        {
            Path = RootPath.Parse("bin/sh"),
            Kind = EntryKind.Symlink,
            Mode = 0x1FF,
            LinkTarget = "sh",
            Uid = Mono.Unix.Native.Syscall.getuid(),
            Gid = Mono.Unix.Native.Syscall.getgid(),
        });

        await Assert.ThrowsAsync<SandboxException>(() => RunAsync(new RunCommand { Command = "a" }));
        Assert.Equal(0, await RunAsync());
        Assert.Empty(_sandbox.Commands);
    }

    private Task<int> RunAsync(params RunCommand[] commands) => CommandRunner.RunAsync(
        commands, ["PATH=/own"], _rootfs, _sandbox, 5, TestContext.Current.CancellationToken);
}
