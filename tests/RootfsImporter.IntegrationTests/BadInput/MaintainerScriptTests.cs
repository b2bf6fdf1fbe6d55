using System.Diagnostics;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>Maintainer scripts that fail, and some that try what they must not.</summary>
public sealed class MaintainerScriptTests(TinyArchive archive)
{
    private const int CommandFailed = 7;

    private static DebBuilder Bad => TinySystem.Package("bad");

    [Fact]
    public Task Postinst_that_fails() => RefusedAsync(
        Bad.Script("postinst", "echo the first clue\necho the last clue >&2\nexit 3"),
        "configuring the packages: bad", "post-installation script", "exit status 3", "the first clue", "the last clue");

    [Fact]
    public Task Preinst_that_fails() => RefusedAsync(
        Bad.Script("preinst", "echo the only clue >&2\nexit 4"),
        "configuring the packages: the preinst script of bad failed with exit code 4", "the only clue");

    [Fact]
    public Task Postinst_without_its_interpreter() => RefusedAsync(
        Bad.Script("postinst", "#!/usr/bin/perl\nprint 'hello';\n"), "configuring the packages: bad", "exec");

    [Fact]
    public Task Postinst_that_kills_all_it_can() => RefusedAsync(
        Bad.Script("postinst", "kill -KILL -1"), "configuring the packages: the command ended with exit code");

    [Fact]
    public async Task Postinst_that_wants_the_network_finds_none()
    {
        using StaticServer server = new();
        server.Add("secret", "reached");
        string tries = $"""
            if wget -q -T 5 -O /etc/reached {server.Address}secret; then exit 5; fi
            rm -f /etc/reached
            test "$(cat /proc/sys/kernel/hostname)" = localhost
            for interface in /sys/class/net/*; do test "$interface" = /sys/class/net/lo; done
            """;
        await BuildsAsync(Bad.Script("postinst", tries));
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("</dev/null >/dev/null 2>&1 ")]
    public async Task Postinst_that_leaves_a_daemon_behind(string redirection)
    {
        string seconds = Leftovers.UniqueSeconds();
        await BuildsAsync(Bad.Script("postinst", $"setsid sleep {seconds} {redirection}&"));
        Assert.Empty(Leftovers.Processes($"sleep\0{seconds}"));
    }

    [Fact]
    public Task Postinst_that_starts_a_service_starts_none() => BuildsAsync(Bad.Script(
        "postinst",
        """
        start-stop-daemon --start --exec /bin/false
        code=0
        policy-rc.d service start || code=$?
        test $code = 101
        """));

    [Fact]
    public Task Postinst_sees_nothing_of_the_host() => BuildsAsync(Bad.Script(
        "postinst",
        """
        test "$$" -lt 1000
        test "$(cat /proc/1/comm)" != systemd
        test -z "${DOTNET_EnableDiagnostics-}${TMPDIR-}"
        test "$HOME" = /root
        for node in /dev/*; do test ! -b "$node"; done
        """));

    private async Task BuildsAsync(DebBuilder package)
    {
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        site.Packages.Add(package);
        Stopwatch watch = Stopwatch.StartNew();
        (await workshop.BuildAsync(site, "other")).Digest();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(40), $"it took {watch.Elapsed}");
        Assert.Equal([], ImageValidator.Validate(workshop.Images));
        workshop.IsTidy();
    }

    private async Task RefusedAsync(DebBuilder package, params string[] expected)
    {
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        site.Packages.Add(package);
        (await workshop.BuildAsync(site, "bad")).IsError(CommandFailed, expected);
        await workshop.IsWholeAsync();
    }
}
