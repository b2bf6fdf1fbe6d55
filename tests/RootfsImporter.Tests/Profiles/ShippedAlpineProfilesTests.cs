using System.Security.Cryptography;
using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Profiles;

/// <summary>The Alpine profiles that come with the tool.</summary>
public sealed class ShippedAlpineProfilesTests
{
    private static readonly string Distros = ShippedProfilesTests.Distros;

    public static TheoryData<string, string, string?> Releases => new()
    {
        { "alpine-3.20", "v3.20", "2026-04-01" },
        { "alpine-3.21", "v3.21", "2026-11-01" },
        { "alpine-3.22", "v3.22", "2027-05-01" },
        { "alpine-3.23", "v3.23", "2027-11-01" },
        { "alpine-3.24", "v3.24", "2028-06-01" },
        { "alpine-edge", "edge", null },
    };

    [Fact]
    public void All_are_listed() => Assert.Equal(
        Releases.Select(row => row.Data.Item1),
        ProfileLoader.List([Distros]).Where(profile => profile.Family == "apk").Select(profile => profile.Name));

    [Theory]
    [MemberData(nameof(Releases))]
    public void Each_says_what_its_release_is(string name, string suite, string? endOfLife)
    {
        Profile profile = ProfileLoader.Load(name, null, [Distros]);

        Assert.Equal($"{profile.Distribution}-{profile.Version}", name);
        Assert.Equal(("apk", suite), (profile.Family, profile.Suite));
        Assert.Equal(endOfLife is null ? null : DateOnly.ParseExact(endOfLife, "yyyy-MM-dd"), profile.EndOfLife);
        Assert.Equal([$"{suite}/main", $"{suite}/community"], profile.Pockets.Select(pocket => pocket.Suite));
        Assert.Equal(["https://dl-cdn.alpinelinux.org/alpine/"], profile.Archives["main"].Mirrors.Select(m => m.AbsoluteUri));
        Assert.Equal(["/bin/sh"], profile.Image.Cmd);
        Assert.Equal(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], profile.Image.Env);
        Assert.Equal(PackageScripts.Run, profile.Packages.Scripts);
        Assert.Equal(["minirootfs"], profile.Variants);
        Assert.Equal(PackageScripts.None, ProfileLoader.Load($"{name}-minirootfs", null, [Distros]).Packages.Scripts);
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void The_base_is_that_of_the_minirootfs(string name, string suite, string? endOfLife)
    {
        _ = (suite, endOfLife);
        string[] world = ["alpine-baselayout", "alpine-keys", "apk-tools", "busybox", "libc-utils"];
        PackageSelection packages = ProfileLoader.Load(name, null, [Distros]).Packages;

        bool isExtracted = name == "alpine-3.20";
        Assert.Equal(
            isExtracted ? world : world.Append("alpine-release").Order(StringComparer.Ordinal), packages.Include);
        Assert.Equal(isExtracted ? ["alpine-release"] : [], packages.Extract);
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Each_architecture_has_one_key_of_its_own(string name, string suite, string? endOfLife)
    {
        _ = (suite, endOfLife);
        Profile profile = ProfileLoader.Load(name, null, [Distros]);

        Assert.Equal(name != "alpine-3.20", profile.Architectures.Contains(Architecture.Parse("loong64")));
        Assert.All(profile.Architectures, architecture =>
        {
            Assert.NotNull(architecture.Apk);
            Assert.Single(profile.Keys, key => key.Architectures!.Contains(architecture));
        });
    }

    [Fact]
    public void Each_key_file_holds_the_key_that_is_pinned()
    {
        PinnedKey[] keys = [.. ProfileLoader.Load("alpine-edge", null, [Distros]).Keys];

        Assert.Equal(
            Directory.GetFiles(Path.Combine(Distros, "keys"), "*.rsa.pub").Order(StringComparer.Ordinal),
            keys.Select(key => key.Path).Order(StringComparer.Ordinal));
        Assert.All(keys, key =>
        {
            using RSA rsa = RSA.Create();
            rsa.ImportFromPem(File.ReadAllText(key.Path));
            Assert.Equal(4096, rsa.KeySize);
            byte[] digest = SHA256.HashData(rsa.ExportSubjectPublicKeyInfo());
            Assert.Equal(key.Fingerprint, "SHA256:" + Convert.ToHexStringLower(digest));
            Assert.Contains(key.Fingerprint, File.ReadAllText(Path.Combine(Distros, "keys", "README.md")), StringComparison.Ordinal);
        });
    }
}
