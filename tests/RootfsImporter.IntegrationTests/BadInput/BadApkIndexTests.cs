using System.IO.Compression;
using System.Text;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>Indexes of apk repositories that nobody vouches for, or that lie although somebody does.</summary>
public sealed class BadApkIndexTests(ApkSystem system)
{
    private const int NotResolved = 3;
    private const int NotVerified = 5;
    private const int Malformed = 6;

    private static string Index => ApkSite.IndexOf();

    [Fact]
    public Task Not_signed() => system.RefusesAsync(
        NotVerified, site => site.Publish = suite => suite with { SignatureKind = null }, [Index, "has no RSA signature"]);

    [Fact]
    public async Task Unknown_key()
    {
        using ApkKey stranger = new("stranger@example.org-2.rsa.pub");
        await system.RefusesAsync(NotVerified, site => site.Signer = stranger, [Index, stranger.Name, "not pinned"]);
    }

    /// <summary>The signature names the pinned key's file, but another key made it.</summary>
    [Fact]
    public async Task Wrong_key_of_the_right_name()
    {
        using ApkKey impostor = new(system.Key.Name);
        await system.RefusesAsync(
            NotVerified, site => site.Signer = impostor, [Index, "is wrong", "does not match the signature"]);
    }

    [Fact]
    public Task Altered() => system.RefusesAsync(
        NotVerified, site => site.Spoil = all => all.FlipByte(Index), [Index, "is wrong", "does not match the signature"]);

    [Fact]
    public Task Login_page() => system.RefusesAsync(
        NotVerified, site => site.Spoil = all => all.Spoil(Index, _ => "<html>Please log in</html>"u8.ToArray()),
        [Index, "is not an index of apk v2"]);

    [Fact]
    public Task Of_format_v3() => system.RefusesAsync(
        NotVerified, site => site.Spoil = all => all.Spoil(Index, content => [.. "ADBd"u8, .. content[4..]]),
        [Index, "is not an index of apk v2", "v3"]);

    [Theory]
    [InlineData("../../escaped")]
    [InlineData("..")]
    [InlineData("/etc/escaped")]
    public Task Package_whose_name_leaves_the_root(string name) => system.RefusesAsync(
        Malformed,
        site => site.Publish = suite => suite with { Records = Record(name, "1.0-r0", "1") },
        ["reading the package index of v1/main", $"'{name}'"]);

    [Fact]
    public Task Package_whose_version_leaves_the_root() => system.RefusesAsync(
        Malformed,
        site => site.Publish = suite => suite with { Records = Record("bad", "1/../../../escaped", "1") },
        ["reading the package index of v1/main", "'1/../../../escaped'"]);

    [Fact]
    public Task Package_that_is_too_large() => system.RefusesAsync(
        Malformed,
        site => site.Publish = suite => suite with { Records = Record("bad", "1.0-r0", "99999999999999") },
        ["reading the package index of v1/main", "99999999999999"]);

    [Fact]
    public Task Line_that_is_too_long() => system.RefusesAsync(
        Malformed,
        site => site.Publish = suite => suite with { Records = $"T:{new string('x', 2 << 20)}\n\n" },
        ["reading the package index of v1/main", "line"]);

    /// <summary>A megabyte to download, more than a gigabyte to read.</summary>
    [Fact]
    public Task Bomb()
    {
        byte[] content = CompressedBomb();
        return system.RefusesAsync(
            Malformed,
            site => site.Spoil = all => all.Spoil(Index, _ => [.. system.Key.SignatureMember(content), .. content]),
            ["reading the package index of v1/main", "1073741824"]);
    }

    [Fact]
    public Task Package_that_does_not_exist() => system.RefusesAsync(
        NotResolved, _ => { }, ["bussybox"], "--include", "bussybox");

    [Fact]
    public Task Dependency_that_nobody_provides() => system.RefusesAsync(
        NotResolved, site => site.More = _ => [TinyAlpine.Package("bad").Depends("unicorn>2")], ["bad", "unicorn>2"],
        "--include", "bad");

    [Fact]
    public Task Packages_that_exclude_each_other() => system.RefusesAsync(
        NotResolved, site => site.More = _ => [TinyAlpine.Package("bad").Depends("!busybox")], ["bad", "busybox"],
        "--include", "bad");

    private static string Record(string name, string version, string size) =>
        $"C:Q1{Convert.ToBase64String(new byte[20])}\nP:{name}\nV:{version}\nA:{Architecture.Host.Apk}\nS:{size}\n\n";

    private static byte[] CompressedBomb()
    {
        const int LineBytes = 1 << 19;
        const int Lines = (1 << 30) / LineBytes + 16;
        using MemoryStream content = new();
        using (GZipStream gzip = new(content, CompressionLevel.Fastest, leaveOpen: true))
        {
            string size = Convert.ToString((long)Lines * LineBytes, 8).PadLeft(11, '0') + "\0";
            gzip.Write(new TarBytes().Add(new TarBytesEntry("APKINDEX", '0') { SizeField = size }).ToArray(withEnd: false));
            byte[] line = Encoding.ASCII.GetBytes("x:".PadRight(LineBytes - 1, 'x') + "\n");
            for (int count = 0; count < Lines; count++)
            {
                gzip.Write(line);
            }
        }

        return content.ToArray();
    }
}
