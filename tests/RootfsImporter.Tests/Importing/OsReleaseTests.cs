using RootfsImporter.Importing;
using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Importing;

public sealed class OsReleaseTests
{
    [Fact]
    public void Values_are_read_as_a_shell_would()
    {
        OsRelease release = OsRelease.Parse(
            "# comment\n\nID=ubuntu\r\nVERSION_ID=\"24.04\"\nPRETTY_NAME='A \"b\" $c'\nNAME=\"a\\\"b\\$c\\\\\"\nX=\"\u001b[31m\"\n=y\nnonsense\n"
                + "ID_LIKE=\nunclosed=\"a b");

        Assert.Equal("ubuntu", release.Id);
        Assert.Equal("24.04", release.VersionId);
        Assert.Equal("A \"b\" $c", release.Title);
        Assert.Equal("a\"b$c\\", release.Find("NAME"));
        Assert.Equal("[31m", release.Find("X"));
        Assert.Null(release.Find("ID_LIKE"));
        Assert.Equal("a b", release.Find("unclosed"));
    }

    [Theory]
    [InlineData(true, "ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm")]
    [InlineData(true, "ID=debian\nVERSION_ID=12.9")]
    [InlineData(true, "ID=debian")]
    [InlineData(true, "NAME=x")]
    [InlineData(true, "ID=acme\nID_LIKE='x debian'\nVERSION_ID=3\nVERSION_CODENAME=bookworm")]
    [InlineData(false, "ID=debian\nVERSION_ID=13")]
    [InlineData(false, "ID=debian\nVERSION_ID=120")]
    [InlineData(false, "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=24.04\nVERSION_CODENAME=noble")]
    [InlineData(false, "ID=alpine\nVERSION_ID=3.20.3")]
    public void Another_release_does_not_fit(bool fits, string text) =>
        Assert.Equal(fits, OsRelease.Parse(text).Fits("debian", "12", "bookworm"));

    [Fact]
    public void A_version_without_digits_is_not_compared() =>
        Assert.True(OsRelease.Parse("ID=alpine\nVERSION_ID=3.23_alpha20250612").Fits("alpine", "edge", "edge"));

    [Fact]
    public void Nothing_said_is_linux()
    {
        OsRelease release = OsRelease.Parse("");

        Assert.Equal(("linux", null, "linux"), (release.Id, release.VersionId, release.Title));
    }

    [Theory]
    [InlineData("ubuntu", "24.04", "ubuntu-24.04")]
    [InlineData("debian", "12", "debian-12")]
    [InlineData("debian", "1", null)]
    [InlineData("debian", "", null)]
    [InlineData("alpine", "3.20.3", "alpine-3.20")]
    [InlineData("alpine", "3.20", "alpine-3.20")]
    [InlineData("alpine", "3.2", null)]
    [InlineData("alpine", "3.23_alpha20250612", "alpine-edge")]
    [InlineData("alpine", "3.200.1", null)]
    [InlineData("linuxmint", "22", null)]
    public void Releases_find_their_profile(string id, string version, string? expected) => Assert.Equal(
        expected,
        ProfileMatch.Find(
            ProfileLoader.List([Path.Combine(Checkout.Root, "distros")]), OsRelease.Parse($"ID={id}\nVERSION_ID={version}\n"))?.Name);

    [Fact]
    public void A_profile_that_extends_the_releases_own_does_not_take_its_place()
    {
        Profile own = ProfileLoader.Load("debian-12", null, [Path.Combine(Checkout.Root, "distros")]);
        OsRelease release = OsRelease.Parse("ID=debian\nVERSION_ID=12");

        Assert.Equal("debian-12", ProfileMatch.Find([own with { Name = "company" }, own], release)?.Name);
        Assert.Equal("company", ProfileMatch.Find([own with { Name = "company" }], release)?.Name);
        Assert.Null(ProfileMatch.Find([own with { Name = "a" }, own with { Name = "b" }], release));
    }
}
