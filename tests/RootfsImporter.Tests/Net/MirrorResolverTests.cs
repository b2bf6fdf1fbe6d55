using RootfsImporter.Net;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Net;

public sealed class MirrorResolverTests : IDisposable
{
    private const string OsRelease = "NAME=\"Example\"\nID=example\nVERSION_CODENAME=old\n";

    private static readonly Architecture Foreign =
        Architecture.Parse(Architecture.Host.Deb == "s390x" ? "amd64" : "s390x");

    private readonly TempDirectory _host = new();

    public void Dispose() => _host.Dispose();

    private static Profile Example(params Archive[] archives) => new()
    {
        Name = "example-2",
        Title = "Example 2",
        Distribution = "example",
        Version = "2",
        Family = "deb",
        Suite = "new",
        Architectures = [Architecture.Host, Foreign],
        Archives = archives.ToDictionary(archive => archive.Name),
        Pockets =
        [
            new Pocket { Name = "release", Suite = "new" },
            .. archives[1..].Select(a => new Pocket { Name = a.Name, Suite = $"new-{a.Name}", Archive = a.Name }),
        ],
        Components = ["main"],
        Keys = [],
        Packages = new PackageSelection(),
        Image = new ImageSettings(),
        Seal = new SealSettings(),
    };

    private static Archive Main { get; } = new() { Name = "main", DebootstrapScript = "example" };

    private static Archive Security { get; } = new() { Name = "security", Beside = "example-security" };

    private async Task<string> ResolveAsync(
        Profile profile, Architecture? architecture = null, params (string Archive, string Mirror)[] mirrors)
    {
        MirrorRequest request = new()
        {
            Profile = profile,
            Architecture = architecture ?? Architecture.Host,
            HostRoot = _host.FullPath,
            Mirrors = mirrors.GroupBy(m => m.Archive).ToDictionary(
                g => g.Key, g => (IReadOnlyList<Uri>)[.. g.Select(m => new Uri(m.Mirror))]),
        };
        IReadOnlyDictionary<string, ArchiveMirrors> found =
            await MirrorResolver.ResolveAsync(request, TestContext.Current.CancellationToken);
        return string.Join("; ", RepositoryPlan.Create(profile, request.Architecture, found)
            .Select(r => $"{r.Pocket.Suite}: {string.Join(' ', r.Mirrors.Select(m => m.AbsoluteUri))}"));
    }

    [Fact]
    public async Task Of_the_family_apk_the_profile_names_the_canonical_mirror_and_the_host_has_no_say()
    {
        _host.Write("etc/os-release", OsRelease);
        _host.Write("etc/apt/sources.list", "deb http://host/example old main\ndeb http://host/example old-updates main\n");
        Archive archive = new() { Name = "main", Mirrors = [new Uri("http://cdn/alpine"), new Uri("http://b/")] };
        Profile profile = Example(archive) with { Family = "apk" };
        Assert.Equal("new: http://cdn/alpine/ http://b/", await ResolveAsync(profile));
        Assert.Equal(
            "new: http://user/ http://cdn/alpine/ http://b/", await ResolveAsync(profile, null, ("main", "http://user/")));
        ArchiveMirrors mirrors = (await MirrorResolver.ResolveAsync(
            new MirrorRequest
            {
                Profile = profile,
                Architecture = Architecture.Host,
                HostRoot = _host.FullPath,
                Mirrors = new Dictionary<string, IReadOnlyList<Uri>> { ["main"] = [new Uri("http://user/")] },
            },
            TestContext.Current.CancellationToken))["main"];
        Assert.Equal("http://cdn/alpine/", mirrors.Canonical.AbsoluteUri);

        FetchException error = await Assert.ThrowsAsync<FetchException>(
            () => ResolveAsync(Example(new Archive { Name = "main" }) with { Family = "apk" }));
        Assert.DoesNotContain("debootstrap", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_order_is_user_profile_host_default_without_repetition()
    {
        _host.Write("etc/os-release", OsRelease);
        _host.Write("etc/apt/sources.list", "deb http://host/example old main\ndeb http://host/example old-updates main\n");
        WriteDebootstrap("default_mirror http://default/example");
        Profile profile = Example(
            Main with { Mirrors = [new Uri("http://profile/example"), new Uri("http://host/example/")] });
        Assert.Equal(
            "new: http://user/x/ http://profile/example/ http://host/example/ http://default/example/",
            await ResolveAsync(profile, null, ("main", "http://user/x")));
    }

    [Fact]
    public async Task An_archive_beside_main_follows_main_at_each_step()
    {
        _host.Write("etc/os-release", OsRelease);
        _host.Write("etc/apt/sources.list.d/example.sources", """
            Types: deb deb-src
            # a comment
            URIs: http://near/example
            Suites: old
            # another, within a value
             old-updates
            Components: main

            Types: deb
            URIs: http://elsewhere/example-security/
            Suites: old-security
            Components: main
            """);
        WriteDebootstrap("default_mirror http://default/example");
        Assert.Equal(
            "new: http://user/example/ http://near/example/ http://default/example/; "
            + "new-security: http://user/example-security/ http://elsewhere/example-security/ "
            + "http://default/example-security/",
            await ResolveAsync(Example(Main, Security), null, ("main", "http://user/example")));
    }

    [Theory]
    [InlineData("deb [signed-by=/k.gpg] http://h/e old main\ndeb http://h/e old-updates main # note", "http://h/e/")]
    [InlineData("deb [ arch=HOST,xyz ] http://h/e old main\ndeb [arch=HOST] http://h/e old-updates main", "http://h/e/")]
    [InlineData("deb [arch=xyz] http://h/e old main\ndeb [arch=xyz] http://h/e old-updates main", "")]
    [InlineData("#deb http://h/e old main\ndeb http://h/e old-updates main", "")]
    [InlineData("deb-src http://h/e old main\ndeb-src http://h/e old-updates main", "")]
    [InlineData("deb http://third/e old main", "")]
    [InlineData("deb http://third/e old stable\ndeb http://third/e old-updates stable", "")]
    [InlineData("deb cdrom:[x]/ old main\ndeb mirror+file:/m old old-updates main", "")]
    [InlineData("deb http://h/e other main\ndeb http://h/e other-updates main", "")]
    [InlineData("deb [broken http://h/e old main\ndeb\ndeb http://h/e", "")]
    public async Task One_line_sources(string sources, string expected)
    {
        _host.Write("etc/os-release", OsRelease);
        _host.Write("etc/apt/sources.list.d/a.list", sources.Replace("HOST", Architecture.Host.Deb, StringComparison.Ordinal));
        _host.Write("etc/apt/sources.list.d/b.list.save", "deb http://saved/e old main\ndeb http://saved/e old-updates main");
        Assert.Equal(
            $"new: http://user/ {expected}".TrimEnd(),
            await ResolveAsync(Example(Main), null, ("main", "http://user/")));
    }

    [Theory]
    [InlineData("no")]
    [InlineData("False")]
    public async Task A_disabled_entry_does_not_count(string enabled)
    {
        _host.Write("etc/os-release", OsRelease);
        _host.Write(
            "etc/apt/sources.list.d/a.sources",
            $"Enabled: {enabled}\nTypes: deb\nURIs: http://h/e\nSuites: old old-updates\nComponents: main\n");
        Assert.Equal("new: http://user/", await ResolveAsync(Example(Main), null, ("main", "http://user/")));
    }

    [Fact]
    public async Task Sources_of_another_distribution_do_not_count()
    {
        _host.Write("etc/os-release", OsRelease.Replace("ID=example", "ID=other", StringComparison.Ordinal));
        _host.Write("etc/apt/sources.list", "deb http://h/e old main\ndeb http://h/e old-updates main");
        Assert.Equal("new: http://user/", await ResolveAsync(Example(Main), null, ("main", "http://user/")));
    }

    [Fact]
    public async Task Sources_that_name_no_architecture_hold_the_hosts_alone()
    {
        _host.Write("etc/os-release", OsRelease);
        _host.Write("etc/apt/sources.list", "deb http://h/e old main\ndeb http://h/e old-updates main");
        Assert.Equal("new: http://user/", await ResolveAsync(Example(Main), Foreign, ("main", "http://user/")));
    }

    [Fact]
    public async Task The_default_depends_on_architecture_and_suite_and_sees_stubs_only()
    {
        WriteDebootstrap("""
            variants - minbase
            if doing_variant fakechroot; then error 1 X "not asked for"; fi
            . "$DEBOOTSTRAP_DIR/scripts/common"
            case $ARCH in
              s390x) default_mirror http://ports/$SUITE ;;
              *) default_mirror http://default/$SUITE ;;
            esac
            touch "$DEBOOTSTRAP_DIR/went-on"
            """);
        _host.Write("usr/share/debootstrap/scripts/common", "keyring /k.gpg\n");
        Assert.Equal("new: http://default/new/", await ResolveAsync(Example(Main), Architecture.Parse("amd64")));
        Assert.Equal("new: http://ports/new/", await ResolveAsync(Example(Main), Architecture.Parse("s390x")));
        Assert.False(File.Exists(_host["usr/share/debootstrap/went-on"]));
    }

    [Fact]
    public async Task A_script_without_a_default_means_the_programs()
    {
        WriteDebootstrap("mirror_style release");
        _host.Write("usr/sbin/debootstrap", "#!/bin/sh\nDEF_MIRROR=\"http://program/example\"\n");
        Assert.Equal(
            "new: http://program/example/; new-security: http://program/example-security/",
            await ResolveAsync(Example(Main, Security)));
    }

    [Fact]
    public async Task An_archive_without_the_architecture_is_left_out()
    {
        WriteDebootstrap("default_mirror http://default/example");
        Archive extra = new() { Name = "extra", Architectures = [Architecture.Host] };
        Assert.Equal("new: http://default/example/", await ResolveAsync(Example(Main, extra), Foreign));
    }

    [Fact]
    public async Task No_mirror_at_all_lists_the_ways_to_name_one()
    {
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => ResolveAsync(Example(Main), Foreign));
        Assert.Equal($"no mirror is known for the archive 'main' of example-2 ({Foreign})", e.Message);
        Assert.Equal(
            "name one with --mirror, in the environment variable ROOTFS_IMPORTER_MIRROR, or under the profile's "
            + "'archives:'; or install the package debootstrap, which declares the default",
            e.Hint);
    }

    private void WriteDebootstrap(string script) => _host.Write("usr/share/debootstrap/scripts/example", script + "\n");
}
