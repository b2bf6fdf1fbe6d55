using System.Globalization;
using System.Text;
using RootfsImporter.Packages;
using RootfsImporter.Packages.Apk.Repositories;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Apk.Repositories;

public sealed class ApkIndexParserTests
{
    private const string Hello = "C:Q1p78yvTLG094tHE1+dToJGbmYzQE=\nP:hello\nV:1.2-r3\nA:x86_64\nS:100\n";

    private static readonly Repository Repository = new()
    {
        Pocket = new Pocket { Name = "main", Suite = "v3.20/main" },
        Components = [],
        Mirrors = [],
        CanonicalMirror = new Uri("http://canonical.example/"),
        Keys = [],
    };

    private static IReadOnlyList<ApkPackage> Parse(string records) =>
        Parse(new ApkSuite("v3.20/main") { Records = records }.Content());

    private static IReadOnlyList<ApkPackage> Parse(byte[] file) => ApkIndexParser.Parse(new ApkIndex
    {
        Repository = Repository,
        SignedBy = Digest.Of(file),
        Published = 1,
        Architecture = Architecture.Parse("amd64"),
        File = file,
    });

    private static string Refused(string records)
    {
        PackageFormatException e = Assert.Throws<PackageFormatException>(() => Parse(records));
        Assert.StartsWith("reading the package index of v3.20/main: ", e.Message, StringComparison.Ordinal);
        return e.Message["reading the package index of v3.20/main: ".Length..];
    }

    [Fact]
    public void Reads_all_that_a_resolver_needs()
    {
        ApkPackage package = Assert.Single(Parse(
            Hello + "I:4096\nT:says hello – ünïcode: x\nU:https://example.org\nL:MIT\no:hellos\nm:A <a@b>\nt:1700000000\n"
            + "c:0123\nk:100\nD:!bye so:libc.musl-x86_64.so.1 busybox>=1.30 /bin/sh\np:cmd:hello=1.2-r3 greeter\n"
            + "i:docs hello=1.2-r3\ng:tag\nz:future\n\n"));
        Assert.Equal(("hello", "1.2-r3", "x86_64"), (package.Name, package.Version.ToString(), package.Architecture));
        Assert.Equal("Q1p78yvTLG094tHE1+dToJGbmYzQE=", package.Checksum);
        Assert.Equal((100, 1_700_000_000, 100), (package.Size, package.BuildTime, package.ProviderPriority));
        Assert.Equal("hellos", package.Origin);
        Assert.Equal(
            ["!bye", "so:libc.musl-x86_64.so.1", "busybox>=1.30", "/bin/sh"], package.Depends.Select(d => d.ToString()));
        Assert.Equal(["cmd:hello=1.2-r3", "greeter"], package.Provides.Select(d => d.ToString()));
        Assert.Equal(["docs", "hello=1.2-r3"], package.InstallIf.Select(d => d.ToString()));
        Assert.Null(package.Uninstallable);
        Assert.Same(Repository, package.Repository);
        Assert.Equal("v3.20/main/x86_64/hello-1.2-r3.apk", package.Path);
    }

    [Fact]
    public void Reads_records_in_order_with_or_without_empty_lines_around_them()
    {
        Assert.Empty(Parse(""));
        Assert.Empty(Parse("\n\n"));
        string other = Hello.Replace("hello", "other", StringComparison.Ordinal);
        Assert.Equal(["hello", "other"], Parse("\n" + Hello + "\n\n\n" + other).Select(p => p.Name));
        Assert.Equal(["hello"], Parse(Hello.TrimEnd('\n')).Select(p => p.Name));
    }

    [Fact]
    public void A_field_is_not_kept_for_the_next_record() =>
        Assert.Equal(
            (0, 0, null, 0),
            Parse(Hello + "D:a\nX:1\no:x\nt:5\nk:5\n\n" + Hello)
                .Select(p => (p.Depends.Count, p.ProviderPriority, p.Uninstallable, (int)p.BuildTime)).Last());

    [Fact]
    public void Packages_for_all_architectures_are_in_the_directory_of_the_index()
    {
        ApkPackage package = Assert.Single(Parse(Hello.Replace("x86_64", "noarch", StringComparison.Ordinal)));
        Assert.Equal("noarch", package.Architecture);
        Assert.Equal("v3.20/main/x86_64/hello-1.2-r3.apk", package.Path);
        Assert.Null(package.Uninstallable);
    }

    [Theory]
    [InlineData("X:new\n", "the index has a field 'X' for it, which only a newer apk understands")]
    [InlineData("D:a>>\n", "its dependencies are malformed: ")]
    [InlineData("D:!\n", "its dependencies are malformed: ")]
    [InlineData("A:aarch64\n", "it is for aarch64")]
    [InlineData("C:Q2AAAA\n", "its checksum 'Q2AAAA' is not of the kind that packages of apk v2 have (Q1)")]
    [InlineData("C:\n", "its checksum '' is not")]
    public void What_only_this_tool_does_not_understand_makes_a_package_uninstallable(string line, string expected)
    {
        IReadOnlyList<ApkPackage> packages = Parse(Hello + line + "\n" + Hello);
        Assert.StartsWith(expected, packages[0].Uninstallable, StringComparison.Ordinal);
        Assert.Null(packages[1].Uninstallable);
    }

    [Fact]
    public void A_malformed_condition_never_holds() =>
        Assert.Empty(Assert.Single(Parse(Hello + "i:docs hello=\n")).InstallIf);

    [Theory]
    [InlineData("P:../../etc/x")]
    [InlineData("P:a/b")]
    [InlineData("P:.hidden")]
    [InlineData("P:-x")]
    [InlineData("P:")]
    [InlineData("P:a b")]
    [InlineData("P:a%2fb")]
    [InlineData("P:a\u0000b")]
    public void A_name_that_is_no_file_name_is_refused(string line) =>
        Assert.EndsWith("cannot be the name of a package", Refused(Hello + line + "\n"), StringComparison.Ordinal);

    [Theory]
    [InlineData("V:1/../../x")]
    [InlineData("V:../1")]
    [InlineData("V:")]
    [InlineData("V:1 2")]
    [InlineData("V:1\\2")]
    public void A_version_that_is_none_is_refused(string line) =>
        Assert.StartsWith("line 6: ", Refused(Hello + line + "\n"), StringComparison.Ordinal);

    [Theory]
    [InlineData("C:", "line 1: the package hello has no checksum (C)")]
    [InlineData("P:", "line 1: a package has no name (P)")]
    [InlineData("V:", "line 1: the package hello has no version (V)")]
    [InlineData("S:", "line 1: the package hello has no size (S)")]
    public void A_package_without_a_field_is_refused(string letter, string expected) => Assert.Equal(
        expected,
        Refused(string.Concat(Hello.Split('\n').Where(l => l.Length > 0 && !l.StartsWith(letter, StringComparison.Ordinal))
            .Select(l => l + "\n"))));

    [Theory]
    [InlineData("S:-1")]
    [InlineData("S:")]
    [InlineData("S:1e9")]
    [InlineData("S:99999999999999999999")]
    [InlineData("S:68719476737")]
    [InlineData("t:yesterday")]
    [InlineData("k:2147483648")]
    public void A_number_that_is_none_is_refused(string line) => Assert.StartsWith(
        $"line 6: {line[0]}: '{line[2..]}' is no number from 0 to ", Refused(Hello + line + "\n"), StringComparison.Ordinal);

    [Theory]
    [InlineData("hello")]
    [InlineData("P")]
    [InlineData(":x")]
    [InlineData("1:x")]
    [InlineData("<html>")]
    public void A_line_that_is_no_field_is_refused(string line) =>
        Assert.Equal("line 6 is not a letter, a colon and a value", Refused(Hello + line + "\n"));

    [Fact]
    public void Lines_may_be_long_but_not_without_bound()
    {
        string provides = string.Join(' ', Enumerable.Range(0, 40_000).Select(i => $"cmd:x{i}"));
        Assert.Equal(40_000, Assert.Single(Parse($"{Hello}p:{provides}\n")).Provides.Count);
        Assert.Equal(
            "line 6 is longer than 1048576 bytes", Refused($"{Hello}T:{new string('x', 3 << 20)}\n"));
        Assert.Equal("line 6 is longer than 1048576 bytes", Refused($"{Hello}T:{new string('x', 3 << 20)}"));
    }

    [Fact]
    public void An_architecture_cannot_leave_the_directory()
    {
        ApkPackage package = Assert.Single(Parse(Hello + "A:../../x\n"));
        Assert.Equal("v3.20/main/x86_64/hello-1.2-r3.apk", package.Path);
        Assert.NotNull(package.Uninstallable);
    }

    [Fact]
    public void Twenty_thousand_packages_come_over_every_edge_of_the_buffers()
    {
        StringBuilder records = new();
        for (int i = 0; i < 20_000; i++)
        {
            records.Append(Hello.Replace("hello", $"package-{i}", StringComparison.Ordinal))
                .Append("T:a description of some length, as they have\nU:https://example.org/package\nL:MIT\n")
                .Append(CultureInfo.InvariantCulture, $"o:package\nm:Nobody <nobody@example.org>\nt:1700000000\nD:so:libc.musl-x86_64.so.1 so:lib{i}.so.1\n")
                .Append(CultureInfo.InvariantCulture, $"p:cmd:a{i}=1.2-r3 cmd:b{i}=1.2-r3 so:lib{i}.so.1=1.2.3\n\n");
        }

        byte[] file = new ApkSuite("v3.20/main") { Records = records.ToString() }.Content();
        IReadOnlyList<ApkPackage> packages = Parse(file);
        Assert.Equal(20_000, packages.Count);
        Assert.Equal("package-19999", packages[^1].Name);
        Assert.All(packages, package => Assert.Equal((2, 3), (package.Depends.Count, package.Provides.Count)));
    }
}
