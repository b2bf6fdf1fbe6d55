using RootfsImporter.IntegrationTests.BadInput;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>Builds by a user who is not root give the images that root's give.</summary>
public sealed class RootlessTests(TinyArchive archive, ApkSystem system, AlpineMirror mirror, TestUser user)
    : IClassFixture<TestUser>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_tiny_system_has_the_digest_of_roots(bool isInMemory)
    {
        await user.ReadyAsync();
        using TinySite site = await archive.SiteAsync();
        using Workshop workshop = new(archive);
        string[] place = isInMemory ? [] : ["--work-dir", workshop.Temporary];
        string[] arguments = await workshop.ArgumentsAsync(site, "good", place);
        await TestUser.SettleAsync(workshop.Root);
        ToolRun run = new(await TestUser.RunAsync(workshop.Root, workshop.Environment(), arguments));
        Assert.Equal(archive.GoodDigest, run.Digest());
        Assert.Equal([], ImageValidator.Validate(workshop.Images));
        await Leftovers.VanishAsync(workshop.Root.FullPath, TimeSpan.FromSeconds(2));
        workshop.IsTidy();
    }

    [Fact]
    public async Task The_users_own_store_takes_the_image()
    {
        await user.ReadyAsync();
        Requirement.Program("podman").OrSkip();
        Requirement.Program("skopeo").OrSkip();
        using TinySite site = await archive.SiteAsync();
        using Workshop workshop = new(archive);
        string[] arguments = await workshop.ArgumentsAsync(site, "good", "--to", "containers-storage:tiny:1");
        Dictionary<string, string> environment = new(workshop.Environment())
        {
            ["XDG_RUNTIME_DIR"] = Directory.CreateDirectory(workshop.Root["run"]).FullName,
        };
        await TestUser.SettleAsync(workshop.Root);
        ToolRun run = new(await TestUser.RunAsync(workshop.Root, environment, arguments));
        Assert.Equal(archive.GoodDigest, run.Digest());
        Assert.Empty(Directory.GetFileSystemEntries(workshop.Temporary));

        // As the user finds it outside of the program's namespace, with other ids than it had there.
        ToolRun found = new(await TestUser.RunAsync(
            workshop.Root, Host.Find("skopeo")!, environment,
            "inspect", "--format", "{{.Digest}}", "containers-storage:docker.io/library/tiny:1"));
        Assert.Equal(archive.GoodDigest, found.Output.Trim());
    }

    [Fact]
    public async Task A_failing_script_is_the_same_error()
    {
        await user.ReadyAsync();
        using TinySite site = await archive.SiteAsync();
        using Workshop workshop = new(archive);
        site.Packages.Add(TinySystem.Package("bad").Script("postinst", "echo the last clue >&2\nexit 3"));
        string[] arguments = await workshop.ArgumentsAsync(site, "bad");
        await TestUser.SettleAsync(workshop.Root);
        ToolRun run = new(await TestUser.RunAsync(workshop.Root, workshop.Environment(), arguments));
        run.IsError(7, "configuring the packages: bad", "exit status 3", "the last clue");
        Assert.False(Path.Exists(workshop.Images));
        workshop.IsTidy();
    }

    [Fact]
    public async Task Debian_has_the_digest_of_roots()
    {
        Requirement.Network.OrSkip();
        await user.ReadyAsync();
        using Workshop workshop = new(archive);
        string[] Arguments(string cache) =>
            ["build", "debian-13-slim", "--cache-dir", cache, "--no-reuse", "--format", "json"];
        ToolRun root = new(await Host.TryRunAsync(
            Host.Tool, [.. Arguments(Host.Cache), "--to", $"oci:{workshop.Root["root"]}"]));
        string expected = root.Digest();

        // What root has just downloaded need not be downloaded again; all else is the user's own.
        Directory.CreateDirectory(workshop.Cache);
        await Host.RunAsync("cp", ["-r", Path.Combine(Host.Cache, "sha256"), workshop.Cache]);
        await TestUser.SettleAsync(workshop.Root);
        ToolRun run = new(await TestUser.RunAsync(
            workshop.Root, workshop.Environment(), [.. Arguments(workshop.Cache), "--to", "oci:images"]));
        Assert.Equal(expected, run.Digest());
        Assert.Equal([], ImageValidator.Validate(workshop.Images));
        workshop.IsTidy();
    }

    [Theory]
    [InlineData("")]
    [InlineData("minirootfs")]
    public async Task Alpine_has_the_digest_of_roots(string variant)
    {
        await user.ReadyAsync();
        using Workshop workshop = new(system);
        using AlpineOrigin origin = await AlpineOrigin.CreateAsync(mirror, system, workshop.Root);
        string[] Arguments(string name) =>
        [
            "build", origin.Profile, "--cache-dir", workshop.Root[name + "-cache"], "--to", $"oci:{workshop.Root[name]}",
            "--format", "json", .. variant.Length == 0 ? (string[])[] : ["--variant", variant],
        ];
        string expected = (await workshop.RunAsync(Arguments("root"))).Digest();
        await TestUser.SettleAsync(workshop.Root);
        ToolRun run = new(await TestUser.RunAsync(workshop.Root, workshop.Environment(), Arguments("user")));
        Assert.Equal(expected, run.Digest());
        Assert.Equal([], ImageValidator.Validate(workshop.Root["user"]));
        await Leftovers.VanishAsync(workshop.Root.FullPath, TimeSpan.FromSeconds(2));
        workshop.IsTidy();
    }
}
