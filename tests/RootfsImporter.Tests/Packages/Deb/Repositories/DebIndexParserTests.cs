using System.Text;
using RootfsImporter.Packages;
using RootfsImporter.Packages.Deb.Repositories;
using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Packages.Deb.Repositories;

public sealed class DebIndexParserTests
{
    private const string Sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Complete = $"""
        Package: libx1
        Architecture: amd64
        Version: 1:2.0-3+b1
        Multi-Arch: same
        Priority: required
        Essential: yes
        Important: yes
        Section: libs
        Source: x (1:2.0-3)
        Installed-Size: 123
        Pre-Depends: a
        Depends: b (>= 1),
         c | d
        Recommends: e
        Conflicts: f
        Breaks: g (<< 2)
        Replaces: h
        Provides: i (= 3), j
        Filename: pool/main/x/x/libx1_2.0-3+b1_amd64.deb
        Size: 4567
        MD5sum: d41d8cd98f00b204e9800998ecf8427e
        SHA256: {Sha256}
        Phased-Update-Percentage: 20
        Description: x
         y

        """;

    private static readonly Repository Updates = new()
    {
        Pocket = new Pocket { Name = "updates", Suite = "noble-updates" },
        Components = ["main"],
        Mirrors = [],
        CanonicalMirror = new Uri("http://canonical.example/"),
        Keys = [],
    };

    private static IReadOnlyList<DebPackage> Parse(string text)
    {
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(text));
        return DebIndexParser.Parse(stream, Updates, "main");
    }

    private static string Refusal(string text) => Assert.Throws<InvalidDataException>(() => Parse(text)).Message;

    [Fact]
    public void Reads_every_field_that_a_build_uses()
    {
        DebPackage package = Assert.Single(Parse(Complete));

        Assert.Equal("libx1", package.Name);
        Assert.Equal("amd64", package.Architecture);
        Assert.Equal("1:2.0-3+b1", package.Version.Text);
        Assert.Equal(MultiArch.Same, package.MultiArch);
        Assert.Equal("required", package.Priority);
        Assert.True(package.IsEssential);
        Assert.True(package.IsProtected);
        Assert.Equal("libs", package.Section);
        Assert.Equal("x", package.SourceName);
        Assert.Equal("1:2.0-3", package.SourceVersion);
        Assert.Equal(123, package.InstalledKibibytes);
        Assert.Equal("a", Assert.Single(package.PreDepends).ToString());
        Assert.Equal(["b (>= 1)", "c | d"], package.Depends.Select(g => g.ToString()));
        Assert.Equal("e", Assert.Single(package.Recommends).ToString());
        Assert.Equal("f", Assert.Single(package.Conflicts).ToString());
        Assert.Equal("g (<< 2)", Assert.Single(package.Breaks).ToString());
        Assert.Equal("h", Assert.Single(package.Replaces).ToString());
        Assert.Equal(["i (= 3)", "j"], package.Provides.Select(g => g.ToString()));
        Assert.Equal("pool/main/x/x/libx1_2.0-3+b1_amd64.deb", package.Filename);
        Assert.Equal(4567, package.Size);
        Assert.Equal(Digest.Parse(Sha256), package.Digest);
        Assert.Equal(20, package.PhasedUpdatePercentage);
        Assert.Same(Updates, package.Repository);
        Assert.Equal("main", package.Component);
    }

    [Fact]
    public void Absent_fields_have_their_defaults()
    {
        DebPackage package = Assert.Single(Parse(
            $"Package: a\nArchitecture: all\nVersion: 1\nFilename: ./a.deb\nSize: 1\nSHA256: {Sha256}\n"));

        Assert.False(package.IsEssential || package.IsProtected || package.HasProvides);
        Assert.Equal(100, package.PhasedUpdatePercentage);
        Assert.Equal("a", package.SourceName);
        Assert.Equal("1", package.SourceVersion);
        Assert.Equal("", package.Priority);
        Assert.Empty(package.Depends);
        Assert.Null(package.InstalledKibibytes);
    }

    [Theory]
    [InlineData("Filename: pool/main/x/x/libx1_2.0-3+b1_amd64.deb\n", "", "package libx1 has no Filename")]
    [InlineData("Size: 4567\n", "", "package libx1: Size '' is no number")]
    [InlineData("Size: 4567", "Size: -1", "Size '-1' is no number")]
    [InlineData("Size: 4567", "Size: 0", "Size '0' is no number")]
    [InlineData("Size: 4567", "Size: 99999999999999999999", "is no number")]
    [InlineData("SHA256: " + Sha256 + "\n", "", "package libx1 has no SHA256, only hashes that are too weak")]
    [InlineData("SHA256: e3b", "SHA256: e3", "is not 64 hexadecimal digits")]
    [InlineData("SHA256: e3b", "SHA256: g3b", "is not 64 hexadecimal digits")]
    [InlineData("Version: 1:2.0-3+b1", "Version: 1/2", "package libx1: version '1/2'")]
    [InlineData("Version: 1:2.0-3+b1\n", "", "package libx1: version ''")]
    [InlineData("Package: libx1", "Package: ../x", "Package '../x' is missing or has characters of no name")]
    [InlineData("Package: libx1\n", "", "Package '' is missing")]
    [InlineData("Architecture: amd64", "Architecture: a/b", "Architecture 'a/b'")]
    [InlineData("Percentage: 20", "Percentage: 101", "Phased-Update-Percentage '101' is no number from 0 to 100")]
    [InlineData("Section: libs", "SIZE: 1", "field 'Size' is given twice")]
    public void Refuses_a_stanza_that_cannot_be_trusted(string found, string replacement, string message)
    {
        string text = Complete.Replace(found, replacement, StringComparison.Ordinal);
        Assert.NotEqual(Complete, text);
        Assert.Contains(message, Refusal(text), StringComparison.Ordinal);
    }

    private const string Good =
        $"Package: good\nArchitecture: all\nVersion: 1\nFilename: g.deb\nSize: 1\nSHA256: {Sha256}\n\n";

    [Fact]
    public void A_refusal_names_the_offset_of_the_stanza() => Assert.Contains(
        $"in the stanza at byte {Good.Length}: package bad has no Filename",
        Refusal(Good + "Package: bad\nArchitecture: all\nVersion: 1\n"),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("pool/main/a/a_1_all.deb", true)]
    [InlineData("./a_1_all.deb", true)]
    [InlineData("pool/a_1%3a2_all.deb", true)]
    [InlineData("pool/a..b/c.deb", true)]
    [InlineData("pool/a_1:2_all.deb", true)]
    [InlineData("/etc/passwd", false)]
    [InlineData("../a.deb", false)]
    [InlineData("pool/../../a.deb", false)]
    [InlineData("pool/..", false)]
    [InlineData("pool/%2e%2E/a.deb", false)]
    [InlineData("pool%2fa.deb", false)]
    [InlineData("pool/a%5c.deb", false)]
    [InlineData("pool/a%0a.deb", false)]
    [InlineData("pool/a%zz.deb", false)]
    [InlineData("pool/a%2", false)]
    [InlineData("http://evil/a.deb", false)]
    [InlineData("file:a.deb", false)]
    [InlineData("//evil/a.deb", false)]
    [InlineData("pool\\a.deb", false)]
    [InlineData("pool/a.deb?x", false)]
    [InlineData("pool/a.deb#x", false)]
    [InlineData("pool/a b.deb", false)]
    [InlineData("pool/", false)]
    [InlineData("pool/\u00e4.deb", false)]
    public void A_file_name_stays_below_the_archive_root(string path, bool isSafe) =>
        Assert.Equal(isSafe, DebFilename.IsSafe(Encoding.UTF8.GetBytes(path)));

    [Fact]
    public void An_index_that_is_cut_off_before_the_digest_is_whole_is_refused()
    {
        int whole = Complete.IndexOf(Sha256, StringComparison.Ordinal) + Sha256.Length;
        for (int length = 1; length < whole; length++)
        {
            Assert.Contains("at byte ", Refusal(Complete[..length]), StringComparison.Ordinal);
        }

        Assert.Single(Parse(Complete[..whole]));
    }
}
