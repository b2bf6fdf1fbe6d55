using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>Packages of apk repositories that are not what the index says, are hostile, or fail to install.</summary>
public sealed class BadApkPackageTests(ApkSystem system)
{
    private const int NotFetched = 4;
    private const int NotVerified = 5;
    private const int Malformed = 6;
    private const int CommandFailed = 7;
    private static readonly string[] Include = ["--include", "bad"];

    private static ApkBuilder Bad => TinyAlpine.Package("bad");

    private static string BadPath => ApkSite.PathOf(Bad.FileName);

    [Fact]
    public Task Missing() => RefusedAsync(
        NotFetched, Bad, site => site.Serve = server => server.Remove(BadPath), "no mirror has " + BadPath, "404");

    [Fact]
    public Task Shorter_than_promised() => RefusedAsync(
        NotVerified, Bad, site => site.Spoil = all => all.CutByte(BadPath), BadPath, "has the wrong content", "bytes");

    /// <summary>A wholly good package, signed by the pinned key, but not the one that the index names.</summary>
    [Fact]
    public Task Another_one_of_the_same_size() => RefusedAsync(
        NotVerified, Bad.File("usr/share/data", "good"),
        site => site.Spoil = all => all.Spoil(
            BadPath, _ => Bad.File("usr/share/data", "evil").Sign(system.Key).Build()),
        BadPath, "has the wrong content");

    [Fact]
    public Task Altered_control_part()
    {
        ApkBuilder package = Bad.Sign(system.Key);
        int offset = package.BuildParts().Signature.Length + package.BuildParts().Control.Length - 12;
        return RefusedAsync(
            NotVerified, package,
            site => site.Spoil = all => all.Spoil(
                BadPath, content => [.. content[..offset], (byte)(content[offset] ^ 1), .. content[(offset + 1)..]]),
            BadPath, "has the wrong content");
    }

    /// <summary>The index's own checksum covers the control part alone; the rest hangs on it by another.</summary>
    [Fact]
    public Task Altered_data_part_behind_a_good_control_part() => RefusedAsync(
        NotVerified, Bad.File("usr/share/data", new string('x', 5000)),
        site => site.Spoil = all => all.FlipByte(BadPath),
        BadPath, "has the wrong content", "found the data part sha256:", "but the control part promises");

    [Fact]
    public Task Data_part_that_the_repository_itself_mixed_up() => RefusedAsync(
        NotVerified, Bad.File("usr/share/data", "x").SpoilData(_ => Bad.File("usr/share/data", "y").BuildParts().Data),
        _ => { }, BadPath, "found the data part sha256:", "but the control part promises");

    [Fact]
    public Task Without_a_checksum_of_its_data() => RefusedAsync(
        NotVerified, Bad.WithoutDataHash(), _ => { }, BadPath, "datahash");

    [Fact]
    public Task Of_format_v3() => RefusedAsync(
        NotVerified, Bad, site => site.Spoil = all => all.Spoil(BadPath, content => [.. "ADBd"u8, .. content[4..]]),
        BadPath, "apk v3's format (ADB)");

    [Fact]
    public Task Control_part_that_is_too_large() => RefusedAsync(
        NotVerified,
        Bad.ControlEntry(new TarBytesEntry(".post-deinstall", '0') { Content = new byte[17 << 20] }), _ => { },
        BadPath, "16777216");

    [Fact]
    public Task Member_that_claims_more_than_there_is() => RefusedAsync(
        Malformed, Bad.RawEntry(new TarBytesEntry("usr/share/data", '0') { SizeField = "77777777777\0" }), _ => { },
        "bad 1.0-r0", "usr/share/data");

    [Fact]
    public Task Member_that_leaves_by_dots() => RefusedAsync(
        Malformed, Bad.RawEntry(new TarBytesEntry("usr/../../../escaped", '0')), _ => { },
        "bad 1.0-r0", "usr/../../../escaped", "would leave the root");

    [Fact]
    public Task Hard_link_that_leaves() => RefusedAsync(
        Malformed, Bad.RawEntry(new TarBytesEntry("passwd", '1') { LinkName = "../../etc/passwd" }), _ => { },
        "bad 1.0-r0", "../../etc/passwd", "would leave the root");

    [Theory]
    [InlineData("")]
    [InlineData("../../../../../../../..")]
    public async Task Member_that_leaves_through_a_link(string prefix)
    {
        using TempDirectory outside = new();
        await RefusedAsync(
            Malformed,
            Bad.Symlink("out", prefix + outside.FullPath).RawEntry(new TarBytesEntry("out/escaped", '0')), _ => { },
            "bad 1.0-r0", "out/escaped");
        Assert.Empty(Directory.GetFileSystemEntries(outside.FullPath));
    }

    /// <summary>The link comes from a package that is put in place before.</summary>
    [Fact]
    public async Task Member_that_leaves_through_another_packages_link()
    {
        using TempDirectory outside = new();
        await system.RefusesAsync(
            Malformed,
            site => site.More = _ =>
            [
                TinyAlpine.Package("first").Symlink("out", outside.FullPath),
                Bad.Depends("first").RawEntry(new TarBytesEntry("out/escaped", '0')),
            ],
            ["bad 1.0-r0", "out"], Include);
        Assert.Empty(Directory.GetFileSystemEntries(outside.FullPath));
    }

    [Fact]
    public Task Device_node() => RefusedAsync(
        Malformed, Bad.RawEntry(new TarBytesEntry("usr/share/disk", '4') { DeviceMajor = 8 }), _ => { },
        "bad 1.0-r0", "usr/share/disk", "device");

    [Theory]
    [InlineData("pre-install")]
    [InlineData("post-install")]
    [InlineData("trigger")]
    public Task Script_that_fails(string kind) => RefusedAsync(
        CommandFailed,
        Bad.Depends("/bin/sh").Triggers("/bin").Script(kind, "echo the first clue\necho the last clue >&2\nexit 3"), _ => { },
        $"installing bad 1.0-r0: its {kind} script failed with exit code 3", "the first clue", "the last clue");

    [Fact]
    public Task Script_that_kills_all_it_can() => RefusedAsync(
        CommandFailed, Bad.Depends("/bin/sh").Script("post-install", "kill -KILL -1"), _ => { }, "bad 1.0-r0");

    private Task RefusedAsync(int exitCode, ApkBuilder package, Action<ApkSite> change, params string[] expected) =>
        system.RefusesAsync(
            exitCode,
            site =>
            {
                site.More = _ => [package];
                change(site);
            },
            expected, Include);
}
