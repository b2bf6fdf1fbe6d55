using System.Security.Cryptography;
using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Profiles;

public sealed class ShippedProfilesTests
{
    internal static readonly string Distros = Path.Combine(SourceTree(), "distros");

    public static TheoryData<string, string, string, string> Releases => new()
    {
        { "ubuntu-16.04", "xenial", "2021-04-30", "790BC7277767219C42C86F933B4FE6ACC0B21F32" },
        { "ubuntu-18.04", "bionic", "2023-05-31", "790BC7277767219C42C86F933B4FE6ACC0B21F32" },
        { "ubuntu-20.04", "focal", "2025-05-29", "F6ECB3762474EDA9D21B7022871920D1991BC93C" },
        { "ubuntu-22.04", "jammy", "2027-06-01", "F6ECB3762474EDA9D21B7022871920D1991BC93C" },
        { "ubuntu-24.04", "noble", "2029-05-31", "F6ECB3762474EDA9D21B7022871920D1991BC93C" },
        { "ubuntu-26.04", "resolute", "2031-05-29", "F6ECB3762474EDA9D21B7022871920D1991BC93C" },
        {
            "debian-12", "bookworm", "2026-07-11",
            "B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8 05AB90340C0C5E797F44A8C8254CF3B5AEC0A8F0"
        },
        {
            "debian-13", "trixie", "2028-08-09",
            "04B54C3CDCA79751B16BC6B5225629DF75B188BD 5E04A1E3223A19A20706E20F9904613D4CCE68C6"
        },
    };

    [Fact]
    public void All_are_listed() => Assert.Equal(
        Releases.Select(row => row.Data.Item1).Order(StringComparer.Ordinal),
        ProfileLoader.List([Distros]).Where(profile => profile.Family == "deb").Select(profile => profile.Name));

    [Theory]
    [MemberData(nameof(Releases))]
    public void Each_says_what_its_release_is(string name, string suite, string endOfLife, string fingerprints)
    {
        Profile profile = ProfileLoader.Load(name, null, [Distros]);

        Assert.Equal($"{profile.Distribution}-{profile.Version}", name);
        Assert.Equal(("deb", suite), (profile.Family, profile.Suite));
        Assert.Equal(DateOnly.ParseExact(endOfLife, "yyyy-MM-dd"), profile.EndOfLife);
        Assert.Equal(fingerprints.Split(' '), profile.Keys.Select(key => key.Fingerprint));
        Assert.Equal(["release", "updates", "security"], profile.Pockets.Select(pocket => pocket.Name));
        Assert.Equal([suite, $"{suite}-updates", $"{suite}-security"], profile.Pockets.Select(pocket => pocket.Suite));
        Assert.Equal(["main"], profile.Components);
        Assert.Equal(
            profile.Distribution == "ubuntu" ? [$"{suite}-backports"] : [], profile.Seal.SourceSuites);
        Assert.Contains(profile.Architectures, architecture => architecture.Deb == "amd64");
        Assert.Equal(["slim"], profile.Variants);
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void The_base_is_minbase_with_apt(string name, string suite, string endOfLife, string fingerprints)
    {
        _ = (suite, endOfLife, fingerprints);
        PackageSelection packages = ProfileLoader.Load(name, null, [Distros]).Packages;

        Assert.True(packages.Essential);
        Assert.Equal(["required"], packages.Priorities);
        Assert.Equal(name == "debian-12" ? ["apt", "usr-is-merged"] : ["apt"], packages.Include);
        Assert.False(packages.Recommends);
        Assert.Empty(packages.Exclude);
        Assert.Empty(packages.Pin);
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Slim_adds_path_rules_and_changes_nothing_else(
        string name, string suite, string endOfLife, string fingerprints)
    {
        _ = (suite, endOfLife, fingerprints);
        Profile full = ProfileLoader.Load(name, null, [Distros]);
        Profile slim = ProfileLoader.Load($"{name}-slim", null, [Distros]);

        Assert.Empty(full.Seal.PathExclude);
        Assert.Contains("/usr/share/man/*", slim.Seal.PathExclude);
        Assert.Contains("/usr/share/doc/*/copyright", slim.Seal.PathInclude);
        Profile unslim = slim with
        {
            Variant = null,
            Seal = slim.Seal with { PathExclude = [], PathInclude = [] },
        };
        Assert.Equal(ProfileWriter.Write(full), ProfileWriter.Write(unslim));
    }

    [Fact]
    public void Images_are_configured_as_the_official_ones()
    {
        ImageSettings ubuntu = ProfileLoader.Load("ubuntu-24.04", null, [Distros]).Image;
        ImageSettings debian = ProfileLoader.Load("debian-13", null, [Distros]).Image;

        Assert.Equal(["/bin/bash"], ubuntu.Cmd);
        Assert.Equal("24.04", Assert.Single(ubuntu.Labels, l => l.Key == "org.opencontainers.image.version").Value);
        Assert.Equal(["bash"], debian.Cmd);
        Assert.Empty(debian.Labels);
        Assert.Equal(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], ubuntu.Env);
        Assert.Equal(ubuntu.Env, debian.Env);
    }

    [Fact]
    public void Debian_security_lies_beside_the_main_archive()
    {
        Profile profile = ProfileLoader.Load("debian-12", null, [Distros]);

        Assert.Equal(["main", "main", "security"], profile.Pockets.Select(pocket => pocket.Archive));
        Assert.Equal("debian-security", profile.Archives["security"].Beside);
    }

    [Fact]
    public void No_profile_names_a_mirror() => Assert.All(
        ProfileLoader.List([Distros]).Where(profile => profile.Family == "deb"),
        profile => Assert.All(profile.Archives.Values, archive => Assert.Empty(archive.Mirrors)));

    [Fact]
    public void Each_loads_again_from_what_is_printed()
    {
        using ProfileFolder folder = new();
        foreach (Profile listed in ProfileLoader.List([Distros]))
        {
            foreach (string? variant in listed.Variants.Prepend(null))
            {
                string text = ProfileWriter.Write(ProfileLoader.Load(listed.Name, variant, [Distros]));
                folder.Add("printed", text);
                string again = ProfileWriter.Write(folder.Load("printed"));
                Assert.Equal(text[text.IndexOf('\n')..], again[again.IndexOf('\n')..]);
            }
        }
    }

    [Fact]
    public void Each_OpenPGP_key_file_holds_the_key_that_is_pinned()
    {
        IEnumerable<Profile> profiles = ProfileLoader.List([Distros]).Where(profile => profile.Family == "deb");
        PinnedKey[] keys = [.. profiles.SelectMany(profile => profile.Keys).Distinct()];

        Assert.Equal(
            Directory.GetFiles(Path.Combine(Distros, "keys"), "*.asc").Order(StringComparer.Ordinal),
            keys.Select(key => key.Path).Order(StringComparer.Ordinal));
        Assert.All(keys, key => Assert.Equal(key.Fingerprint, PrimaryFingerprint(File.ReadAllText(key.Path))));
    }

    /// <summary>The root of the source tree, above the directory that the tests are built in.</summary>
    private static string SourceTree()
    {
        DirectoryInfo directory = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "RootfsImporter.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("not built in the source tree");
        }

        return directory.FullName;
    }

    /// <summary>
    /// RFC 4880, 12.2: SHA-1 over 0x99, the two-byte length and the body of the version 4 key packet.
    /// </summary>
    private static string PrimaryFingerprint(string armour)
    {
        string[] lines = armour.Split('\n');
        int begin = Array.IndexOf(lines, "") + 1;
        IEnumerable<string> body = lines[begin..].TakeWhile(line => !line.StartsWith('='));
        byte[] packets = Convert.FromBase64String(string.Concat(body));

        // Old format, tag 6 (public key), two-byte length: 0x99, which is also what the fingerprint begins
        // with.
        Assert.Equal(0x99, packets[0]);
        int length = (packets[1] << 8) | packets[2];
        Assert.Equal(4, packets[3]);
#pragma warning disable CA5350 // The format prescribes SHA-1; nothing is trusted because of it here.
        return Convert.ToHexString(SHA1.HashData(packets.AsSpan(0, 3 + length)));
#pragma warning restore CA5350
    }
}
