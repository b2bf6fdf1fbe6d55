using RootfsImporter.Packages.Deb.Installing;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Deb.Installing;

/// <summary>What is written for dpkg, byte for byte, and what dpkg itself makes of it.</summary>
public sealed class DpkgDatabaseTests
{
    [Fact]
    public async Task Writes_the_status_of_an_unpacked_package()
    {
        using DebInstallationFixture fixture = new();
        await fixture.InstallAsync(
        [
            new DebBuilder("hello", "1:2.10-3").Essential().Depends("libhello (>= 1)")
                .Field("Description", "greets\n a longer text\n .\n and more")
                .Conffile("etc/hello.conf", "hello\n").ConffileLine("/etc/not-shipped")
                .ConffileLine("remove-on-upgrade /etc/old.conf"),
            new DebBuilder("libhello").Field("Multi-Arch", "same"),
        ]);
        Assert.Equal(
            """
            Package: hello
            Status: install ok unpacked
            Version: 1:2.10-3
            Architecture: amd64
            Essential: yes
            Depends: libhello (>= 1)
            Description: greets
             a longer text
             .
             and more
            Maintainer: Nobody <nobody@example.org>
            Conffiles:
             /etc/hello.conf b1946ac92492d2347c6235b4d2611184
             /etc/not-shipped newconffile
             /etc/old.conf newconffile remove-on-upgrade

            Package: libhello
            Status: install ok unpacked
            Version: 1.0
            Architecture: amd64
            Multi-Arch: same
            Maintainer: Nobody <nobody@example.org>
            Description: libhello for tests


            """,
            fixture.ReadText("var/lib/dpkg/status"));
        Assert.Equal("amd64\n", fixture.ReadText("var/lib/dpkg/arch"));
        Assert.Equal("1\n", fixture.ReadText("var/lib/dpkg/info/format"));
    }

    [Fact]
    public async Task Writes_the_list_of_files_in_the_order_of_the_archive()
    {
        using DebInstallationFixture fixture = new();
        await fixture.InstallAsync(
            [new DebBuilder("hello").File("usr/bin/hello", "").Symlink("usr/bin/hi", "hello").Directory("var/empty")]);
        Assert.Equal(
            "/.\n/usr\n/usr/bin\n/usr/bin/hello\n/usr/bin/hi\n/var\n/var/empty\n",
            fixture.ReadText("var/lib/dpkg/info/hello.list"));
    }

    [Fact]
    public async Task Names_files_of_a_same_package_with_its_architecture()
    {
        using DebInstallationFixture fixture = new();
        await fixture.InstallAsync(
        [
            new DebBuilder("libhello").Field("Multi-Arch", "same").Script("postinst", "true").ControlFile(
                "shlibs", "x")
                .Triggers("interest-noawait /usr/lib/hello"),
            new DebBuilder("hello", architecture: "all").Field("Multi-Arch", "foreign").Script(
                "prerm", "true"),
        ]);
        Assert.Equal(
            [
                "format", "hello.list", "hello.prerm", "libhello:amd64.list", "libhello:amd64.postinst",
                "libhello:amd64.shlibs", "libhello:amd64.triggers",
            ],
            Directory.GetFiles(fixture.HostPath("var/lib/dpkg/info")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(
            (UnixFileMode)0x1ED, File.GetUnixFileMode(fixture.HostPath("var/lib/dpkg/info/libhello:amd64.postinst")));
        Assert.Equal(
            "/usr/lib/hello libhello:amd64/noawait\n", fixture.ReadText("var/lib/dpkg/triggers/File"));
    }

    [Fact]
    public async Task Writes_who_is_interested_in_which_trigger()
    {
        using DebInstallationFixture fixture = new();
        await fixture.InstallAsync(
        [
            new DebBuilder("libc-bin").Triggers("interest-noawait ldconfig", "# a comment", "activate other"),
            new DebBuilder("man-db").Triggers("interest /usr/share/man", "interest-await ldconfig"),
        ]);
        Assert.Equal("libc-bin/noawait\nman-db\n", fixture.ReadText("var/lib/dpkg/triggers/ldconfig"));
        Assert.Equal("/usr/share/man man-db\n", fixture.ReadText("var/lib/dpkg/triggers/File"));
        Assert.False(File.Exists(fixture.HostPath("var/lib/dpkg/triggers/other")));
    }

    [Fact]
    public async Task Records_what_a_dependency_brought_as_automatically_installed()
    {
        using DebInstallationFixture fixture = new();
        DebBuilder[] packages =
        [
            new DebBuilder("apt").Depends("libapt").Directory("var/lib/apt"),
            new DebBuilder("base").Essential().Depends("libbase"),
            new DebBuilder("libapt"),
            new DebBuilder("libbase"),
        ];
        RootfsImporter.Packages.FetchedPackage[] fetched =
            [.. packages.Select(p => p.Fetched(fixture.Directory, isRequested: p.Package == "apt"))];
        DebInstallation installation = fixture.Begin(fetched);
        foreach (RootfsImporter.Packages.FetchedPackage package in fetched)
        {
            await installation.UnpackAsync(package, TestContext.Current.CancellationToken);
        }

        await installation.ConfigureAsync(fixture.Sandbox, TestContext.Current.CancellationToken);
        Assert.Equal(
            "Package: libapt\nArchitecture: amd64\nAuto-Installed: 1\n\n",
            fixture.ReadText("var/lib/apt/extended_states"));
    }

    [Fact]
    public async Task The_real_dpkg_reads_what_was_written()
    {
        using DebInstallationFixture fixture = await InstallForDpkgAsync();
        string admin = fixture.HostPath("var/lib/dpkg");
        Assert.Equal(
            "hello unpacked\nlibhello unpacked\n",
            DebInstallationFixture.Run("dpkg-query", "--admindir", admin, "-W", "-f", "${Package} ${db:Status-Status}\n").Output);
        Assert.Equal(
            "/.\n/etc\n/etc/hello.conf\n/usr\n/usr/bin\n/usr/bin/hello\n",
            DebInstallationFixture.Run("dpkg-query", "--admindir", admin, "-L", "hello").Output);
        Assert.Equal(
            "libhello:amd64: /usr/lib/libhello.so\n",
            DebInstallationFixture.Run("dpkg-query", "--admindir", admin, "-S", "/usr/lib/libhello.so").Output);
        string audit =
            DebInstallationFixture.Run("dpkg", "--root", fixture.Rootfs.HostPath, "--audit").Output;
        Assert.StartsWith("The following packages have been unpacked but not yet configured.", audit, StringComparison.Ordinal);
        Assert.DoesNotContain("missing", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_real_dpkg_finds_its_files_whole_and_notices_a_change()
    {
        using DebInstallationFixture fixture = await InstallForDpkgAsync();
        string[] verify = ["--root", fixture.Rootfs.HostPath, "--verify"];
        Assert.Equal((0, ""), DebInstallationFixture.Run("dpkg", verify));
        File.AppendAllText(fixture.HostPath("usr/bin/hello"), "changed");
        Assert.Contains(
            "/usr/bin/hello", DebInstallationFixture.Run("dpkg", verify).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_real_dpkg_configures_from_there_without_a_word()
    {
        using DebInstallationFixture fixture = await InstallForDpkgAsync();
        (int exitCode, string output) = DebInstallationFixture.Run(
            "dpkg", "--root", fixture.Rootfs.HostPath, "--force-script-chrootless", "--configure", "--pending");
        Assert.Equal(
            (0, "Setting up libhello:amd64 (1.0) ...\nSetting up hello (1.0) ...\n"), (exitCode, output));
        Assert.Equal(
            (0, ""), DebInstallationFixture.Run("dpkg", "--root", fixture.Rootfs.HostPath, "--audit"));
        Assert.Contains(
            " /etc/hello.conf b1946ac92492d2347c6235b4d2611184\n", fixture.ReadText("var/lib/dpkg/status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_triggers_and_scripts_are_those_that_dpkg_writes_itself()
    {
        SkipWithoutDpkg();
        DebBuilder[] packages = PackagesForDpkg();
        using DebInstallationFixture ours = new();
        await ours.InstallAsync(packages);
        using DebInstallationFixture theirs = new();
        string admin = theirs.HostPath("var/lib/dpkg");
        Directory.CreateDirectory(Path.Combine(admin, "info"));
        Directory.CreateDirectory(Path.Combine(admin, "updates"));
        File.WriteAllText(Path.Combine(admin, "status"), "");
        string[] files = [.. packages.Select(p => p.Fetched(theirs.Directory).File)];
        (int exitCode, string output) = DebInstallationFixture.Run(
            "dpkg",
            ["--root", theirs.Rootfs.HostPath, "--force-script-chrootless", "--force-architecture", "--unpack", .. files]);
        Assert.True(exitCode == 0, output);

        string[] theirFiles = InfoAndTriggers(theirs);
        Assert.Equal(theirFiles, InfoAndTriggers(ours));
        foreach (string file in theirFiles)
        {
            Assert.Equal(theirs.ReadText($"var/lib/dpkg/{file}"), ours.ReadText($"var/lib/dpkg/{file}"));
            Assert.Equal(
                File.GetUnixFileMode(theirs.HostPath($"var/lib/dpkg/{file}")),
                File.GetUnixFileMode(ours.HostPath($"var/lib/dpkg/{file}")));
        }
    }

    private static string[] InfoAndTriggers(DebInstallationFixture fixture) =>
    [
        .. ((string[])["info", "triggers"]).SelectMany(directory =>
            Directory.GetFiles(fixture.HostPath($"var/lib/dpkg/{directory}"))
                .Select(file => $"{directory}/{Path.GetFileName(file)}")
                .Where(file => file is not ("triggers/Lock" or "triggers/Unincorp"))
                .Order(StringComparer.Ordinal)),
    ];

    private static async Task<DebInstallationFixture> InstallForDpkgAsync()
    {
        SkipWithoutDpkg();
        DebInstallationFixture fixture = new();
        await fixture.InstallAsync(PackagesForDpkg());
        return fixture;
    }

    private static DebBuilder[] PackagesForDpkg() =>
    [
        new DebBuilder("hello").Depends("libhello (>= 1)").Conffile("etc/hello.conf", "hello\n")
            .File("usr/bin/hello", "binary\n", mode: 0x1ED).Script("postinst", "true")
            .ControlFile("md5sums", "1e59dd43bb6eb0ff21785aa255074fcb  usr/bin/hello\n"),
        new DebBuilder("libhello").Field("Multi-Arch", "same").File("usr/lib/libhello.so", "library\n")
            .Triggers("interest-noawait ldconfig", "interest /usr/lib/hello")
            .ControlFile("md5sums", "7dd30896a524bfafa03b33d15bc7e62a  usr/lib/libhello.so\n"),
    ];

    private static void SkipWithoutDpkg() =>
        Assert.SkipUnless(File.Exists("/usr/bin/dpkg"), "this host has no dpkg to compare with");
}
