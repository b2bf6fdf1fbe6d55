using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>
/// Images on top of others that cannot be made: one error with one hint, nothing temporary stays behind, and earlier images
/// and the cache stay whole. Bases that cannot be read are in BadBaseTests.
/// </summary>
public sealed class BadDerivedTests(TinyArchive archive, TestUser user) : IClassFixture<TestUser>
{
    private const int WrongProfile = 2;
    private const int NotResolved = 3;
    private const int CommandFailed = 7;
    private const int HostLacks = 9;

    private const string OnTop = "base: ./tiny.yaml\n";

    private static readonly string[] NotEssential = ["app", "lib", "rival"];

    [Theory]
    [InlineData("base: tinny\n", "derived.yaml:1:7: unknown base 'tinny'", "did you mean 'tiny'?")]
    [InlineData("base: ./tinny.yaml\n", "derived.yaml:1:7: the base's profile file './tinny.yaml' does not exist",
        "relative to this file")]
    [InlineData("base: ./derived.yaml\n", "profiles stand on each other in a cycle: derived -> derived",
        "cannot be its own base")]
    [InlineData(OnTop + "files: [{source: absent, target: /a}]\n", "derived.yaml:2:18: cannot copy 'absent'",
        "relative to this file")]
    [InlineData(OnTop + "files: [{source: ../cache, target: /a}]\n",
        "derived.yaml:2:18: '../cache' is not below the directory of this file", "put it there")]
    [InlineData(OnTop + "files: [{source: link/passwd, target: /a}]\n",
        "derived.yaml:2:18: 'link/passwd' leads through the symbolic link link", "not followed")]
    [InlineData(OnTop + "architectures: [s390x]\n", "derived.yaml:2:17: the base 'tiny' has no 's390x'", "it has")]
    public async Task Profile_that_cannot_be(string profile, string message, string hint)
    {
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        site.OnTop = profile;
        Directory.CreateDirectory(workshop.Root["profile"]);
        File.CreateSymbolicLink(workshop.Root["profile/link"], "/etc");
        ToolRun run = await workshop.BuildAsync(site, "bad");
        run.IsError(WrongProfile, message);
        Assert.Contains(hint, run.Hint, StringComparison.Ordinal);
        Assert.Empty(site.Server.Requests);
        IsAsBefore(workshop);
    }

    [Fact]
    public Task Package_that_does_not_exist() => RefusedAsync(
        NotResolved, OnTop + "packages: [bussybox]\n", "", "bussybox", "busybox");

    [Fact]
    public Task Package_in_conflict_with_the_base() => RefusedAsync(
        NotResolved, OnTop + "packages: [rival]\n", "", "rival", "conflicts", "busybox");

    /// <summary>In the real archive either of these is instead of the other one.</summary>
    [Fact]
    public async Task Real_package_in_conflict_with_one_of_the_base()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        using TempDirectory directory = new();
        directory.Write("first.yaml", "base: debian-13-slim\npackages: [busybox]\n");
        directory.Write("other.yaml", "base: ./first.yaml\npackages: [busybox-static]\n");
        ToolRun run = new(await Host.TryRunAsync(
            Host.Tool, ["build", "./other.yaml", "--to", "oci:out:x", "--cache-dir", Host.Cache, "--work-dir", "work"],
            workingDirectory: directory.FullPath));
        run.IsError(NotResolved, "no set of packages makes other", "(included) conflicts with busybox, which is busybox", "(installed)");
        Assert.False(Directory.Exists(directory["out"]));
        Assert.Empty(Directory.GetFileSystemEntries(directory["work"]));
    }

    [Theory]
    [InlineData("mmdebstrap", "mmdebstrap")]
    [InlineData("debootstrap", "debootstrap")]
    [InlineData("debbootstrap", "debbootstrap")]
    public async Task Engine_that_cannot(string engine, string message)
    {
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        site.OnTop = OnTop + "packages: [busybox]\n";
        ToolRun run = await workshop.BuildAsync(site, "bad", "--engine", engine);
        run.IsError(WrongProfile, message);
        Assert.Empty(site.Server.Requests);
        IsAsBefore(workshop);
    }

    [Fact]
    public Task Package_for_the_build_alone_in_conflict_with_the_base() => RefusedAsync(
        NotResolved, OnTop + "buildOnly: [rival]\n", "", "rival", "conflicts", "busybox");

    [Fact]
    public Task Version_that_the_base_does_not_have() => RefusedAsync(
        NotResolved, OnTop + "packages: [busybox=3.0]\n", "", "busybox", "3.0", "1.0");

    [Fact]
    public Task Removal_of_an_essential_package() => RefusedAsync(
        WrongProfile, OnTop + "remove: [busybox]\n", "by their paths",
        "the package busybox is essential, and cannot be removed");

    [Fact]
    public Task Removal_of_a_package_that_another_needs() => RefusedAsync(
        CommandFailed, OnTop + "packages: [app]\nremove: [lib]\n", "remove what needs the package as well",
        "removing the packages: lib cannot be removed: app depends on lib");

    [Fact]
    public Task Removal_of_a_package_that_is_not_there() => RefusedAsync(
        WrongProfile, OnTop + "remove: [bussybox]\n", "did you mean 'busybox'?",
        "the package bussybox is to be removed, but it is not installed");

    [Fact]
    public async Task Command_that_fails()
    {
        ToolRun run = await RefusedAsync(
            CommandFailed,
            OnTop + "run:\n  - touch /etc/first\n  - |\n    for i in 1 2 3 4 5 6 7 8 9; do "
                + "echo line $i$i; echo line 0$i; echo line $i; done\n"
                + "    echo the last clue >&2\n    exit 7\n",
            "the lines above", "the command 'for i in", "ended with exit code 7", "line 99", "the last clue");
        Assert.DoesNotContain("line 11", run.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public Task Command_that_is_not_there() => RefusedAsync(
        CommandFailed, OnTop + "run: [frobnicate --all]\n", "the lines above",
        "the command 'frobnicate --all' ended with exit code 127", "frobnicate: not found");

    [Fact]
    public async Task Command_that_wants_the_network_and_has_none()
    {
        using StaticServer server = new();
        server.Add("secret", "reached");
        await RefusedAsync(
            CommandFailed, OnTop + $"run: [\"wget -T 5 -O /etc/reached {server.Address}secret\"]\n", "network: true",
            "the command 'wget -T 5", "ended with exit code 1", "127.0.0.1");
        Assert.Empty(server.Requests);
    }

    [Fact]
    public Task Command_without_a_shell() => RefusedAsync(
        CommandFailed, OnTop + "files: [{source: key.asc, target: /bin/sh}]\nrun: [echo hello]\n", "",
        "the command 'echo hello'");

    [Theory]
    [InlineData("owner: frobisher", "the image has no user 'frobisher'", "write a number")]
    [InlineData("owner: 'daemon:frobishers'", "the image has no group 'frobishers'", "write a number")]
    public Task Owner_that_the_image_does_not_know(string owner, string message, string hint) => RefusedAsync(
        WrongProfile, OnTop + $"files: [{{source: tiny.yaml, target: /srv/a, {owner}}}]\n", hint, "copying ", message);

    [Theory]
    [InlineData("/etc/passwd/a", "/etc/passwd")]
    [InlineData("/bin", "/bin")]
    public Task Target_that_is_something_else(string target, string expected) => RefusedAsync(
        WrongProfile, OnTop + $"files: [{{source: tiny.yaml, target: {target}}}]\n", "", "copying ", expected);

    [Fact]
    public async Task Source_that_may_not_be_read()
    {
        await user.ReadyAsync();
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        site.OnTop = OnTop + "files: [{source: closed, target: /srv}]\n";
        workshop.Root.Write("profile/closed/a", "a");
        string[] arguments = await workshop.ArgumentsAsync(site, "bad");
        await TestUser.SettleAsync(workshop.Root);
        await Host.RunAsync("chown", ["root:root", workshop.Root["profile/closed/a"]]);
        await Host.RunAsync("chmod", ["000", workshop.Root["profile/closed/a"]]);
        ToolRun run = new(await TestUser.RunAsync(workshop.Root, workshop.Environment(), arguments));
        run.IsError(WrongProfile, "copying ", "profile/closed", "denied");
        IsAsBefore(workshop);
    }

    [Fact]
    public async Task Special_file_in_a_source()
    {
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        site.OnTop = OnTop + "files: [{source: d, target: /srv}]\n";
        Directory.CreateDirectory(workshop.Root["profile/d"]);
        await Host.RunAsync("mkfifo", [workshop.Root["profile/d/pipe"]]);
        ToolRun run = await workshop.BuildAsync(site, "bad");
        run.IsError(WrongProfile, "copying ", "pipe");
        IsAsBefore(workshop);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(24)]
    public async Task Work_directory_on_a_full_disk(int megabytes)
    {
        using Workshop workshop = await archive.WorkshopAsync();
        await using SmallDisk disk = await SmallDisk.MountAsync(workshop.Root["work"], megabytes << 20);
        using TinySite site = await archive.SiteAsync();
        site.OnTop = OnTop + "run: [\"cat /dev/zero > /endless\"]\n";
        ToolRun run = await workshop.BuildAsync(site, "bad", "--work-dir", disk.Directory);
        run.IsError(megabytes == 1 ? HostLacks : CommandFailed, "No space left on device");
        Assert.Contains("--work-dir", run.Hint, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(disk.Directory));
        await workshop.IsWholeAsync();
    }

    /// <summary>Builds a profile beside the tiny one, from its packages and some that are not essential.</summary>
    private async Task<ToolRun> RefusedAsync(int exitCode, string profile, string hint, params string[] expected)
    {
        using Workshop workshop = await archive.WorkshopAsync();
        using TinySite site = await archive.SiteAsync();
        site.Packages.AddRange(More());
        site.OnTop = profile;
        ToolRun run = await workshop.BuildAsync(site, "bad");
        run.IsError(exitCode, expected);
        Assert.Contains(hint, run.Hint, StringComparison.Ordinal);
        IsAsBefore(workshop);
        return run;
    }

    private static DebBuilder[] More()
    {
        DebBuilder[] made = [.. NotEssential.Select(name => new DebBuilder(name, "1.0", Architecture.Host.Deb))];
        made[0].Depends("lib");
        made[2].Field("Conflicts", "busybox");
        return made;
    }

    /// <summary>That the cache still serves is asked where something was written to it.</summary>
    private static void IsAsBefore(Workshop workshop)
    {
        workshop.IsTidy();
        workshop.HasEarlierImage();
        Assert.Empty(Leftovers.Of(workshop.Root.FullPath));
    }
}
