using RootfsImporter.Profiles;
using RootfsImporter.Sandbox;

namespace RootfsImporter.IntegrationTests;

/// <summary>What dpkg and apt themselves say of a system that we configured.</summary>
public sealed class ConfiguredSystemTests
{
    private static readonly Dictionary<string, string> Environment = new()
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["DEBIAN_FRONTEND"] = "noninteractive",
        ["HOME"] = "/root",
    };

    [Theory]
    [InlineData("ubuntu-24.04")]
    [InlineData("debian-12")]
    public async Task Dpkg_finds_nothing_wrong_and_apt_installs_a_package(string name)
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        using NativeRootfs system = await NativeRootfs.BuildAsync(ProfileLoader.Load(name, null, [Host.Distros]));
        Assert.Equal("", await RunAsync(system, "dpkg --audit"));

        // From outside: inside, the sandbox covers start-stop-daemon.
        Assert.Equal("", await Host.RunAsync("dpkg", [$"--root={system.Rootfs.HostPath}", "--verify"]));
        string sources = string.Join('\n', system.Repositories.Select(
            r => $"deb {r.Mirrors[0]} {r.Pocket.Suite} {string.Join(' ', r.Components)}"));
        await RunAsync(system, $"echo '{sources}' > /etc/apt/sources.list");
        string output = await RunAsync(
            system, "apt-get -q update && apt-get -q install -y --no-install-recommends hello && hello", network: true);
        Assert.Contains("Hello, world!", output, StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(NativeRootfs system, string script, bool network = false)
    {
        SandboxResult result = await system.Sandbox.RunAsync(
            new SandboxCommand
            {
                Arguments = ["/bin/sh", "-ec", script],
                Environment = Environment,
                HasNetwork = network,
            },
            TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, $"{script}: {result.ExitCode}\n{result.Output}");
        return result.Output.Trim();
    }
}
