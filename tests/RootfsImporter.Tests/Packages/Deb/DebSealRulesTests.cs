using RootfsImporter.Files;
using RootfsImporter.Packages;
using RootfsImporter.Packages.Deb;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Sealing;

namespace RootfsImporter.Tests.Packages.Deb;

public sealed class DebSealRulesTests
{
    [Fact]
    public void Caches_logs_and_backups_go_and_databases_stay()
    {
        SealedRootfs result = Base()
            .File("var/log/dpkg.log").File("var/log/bootstrap.log").File("var/log/alternatives.log").File("var/log/btmp")
            .File("var/log/apt/history.log").File("var/log/apt/term.log").File("var/log/apt/eipp.log.xz")
            .File("var/lib/apt/lists/lock").File("var/lib/apt/lists/auxfiles/x").File("var/lib/apt/lists/a_Packages")
            .Directory("var/lib/apt/lists/partial", 0b111_000_000).File("var/lib/apt/extended_states")
            .File("var/cache/apt/pkgcache.bin").File("var/cache/apt/srcpkgcache.bin").File("var/cache/apt/archives/lock")
            .File("var/cache/apt/archives/a.deb").File("var/cache/apt/archives/partial/b.deb")
            .File("var/cache/debconf/config.dat").File("var/cache/debconf/config.dat-old")
            .File("var/lib/dpkg/status").File("var/lib/dpkg/status-old").File("var/lib/dpkg/lock")
            .File("etc/apt/trustdb.gpg").File("etc/apt/apt.conf.d/01autoremove-kernels").File("etc/apt/apt.conf.d/01autoremove")
            .File("etc/apt/apt.conf.d/99mmdebstrap").File("debootstrap/log").File("etc/passwd-").File("etc/.pwd.lock")
            .File("usr/sbin/policy-rc.d", "of the build")
            .Seal(DebSealRules.For(Bare("debian", "13"), []));

        Assert.Equal(
            """
            etc etc/.pwd.lock etc/apt etc/apt/apt.conf.d etc/apt/apt.conf.d/01autoremove etc/dpkg etc/passwd- usr usr/sbin var
            var/cache var/cache/apt var/cache/apt/archives var/cache/apt/archives/partial var/cache/debconf
            var/cache/debconf/config.dat var/lib var/lib/apt var/lib/apt/extended_states var/lib/apt/lists
            var/lib/apt/lists/partial var/lib/dpkg var/lib/dpkg/lock var/lib/dpkg/status var/log var/log/apt var/log/btmp
            """.Split([' ', '\n']),
            result.Paths.Skip(1));
        Assert.Equal(0b111_000_000, result.Entry("var/lib/apt/lists/partial").Mode);
    }

    [Theory]
    [InlineData(BuildEngine.Mmdebstrap, "var/lib/dpkg/available")]
    [InlineData(BuildEngine.Debootstrap, null)]
    public void Outside_programs_leave_nothing_of_their_own(BuildEngine engine, string? kept)
    {
        SealedRootfs result = Base().File("etc/fstab", "# UNCONFIGURED").File("etc/apt/preferences.d/99mmdebstrap")
            .File("var/lib/dpkg/available").Directory("var/lib/apt/lists/partial", 0b111_000_000)
            .File("var/lib/apt/extended_states", "Package: b\nAuto-Installed: 1\n\nPackage: a\nAuto-Installed: 1\n\n")
            .Seal(
            [
                .. new DebFamily(new RecordedEvents()).FindBootstrapper(engine)!.SealRules,
                .. DebSealRules.For(Bare("debian", "13"), []),
            ]);

        Assert.DoesNotContain("etc/fstab", result.Paths);
        Assert.DoesNotContain("etc/apt/preferences.d/99mmdebstrap", result.Paths);
        Assert.Equal(kept is not null, result.Paths.Contains("var/lib/dpkg/available"));
        Assert.Equal(0b111_101_101, result.Entry("var/lib/apt/lists/partial").Mode);
        Assert.Equal(
            "Package: a\nAuto-Installed: 1\n\nPackage: b\nAuto-Installed: 1\n\n", result.Text("var/lib/apt/extended_states"));
    }

    [Fact]
    public void Docker_settings_are_written_with_their_modes()
    {
        SealedRootfs result = Base().Seal(DebSealRules.For(Docker("ubuntu", "24.04"), []));

        Assert.EndsWith("\nexit 101\n", result.Text("usr/sbin/policy-rc.d"), StringComparison.Ordinal);
        Assert.StartsWith("#!/bin/sh\n", result.Text("usr/sbin/policy-rc.d"), StringComparison.Ordinal);
        Assert.Equal(0b111_101_101, result.Entry("usr/sbin/policy-rc.d").Mode);
        Assert.EndsWith(
            "\nforce-unsafe-io\n", result.Text("etc/dpkg/dpkg.cfg.d/docker-apt-speedup"), StringComparison.Ordinal);
        Assert.Equal(
            [
                "docker-autoremove-suggests", "docker-clean", "docker-disable-periodic-update", "docker-gzip-indexes",
                "docker-no-languages",
            ],
            result.Entries.Where(entry => entry.Path.Parent == RootPath.Parse("etc/apt/apt.conf.d"))
                .Select(entry => entry.Path.Name));
        Assert.Equal(0b110_100_100, result.Entry("etc/apt/apt.conf.d/docker-clean").Mode);
        Assert.Contains(new LedgerEntry("docker-clean", "added", "/etc/apt/apt.conf.d", "directory"), result.Ledger.Entries);
    }

    [Fact]
    public void Debian_keeps_its_periodic_updates() => Assert.DoesNotContain(
        "etc/apt/apt.conf.d/docker-disable-periodic-update",
        Base().Seal(DebSealRules.For(Docker("debian", "13"), [])).Paths);

    [Fact]
    public void Nothing_is_written_for_programs_that_the_tree_lacks() =>
        Assert.Equal([""], new SealFixture().Seal(DebSealRules.For(
            Docker("ubuntu", "24.04"), [Repository("noble", "http://mirror.example/ubuntu/")])).Paths);

    [Fact]
    public void Upstarts_control_program_is_diverted_where_it_exists()
    {
        SealedRootfs result = Base().File("sbin/initctl", "upstart").File("var/lib/dpkg/diversions", "/a\n/b\ndash\n")
            .Seal(DebSealRules.For(Docker("ubuntu", "16.04"), []));

        Assert.EndsWith("\nexit 0\n", result.Text("sbin/initctl"), StringComparison.Ordinal);
        Assert.Equal("upstart", result.Text("sbin/initctl.distrib"));
        Assert.Equal(
            "/a\n/b\ndash\n/sbin/initctl\n/sbin/initctl.distrib\n:\n", result.Text("var/lib/dpkg/diversions"));
        Assert.DoesNotContain("docker-initctl", Base().File("var/lib/dpkg/diversions")
            .Seal(DebSealRules.For(Docker("ubuntu", "16.04"), [])).Ledger.Entries.Select(entry => entry.Rule));
    }

    [Fact]
    public void Slim_filters_files_and_records_the_filters_for_later_installs()
    {
        Profile slim = Bare("debian", "13") with
        {
            Seal = new SealSettings
            {
                DockerSettings = false,
                PathExclude = ["/usr/share/doc/*"],
                PathInclude = ["/usr/share/doc/*/copyright"],
            },
        };

        SealedRootfs result = Base().File("usr/share/doc/a/copyright").File("usr/share/doc/a/README")
            .Seal(DebSealRules.For(slim, []));

        Assert.Contains("usr/share/doc/a/copyright", result.Paths);
        Assert.DoesNotContain("usr/share/doc/a/README", result.Paths);
        Assert.EndsWith(
            "\npath-exclude /usr/share/doc/*\npath-include /usr/share/doc/*/copyright\n",
            result.Text("etc/dpkg/dpkg.cfg.d/docker"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ubuntu", "24.04")]
    [InlineData("ubuntu", "26.04")]
    [InlineData("debian", "12")]
    [InlineData("debian", "sid")]
    public void Newer_releases_have_deb822_sources(string distribution, string version)
    {
        SealedRootfs result = Base().File("etc/apt/sources.list", "deb [signed-by=/build/key] http://build.example x y\n")
            .Seal(DebSealRules.For(
                Bare(distribution, version),
                [
                    Repository("x", "http://mirror.example/archive/"), Repository("x-updates", "http://mirror.example/archive"),
                    Repository("x-security", "http://security.example/archive/", "security"),
                ]));

        Assert.Equal(
            $"""
            Types: deb
            URIs: http://mirror.example/archive
            Suites: x x-updates
            Components: main
            Signed-By: /usr/share/keyrings/{distribution}-archive-keyring.gpg

            Types: deb
            URIs: http://security.example/archive
            Suites: x-security
            Components: main
            Signed-By: /usr/share/keyrings/{distribution}-archive-keyring.gpg

            """,
            result.Text($"etc/apt/sources.list.d/{distribution}.sources"));
        Assert.DoesNotContain("etc/apt/sources.list", result.Paths);
    }

    [Theory]
    [InlineData("ubuntu", "22.04")]
    [InlineData("ubuntu", "16.04")]
    [InlineData("debian", "11")]
    public void Older_releases_have_one_line_sources(string distribution, string version)
    {
        Profile profile = Bare(distribution, version) with
        {
            Seal = new SealSettings { DockerSettings = false, SourceComponents = ["main", "universe"] },
        };

        SealedRootfs result = Base().File("etc/apt/sources.list", "old").Seal(DebSealRules.For(
            profile, [Repository("x", "http://m.example/a/"), Repository("x-updates", "http://m.example/a/")]));

        Assert.Equal(
            "deb http://m.example/a x main universe\ndeb http://m.example/a x-updates main universe\n",
            result.Text("etc/apt/sources.list"));
    }

    [Theory]
    [InlineData("24.04", """
        Types: deb
        URIs: http://m.example/ubuntu
        Suites: x x-updates x-backports
        Components: main
        Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg

        Types: deb
        URIs: http://m.example/ubuntu
        Suites: x-security
        Components: main
        Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg

        """)]
    [InlineData("22.04", """
        deb http://m.example/ubuntu x main
        deb http://m.example/ubuntu x-updates main
        deb http://m.example/ubuntu x-backports main
        deb http://m.example/ubuntu x-security main

        """)]
    public void Further_suites_are_listed_and_security_stands_apart(string version, string expected)
    {
        Profile profile = Bare("ubuntu", version) with
        {
            Seal = new SealSettings { DockerSettings = false, SourceSuites = ["x-updates", "x-backports"] },
        };
        const string Mirror = "http://m.example/ubuntu/";
        Repository security = Repository("x-security", Mirror);

        SealedRootfs result = Base().Seal(DebSealRules.For(
            profile,
            [
                Repository("x", Mirror), Repository("x-updates", Mirror),
                security with { Pocket = security.Pocket with { Name = "security" } },
            ]));

        Assert.Equal(
            expected,
            result.Text(version == "24.04" ? "etc/apt/sources.list.d/ubuntu.sources" : "etc/apt/sources.list"));
    }

    [Fact]
    public void The_image_mirror_comes_before_the_builds_and_moves_archives_beside_it()
    {
        Profile profile = Bare("debian", "11") with
        {
            Archives = new Dictionary<string, Archive>
            {
                ["main"] = new() { Name = "main" },
                ["security"] = new() { Name = "security", Beside = "debian-security" },
            },
            Seal = new SealSettings
            {
                DockerSettings = false,
                ImageMirrors = new Dictionary<string, Uri> { ["main"] = new("https://image.example/debian/") },
            },
        };

        string sources = Base().Seal(DebSealRules.For(
            profile,
            [Repository("x", "http://build.example/debian/"), Repository("x-security", "http://build.example/s/", "security")]))
            .Text("etc/apt/sources.list");

        Assert.Equal(
            "deb https://image.example/debian x main\ndeb https://image.example/debian-security x-security main\n", sources);
    }

    [Fact]
    public void Neither_credentials_nor_the_building_hosts_own_mirror_reach_the_image()
    {
        Repository repository = Repository("x", "https://user:secret@mirror.example:8443/debian/");

        Assert.Equal(
            "deb https://mirror.example:8443/debian x main\n",
            Base().Seal(DebSealRules.For(Bare("debian", "11"), [repository])).Text("etc/apt/sources.list"));
    }

    private static SealFixture Base() =>
        new SealFixture().Directory("etc/apt").Directory("etc/dpkg").Directory("var/lib/dpkg").Directory("usr/sbin");

    private static Repository Repository(string suite, string mirror, string archive = "main") => new()
    {
        Pocket = new Pocket { Name = suite, Suite = suite, Archive = archive },
        Components = ["main"],
        Mirrors = [new Uri("http://127.0.0.1:8080/fetched-from-here/")],
        CanonicalMirror = new Uri(mirror),
        Keys = [],
    };

    private static Profile Docker(string distribution, string version) =>
        Bare(distribution, version) with { Seal = new SealSettings() };

    private static Profile Bare(string distribution, string version) => new()
    {
        Name = $"{distribution}-{version}",
        Title = distribution,
        Distribution = distribution,
        Version = version,
        Family = "deb",
        Suite = "x",
        Architectures = [],
        Archives = new Dictionary<string, Archive> { ["main"] = new() { Name = "main" } },
        Pockets = [],
        Components = ["main"],
        Keys = [],
        Packages = new PackageSelection(),
        Image = new ImageSettings(),
        Seal = new SealSettings { DockerSettings = false },
    };
}
