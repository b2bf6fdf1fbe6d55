using RootfsImporter.Packages.Apk.Database;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Apk.Installing;

/// <summary>Removing packages, of the base and such as were only just added.</summary>
public sealed class ApkRemoveTests
{
    private static readonly ApkBuilder Shell = new ApkBuilder("shell").Provides("/bin/sh").File("bin/sh", "1")
        .Triggers("/usr/*").Script("trigger", "echo told");

    [Fact]
    public async Task What_was_added_and_is_removed_leaves_what_was_there()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["shell"] } };
        await fixture.InstallAsync(Shell, new ApkBuilder("zlib").File("lib/libz.so", ""));
        string before = fixture.TreeText();
        fixture.BuildOnly = ["cc"];
        await fixture.InstallOnTopAsync(
            "", new ApkBuilder("cc").Depends("/bin/sh", "libc-dev").File("usr/bin/cc", "").File("usr/lib/cc/1/x", ""),
            new ApkBuilder("libc-dev").File("usr/include/stdio.h", "").File("etc/dev", "usual")
                .Script("post-install", "echo"));
        Assert.Equal("cc\nshell\n", fixture.ReadText("etc/apk/world"));
        File.WriteAllText(fixture.HostPath("etc/dev"), "changed");
        await fixture.RemoveAsync("cc", "libc-dev");
        Directory.Delete(fixture.HostPath("lib/apk/exec"));
        Assert.Equal(before, fixture.TreeText());
    }

    [Fact]
    public async Task Scripts_run_around_it_and_triggers_of_others_at_the_end()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["shell", "tool"] } };
        await fixture.InstallAsync(Shell, new ApkBuilder("tool", "2-r1").File("usr/bin/tool", "").Directory("usr/share/tool")
            .Depends("shell").Script("pre-deinstall", "echo").Script("post-deinstall", "echo")
            .Script("post-install", "echo"));
        fixture.Sandbox.Commands.Clear();
        List<string> seen = [];
        fixture.Sandbox.OnRun = _ => seen.Add(fixture.Owner("usr/bin/tool"));
        await fixture.RemoveAsync("tool");
        Assert.Equal(
            [
                "/lib/apk/exec/tool-2-r1.pre-deinstall 2-r1", "/lib/apk/exec/tool-2-r1.post-deinstall 2-r1",
                "/lib/apk/exec/shell-1.0-r0.trigger /usr/bin /usr/share",
            ],
            fixture.Commands);
        Assert.Equal(["644 0:0", "absent", "absent"], seen);
        Assert.Equal("absent", fixture.Owner("usr"));
        Assert.Equal("shell\n", fixture.ReadText("etc/apk/world"));
        Assert.Equal(["shell"], fixture.Installed().Packages.Select(package => package.Name));
        Assert.All(fixture.Installed().Apks.SelectMany(apk => apk.Scripts), script => Assert.Equal("trigger", script.Kind));
    }

    [Fact]
    public async Task What_others_have_too_and_what_is_not_empty_stays()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a", "b"] } };
        await fixture.InstallAsync(
            new ApkBuilder("a").Directory("var/shared").File("var/own/x", "").File("var/log/a", ""),
            new ApkBuilder("b").Directory("var/shared"));
        File.WriteAllText(fixture.HostPath("var/log/more"), "");
        File.Delete(fixture.HostPath("var/own/x"));
        Directory.CreateDirectory(fixture.HostPath("var/own/x"));
        await fixture.RemoveAsync("a");
        Assert.Equal(
            "755 0:0, absent, 644 0:0, 755 0:0",
            string.Join(", ", ((string[])["var/shared", "var/log/a", "var/log/more", "var/own/x"]).Select(fixture.Owner)));
    }

    [Fact]
    public async Task What_only_it_needed_and_what_came_because_of_it_goes_along()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a", "docs"] } };
        await fixture.InstallAsync(
            new ApkBuilder("a").Depends("so:lib=1", "common").Script("pre-deinstall", "echo"),
            new ApkBuilder("lib").Provides("so:lib=1").Depends("deep").Script("pre-deinstall", "echo"),
            new ApkBuilder("deep").Depends("lib").Script("pre-deinstall", "echo"),
            new ApkBuilder("a-doc").InstallIf("a", "docs").Script("pre-deinstall", "echo"),
            new ApkBuilder("common"), new ApkBuilder("docs").Depends("common"));
        fixture.Sandbox.Commands.Clear();
        await fixture.RemoveAsync("a");
        Assert.Equal(["common", "docs"], fixture.Installed().Packages.Select(package => package.Name));
        Assert.Equal("docs\n", fixture.ReadText("etc/apk/world"));
        Assert.Equal(
            ["a", "a-doc", "deep", "lib"],
            fixture.Commands.Select(command => command["/lib/apk/exec/".Length..].Split("-1.0")[0])
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_was_unneeded_before_stays()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a"] } };
        await fixture.InstallAsync(
            new ApkBuilder("a").File("a", ""), new ApkBuilder("stray").Depends("more"), new ApkBuilder("more"));
        await fixture.RemoveAsync("a");
        Assert.Equal(["more", "stray"], fixture.Installed().Packages.Select(package => package.Name));
        await fixture.RemoveAsync("stray", "more");
        Assert.Equal("", fixture.ReadText("lib/apk/db/installed"));
    }

    [Fact]
    public async Task What_nothing_needed_at_first_is_not_taken_along()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a"] }, BuildOnly = ["cc"] };
        await fixture.InstallAsync(new ApkBuilder("a"), new ApkBuilder("stray"));
        InstalledApks first = fixture.Installed();
        await fixture.InstallOnTopAsync("", new ApkBuilder("cc").Depends("stray"));
        Assert.Equal("a\ncc\n", fixture.ReadText("etc/apk/world"));
        await fixture.RemoveAsync(first, "cc");
        Assert.Equal(["a", "stray"], fixture.Installed().Packages.Select(package => package.Name));
    }

    [Fact]
    public async Task What_is_wanted_for_a_while_and_was_there_does_not_come_into_the_world()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a"] } };
        await fixture.InstallAsync(new ApkBuilder("a").Depends("cc"), new ApkBuilder("cc"));
        fixture.BuildOnly = ["cc"];
        await fixture.InstallOnTopAsync("");
        Assert.Equal("a\n", fixture.ReadText("etc/apk/world"));
    }

    [Theory]
    [InlineData("lib", "removing lib 1.0-r0: a 1.0-r0, which stays, needs so:lib>=1 of it")]
    [InlineData("common", "removing common 1.0-r0: a 1.0-r0, which stays, needs it")]
    [InlineData("gone", "removing gone: it is not installed")]
    public async Task What_others_need_and_what_is_not_there_cannot_be_removed(string name, string message)
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a"] } };
        await fixture.InstallAsync(
            new ApkBuilder("a").Depends("so:lib>=1", "common"), new ApkBuilder("lib").Provides("so:lib=1"),
            new ApkBuilder("common"));
        string before = fixture.TreeText();
        Assert.Equal(
            message, (await Assert.ThrowsAsync<SandboxException>(() => fixture.RemoveAsync(name))).Message);
        Assert.Equal(before, fixture.TreeText());
    }

    [Fact]
    public async Task What_another_provides_as_well_can_be_removed()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a", "x", "y"] } };
        await fixture.InstallAsync(
            new ApkBuilder("a").Depends("sh"), new ApkBuilder("x").Provides("sh"), new ApkBuilder("y").Provides("sh"));
        await fixture.RemoveAsync("x");
        Assert.Equal(["a", "y"], fixture.Installed().Packages.Select(package => package.Name));
    }

    [Fact]
    public async Task A_failing_script_names_its_package()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["a"] } };
        await fixture.InstallAsync(new ApkBuilder("a").Script("pre-deinstall", "exit 3"));
        fixture.Sandbox.Answer(3, "the last clue\n");
        SandboxException error = await Assert.ThrowsAsync<SandboxException>(() => fixture.RemoveAsync("a"));
        Assert.Equal(
            "removing a 1.0-r0: its pre-deinstall script failed with exit code 3\n  the last clue", error.Message);
    }

    [Fact]
    public async Task Without_scripts_nothing_runs_and_what_is_missed_is_said()
    {
        using ApkInstallationFixture fixture = new()
        {
            Packages = new() { Include = ["shell", "a"], Scripts = PackageScripts.None },
        };
        fixture.Sandbox.OnRun = _ => Assert.Fail("a script ran");
        await fixture.InstallAsync(Shell, new ApkBuilder("a").File("usr/bin/a", "").Script("post-deinstall", "deluser a"));
        await fixture.RemoveAsync("a");
        Assert.Equal("absent", fixture.Owner("usr/bin/a"));
        Assert.Equal(
            "the profile runs no package scripts, so what those of a would have undone is still in the image",
            fixture.Events.Warnings[^1]);
    }

    [Fact]
    public async Task A_chain_of_any_length_is_removed()
    {
        using ApkInstallationFixture fixture = new() { Packages = new() { Include = ["p0"] } };
        await fixture.InstallAsync([.. Enumerable.Range(0, 300).Select(
            i => new ApkBuilder($"p{i}").Depends(i < 299 ? [$"p{i + 1}"] : []))]);
        await fixture.RemoveAsync("p0");
        Assert.Empty(fixture.Installed().Packages);
    }
}
