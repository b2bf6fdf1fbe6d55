using RootfsImporter.Files;
using RootfsImporter.Packages;
using RootfsImporter.Packages.Deb.Database;
using RootfsImporter.Packages.Deb.Installing;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Deb.Installing;

/// <summary>Packages on top of installed ones: which are unpacked here, which are left to dpkg, and what else is written.</summary>
public sealed class DebAdditionTests : IDisposable
{
    private const string Status = "var/lib/dpkg/status";
    private const string States = "var/lib/apt/extended_states";
    private readonly DebInstallationFixture _fixture = new();
    private string _steps = "";

    public DebAdditionTests() => _fixture.Sandbox.OnRun = command => _steps = File.Exists(StepsFile)
        ? File.ReadAllText(StepsFile)
        : string.Join(' ', command.Arguments);

    private string StepsFile => _fixture.HostPath("var/lib/dpkg/rootfs-importer/steps");

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task What_only_adds_is_unpacked_here_and_appended_to_the_database()
    {
        await BaseAsync(new DebBuilder("base").File("usr/bin/base", "old").Directory("srv/shared", 0x1C0));
        string before = _fixture.ReadText(Status);

        await AddAsync(
            new DebBuilder("hello").Depends("libhello").File("usr/bin/hello", "new").Directory("srv/shared", 0x1ED)
                .Script("preinst", "true"),
            new DebBuilder("libhello").File("usr/lib/libhello.so", "lib").Directory("srv/own", 0x1C0)
                .Script("preinst", "true"));

        Assert.Equal("new", _fixture.ReadText("usr/bin/hello"));
        Assert.Equal("preinst 0001 libhello amd64\npreinst 0002 hello amd64\n", _steps);
        string after = _fixture.ReadText(Status);
        Assert.StartsWith(before + "Package: hello\nStatus: install ok unpacked\n", after, StringComparison.Ordinal);
        Assert.Contains("/usr/bin/hello\n", _fixture.ReadText("var/lib/dpkg/info/hello.list"), StringComparison.Ordinal);
        Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(_fixture.HostPath("srv/shared")));
        Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(_fixture.HostPath("srv/own")));
    }

    [Fact]
    public async Task Another_version_of_what_is_there_is_left_to_dpkg()
    {
        await BaseAsync(new DebBuilder("base", "1").File("usr/bin/base", "old").File("usr/bin/gone", "old"));
        string before = _fixture.ReadText(Status);
        _fixture.Sandbox.OnRun += _ => Assert.True(
            File.Exists(_fixture.HostPath("var/lib/dpkg/rootfs-importer/debs/base.deb")));

        await AddAsync(new DebBuilder("base", "2").File("usr/bin/base", "new").File("usr/bin/further", "new"));

        Assert.Equal("unpack base.deb\n", _steps);
        Assert.Equal("old", _fixture.ReadText("usr/bin/base"));
        Assert.False(File.Exists(_fixture.HostPath("usr/bin/further")));
        Assert.Equal(before, _fixture.ReadText(Status));
    }

    [Theory]
    [InlineData("base", "new")]
    [InlineData("zz", "aa")]
    public async Task What_shares_a_path_with_the_base_is_taken_back_with_all_that_shares_one_with_it(string a, string b)
    {
        await BaseAsync(new DebBuilder("owner").File("usr/bin/owned", "old"));

        await AddAsync(
            new DebBuilder(a + "1").File("usr/bin/first", "1").File("usr/bin/owned", "new").File("usr/bin/z", "1"),
            new DebBuilder(b + "2").File("usr/bin/z", "2").File("usr/share/y", "2"),
            new DebBuilder("other").File("usr/bin/other", "3"));

        Assert.Equal("old", _fixture.ReadText("usr/bin/owned"));
        Assert.Equal(["dpkg", "other", "owned"], Directory.EnumerateFiles(_fixture.HostPath("usr/bin")).Select(Path.GetFileName).Order());
        Assert.False(File.Exists(_fixture.HostPath("usr/share/y")));
        Assert.Equal(
            new[] { a + "1.deb", b + "2.deb" }.Order(StringComparer.Ordinal),
            _steps["unpack ".Length..].TrimEnd().Split(' ').Order(StringComparer.Ordinal));
        Assert.DoesNotContain("Package: " + a + "1", _fixture.ReadText(Status), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("diversions", "/usr/bin/tool\n/usr/bin/tool.real\nowner\n")]
    [InlineData("diversions", "/usr/bin/other\n/usr/bin/tool\n:\n")]
    [InlineData("statoverride", "root root 4755 /usr/bin/tool\n")]
    public async Task What_the_base_diverts_or_overrides_is_left_to_dpkg(string file, string text)
    {
        await BaseAsync(new DebBuilder("owner").File($"var/lib/dpkg/{file}", text));
        await AddAsync(new DebBuilder("tool").File("usr/bin/tool", "new"));
        Assert.Equal("unpack tool.deb\n", _steps);
        Assert.False(File.Exists(_fixture.HostPath("usr/bin/tool")));
    }

    [Fact]
    public async Task Settings_left_by_a_package_that_is_gone_make_its_return_dpkgs_matter()
    {
        await BaseAsync(new DebBuilder("owner"));
        File.AppendAllText(
            _fixture.HostPath(Status), "Package: left\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n\n");
        await AddAsync(new DebBuilder("left").File("usr/bin/left", "new"));
        Assert.Equal("unpack left.deb\n", _steps);
    }

    [Fact]
    public async Task Paths_that_the_bases_dpkg_leaves_out_are_left_out_and_listed()
    {
        await BaseAsync(new DebBuilder("owner").File(
            "etc/dpkg/dpkg.cfg.d/docker",
            "# slim\npath-exclude /usr/share/doc/*\npath-include=/usr/share/doc/*/copyright\nforce-unsafe-io\n"));
        await AddAsync(new DebBuilder("tool").File("usr/share/doc/tool/README", "x").File("usr/share/doc/tool/copyright", "x"));
        Assert.Equal("", _steps);
        Assert.Equal(["copyright"], Directory.EnumerateFiles(_fixture.HostPath("usr/share/doc/tool")).Select(Path.GetFileName));
        Assert.Contains(
            "/usr/share/doc/tool/README\n", _fixture.ReadText("var/lib/dpkg/info/tool.list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Paths_set_off_the_triggers_of_the_base()
    {
        await BaseAsync(new DebBuilder("owner").Triggers("interest /usr/share/man", "interest-noawait /usr/lib/x", "interest named"));
        await AddAsync(
            new DebBuilder("tool").File("usr/share/man/man1/tool.1", "x").Triggers("interest /opt", "interest-noawait named"));
        Assert.Equal("/usr/share/man -\n", _fixture.ReadText("var/lib/dpkg/triggers/Unincorp"));
        Assert.Equal(
            "/usr/share/man owner\n/usr/lib/x owner/noawait\n/opt tool\n", _fixture.ReadText("var/lib/dpkg/triggers/File"));
        Assert.Equal("owner\ntool/noawait\n", _fixture.ReadText("var/lib/dpkg/triggers/named"));
    }

    [Fact]
    public async Task No_packages_start_no_sandbox_and_what_is_asked_for_is_no_longer_automatic()
    {
        await BaseAsync(new DebBuilder("owner").File(States, Auto("lib") + Auto("tool")));
        int commands = _fixture.Sandbox.Commands.Count;
        await AddAsync(["lib (>= 1)", "owner"]);
        Assert.Equal(commands, _fixture.Sandbox.Commands.Count);
        Assert.Equal(Auto("tool"), _fixture.ReadText(States));
    }

    [Fact]
    public async Task Only_what_a_dependency_brings_is_automatic()
    {
        await BaseAsync(new DebBuilder("auto", "1").File(States, Auto("auto") + Auto("wanted")), new DebBuilder("manual", "1"));
        await AddAsync(
            ["tool"],
            [
                .. new[] { new DebBuilder("auto", "2"), new DebBuilder("manual", "2"), new DebBuilder("new") }
                    .Select(package => package.Fetched(_fixture.Directory, isRequested: false)),
                .. new[] { new DebBuilder("tool"), new DebBuilder("wanted") }
                    .Select(package => package.Fetched(_fixture.Directory)),
            ]);
        Assert.Equal(Auto("auto") + Auto("new"), _fixture.ReadText(States));
    }

    [Fact]
    public async Task A_package_that_dpkg_cannot_unpack_is_named()
    {
        await BaseAsync(new DebBuilder("base", "1"));
        _fixture.Sandbox.Answer(
            1, "dpkg: error processing archive base.deb (--unpack):\n trying to overwrite '/usr/bin/x', which is also in package y 1\n");
        SandboxException error = await Assert.ThrowsAsync<SandboxException>(() => AddAsync(new DebBuilder("base", "2")));
        Assert.StartsWith(
            "installing the packages: base: trying to overwrite '/usr/bin/x', which is also in package y 1\n", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Packages_are_removed_in_one_command_and_forgotten()
    {
        await BaseAsync(new DebBuilder("lib").File(States, Auto("lib") + Auto("other")), new DebBuilder("tool"));
        await RemoveAsync("tool", "lib");
        Assert.Equal("/usr/bin/dpkg --force-unsafe-io --purge tool lib", _steps);
        Assert.Equal(Auto("other"), _fixture.ReadText(States));
    }

    [Theory]
    [InlineData("tol", "the package tol is to be removed, but it is not installed", "did you mean 'tool'?")]
    [InlineData("core", "the package core is essential, and cannot be removed", "leave it out")]
    [InlineData("init", "the package init is protected, and cannot be removed", "leave it out")]
    public async Task What_is_not_there_or_must_stay_is_refused_before_anything_runs(string name, string message, string hint)
    {
        await BaseAsync(
            new DebBuilder("tool"), new DebBuilder("core").Essential(), new DebBuilder("init").Field("Protected", "yes"));
        int commands = _fixture.Sandbox.Commands.Count;
        ProfileException error = await Assert.ThrowsAsync<ProfileException>(() => RemoveAsync("tool", name));
        Assert.Equal(message, error.Message);
        Assert.Contains(hint, error.Hint, StringComparison.Ordinal);
        Assert.Equal(commands, _fixture.Sandbox.Commands.Count);
    }

    [Fact]
    public async Task What_needs_a_package_that_is_to_go_is_named()
    {
        await BaseAsync(new DebBuilder("lib"), new DebBuilder("tool").Depends("lib"));
        _fixture.Sandbox.Answer(1, """
            dpkg: dependency problems prevent removal of lib:
             tool depends on lib.
             other depends on lib (>= 1).

            dpkg: error processing package lib (--purge):
             dependency problems - not removing
            Errors were encountered while processing:
             lib

            """);
        SandboxException error = await Assert.ThrowsAsync<SandboxException>(() => RemoveAsync("lib"));
        Assert.StartsWith(
            "removing the packages: lib cannot be removed: tool depends on lib, other depends on lib (>= 1)\n", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("what needs the package", error.Hint, StringComparison.Ordinal);
    }

    private static string Auto(string name) => $"Package: {name}\nArchitecture: amd64\nAuto-Installed: 1\n\n";

    /// <summary>Installs packages, and says of them what dpkg says when it has configured them.</summary>
    private async Task BaseAsync(params DebBuilder[] packages)
    {
        await _fixture.InstallAsync([.. packages, new DebBuilder("dpkg").File("usr/bin/dpkg", "")]);
        File.WriteAllText(
            _fixture.HostPath(Status), _fixture.ReadText(Status).Replace("ok unpacked", "ok installed", StringComparison.Ordinal));
        Directory.Delete(_fixture.HostPath("var/lib/dpkg/rootfs-importer"), recursive: true);
    }

    private Task AddAsync(params DebBuilder[] packages) =>
        AddAsync([], [.. packages.Select(package => package.Fetched(_fixture.Directory))]);

    private async Task AddAsync(string[] include, params FetchedPackage[] packages)
    {
        DebAddition installation = Begin(include, packages);
        foreach (FetchedPackage package in packages)
        {
            await installation.UnpackAsync(package, TestContext.Current.CancellationToken);
        }

        await installation.ConfigureAsync(_fixture.Sandbox, TestContext.Current.CancellationToken);
    }

    private Task RemoveAsync(params string[] names) =>
        Begin([], []).RemoveAsync(names, _fixture.Sandbox, TestContext.Current.CancellationToken);

    private DebAddition Begin(string[] include, FetchedPackage[] packages) => new(
        _fixture.Rootfs, DebInstallationFixture.NewProfile(include), DebInstallationFixture.NewLockfile(packages),
        DebInstalledPackages.Read(new RootTree(_fixture.Rootfs.ReadTree()))!);
}
