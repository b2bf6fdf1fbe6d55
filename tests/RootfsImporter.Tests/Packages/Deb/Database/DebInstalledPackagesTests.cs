using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages.Deb.Database;
using RootfsImporter.Packages.Deb.Repositories;
using RootfsImporter.Tests.Sealing;

namespace RootfsImporter.Tests.Packages.Deb.Database;

public sealed class DebInstalledPackagesTests
{
    private const string Status = """
        Package: libx1
        Status: install ok installed
        Priority: optional
        Section: libs
        Architecture: amd64
        Multi-Arch: same
        Version: 1:2.0-3
        Provides: x (= 2)
        Depends: libc6 (>= 2.36)
        Conffiles:
         /etc/x.conf d41d8cd98f00b204e9800998ecf8427e

        Package: bash
        Status: hold ok installed
        Essential: yes
        Architecture: amd64
        Version: 5.2-1

        Package: left
        Status: deinstall ok config-files
        Architecture: amd64
        Version: 1

        Package: never
        Status: unknown ok not-installed

        Package: alpha
        Status: install ok installed
        Architecture: all
        Version: 1

        """;

    private static DebInstalledPackages? Read(SealFixture tree) => DebInstalledPackages.Read(new RootTree(tree.Tree));

    private static SealFixture Tree(string status) => new SealFixture().File("var/lib/dpkg/status", status);

    private static IEnumerable<string> Paths(SealFixture tree) =>
        Read(tree)!.Paths.Order().Select(path => path.ToString());

    [Fact]
    public void What_is_installed_is_listed_by_name_held_or_not()
    {
        DebInstalledPackages installed = Read(Tree(Status))!;
        Assert.Equal(
            ["alpha 1 all", "bash 5.2-1 amd64", "libx1 1:2.0-3 amd64"],
            installed.Packages.Select(p => $"{p.Name} {p.Version} {p.Architecture}"));
        DebPackage bash = installed.Details[1];
        DebPackage libx = installed.Details[2];
        Assert.True(bash.IsEssential);
        Assert.All(installed.Details, p => Assert.True(p.IsInstalled));
        Assert.Equal(MultiArch.Same, libx.MultiArch);
        Assert.Equal("libc6 (>= 2.36)", Assert.Single(libx.Depends).ToString());
        Assert.Equal("x (= 2)", Assert.Single(libx.Provides).ToString());
        Assert.False(installed.HasDpkg);
    }

    [Fact]
    public void A_tree_with_dpkg_can_be_installed_into() => Assert.True(
        Read(Tree(Status).File("usr/bin/dpkg").Symlink("bin", "usr/bin"))!.HasDpkg);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Package: x\nStatus: deinstall ok config-files\n")]
    public void Where_nothing_is_installed_there_are_no_packages_of_this_family(string? status) =>
        Assert.Null(Read(status is null ? new SealFixture().File("etc/os-release") : Tree(status)));

    [Theory]
    [InlineData("install ok unpacked", "unpacked")]
    [InlineData("install ok half-configured", "half-configured")]
    [InlineData("install reinstreq half-installed", "half-installed")]
    [InlineData("install reinstreq installed", "half-installed")]
    [InlineData("install ok triggers-pending", "triggers-pending")]
    [InlineData("install ok triggers-awaited", "triggers-awaited")]
    public void A_package_in_the_middle_of_something_is_named(string status, string state)
    {
        PackageFormatException error = Assert.Throws<PackageFormatException>(() => Read(Tree(
            $"Package: ok\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n"
                + $"Package: mid\nStatus: {status}\nArchitecture: all\nVersion: 1\n")));
        Assert.Equal($"the package mid of the base is {state}, not installed", error.Message);
        Assert.Contains("dpkg --configure", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Package: x\nStatus: install ok installed\nArchitecture: all\n", "version")]
    [InlineData("Package: x\nStatus: install ok installed\nVersion: 1\n", "Architecture")]
    [InlineData("Package: ../x\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n", "Package '../x'")]
    [InlineData("Package: x\nVersion: 1\nArchitecture: all\n", "no Status")]
    [InlineData("Package: x\nStatus: install ok fine\nVersion: 1\nArchitecture: all\n", "'install ok fine'")]
    [InlineData("Package: x\nStatus: installed\nVersion: 1\nArchitecture: all\n", "'installed'")]
    [InlineData("no field\n", "at byte 0")]
    public void A_status_that_cannot_be_read_is_refused(string status, string what)
    {
        PackageFormatException error = Assert.Throws<PackageFormatException>(() => Read(Tree(status)));
        Assert.Contains("/var/lib/dpkg/status", error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void The_same_package_may_be_there_for_two_architectures_but_not_twice_for_one()
    {
        string x = "Package: x\nStatus: install ok installed\nVersion: 1\nArchitecture: {0}\n\n";
        string two = x.Replace("{0}", "i386", StringComparison.Ordinal)
            + x.Replace("{0}", "amd64", StringComparison.Ordinal);
        Assert.Equal(["amd64", "i386"], Read(Tree(two))!.Packages.Select(p => p.Architecture));
        PackageFormatException error = Assert.Throws<PackageFormatException>(
            () => Read(Tree(two + x.Replace("{0}", "i386", StringComparison.Ordinal))));
        Assert.Contains("x for i386 twice", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_without_dpkg_have_a_file_for_each_package()
    {
        SealFixture tree = new SealFixture()
            .File("var/lib/dpkg/status.d/tzdata", "Package: tzdata\nVersion: 2024a\nArchitecture: all\n")
            .File("var/lib/dpkg/status.d/tzdata.md5sums", $"{new string('0', 32)}  usr/share/zoneinfo/UTC\n")
            .File("var/lib/dpkg/status.d/libc6", "Package: libc6\nVersion: 2.36\nArchitecture: amd64\n")
            .File("var/lib/dpkg/status.d/libc6.md5sums", $"{new string('1', 32)}  lib/x/libc.so.6\n")
            .Directory("usr/lib/x").Symlink("lib", "usr/lib");

        DebInstalledPackages installed = Read(tree)!;

        Assert.Equal(["libc6", "tzdata"], installed.Packages.Select(p => p.Name));
        Assert.False(installed.HasDpkg);
        Assert.Equal(["/usr/lib/x/libc.so.6", "/usr/share/zoneinfo/UTC"], Paths(tree));
    }

    [Fact]
    public void Paths_are_where_the_files_really_lie()
    {
        SealFixture tree = Tree(Status)
            .Directory("usr/bin").Symlink("bin", "usr/bin")
            .File("var/lib/dpkg/info/bash.list", "/.\n/bin\n/bin/bash\n/usr\n/usr/share/doc\n/bin/sh\n")
            .File("var/lib/dpkg/info/libx1:amd64.list", "/usr/lib/libx.so\n")
            .File("var/lib/dpkg/info/alpha.list", "/bin/sh\n")
            .File("var/lib/dpkg/info/left.list", "/etc/left\n")
            .File("var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.distrib\nalpha\n");

        Assert.Equal(
            ["/", "/bin", "/usr", "/usr/bin/bash", "/usr/bin/sh", "/usr/bin/sh.distrib", "/usr/lib/libx.so", "/usr/share/doc"],
            Paths(tree));
    }

    [Theory]
    [InlineData("info/bash.list", "/usr\n\n/bin\n")]
    [InlineData("info/bash.list", "/../etc\n")]
    [InlineData("diversions", "/a\n/b\n")]
    [InlineData("diversions", "/a\nb\n:\n")]
    [InlineData("diversions", "/a\n/b\n:")]
    public void Lists_that_cannot_be_read_are_refused_by_name(string file, string text)
    {
        DebInstalledPackages installed = Read(Tree(Status).File($"var/lib/dpkg/{file}", text))!;
        PackageFormatException error = Assert.Throws<PackageFormatException>(() => installed.Paths);
        Assert.Contains($"/var/lib/dpkg/{file}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_status_cut_anywhere_or_with_any_bit_flipped_is_read_or_refused()
    {
        byte[] text = Encoding.UTF8.GetBytes(Status);
        for (int length = 0; length < text.Length; length++)
        {
            ReadOrRefuse(text[..length]);
        }

        for (int bit = 0; bit < text.Length * 8; bit++)
        {
            byte[] flipped = [.. text];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            ReadOrRefuse(flipped);
        }
    }

    [Fact]
    public void A_status_of_absurd_size_is_refused_before_it_is_read()
    {
        PackageFormatException error = Assert.Throws<PackageFormatException>(
            () => Read(new SealFixture().File("var/lib/dpkg/status", new EndlessContent())));
        Assert.Contains("more than", error.Message, StringComparison.Ordinal);
    }

    private static void ReadOrRefuse(byte[] status)
    {
        try
        {
            Read(new SealFixture().File("var/lib/dpkg/status", new BytesContent(status)));
        }
        catch (PackageFormatException error)
        {
            Assert.NotNull(error.Hint);
        }
    }

    private sealed record EndlessContent : FileContent
    {
        public override long Length => 1L << 40;

        public override Stream Open() => throw new InvalidOperationException("it must not be opened");
    }
}
