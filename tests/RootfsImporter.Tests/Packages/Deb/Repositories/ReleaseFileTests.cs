using System.Text;
using RootfsImporter.Packages.Deb.Repositories;

namespace RootfsImporter.Tests.Packages.Deb.Repositories;

public sealed class ReleaseFileTests
{
    private const string Hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Example = $"""
        Origin: Example
        Label: Example-Security
        Suite: stable-security
        Codename: new-security
        Date: Thu, 25 Apr 2024 15:10:33 UTC
        Valid-Until: Thu,  2 May 2024 15:10:33 UTC
        Acquire-By-Hash: yes
        No-Support-for-Architecture-all: Packages
        Architectures: all amd64 arm64
        Components: updates/main updates/contrib
        MD5Sum:
         d41d8cd98f00b204e9800998ecf8427e 0 main/binary-amd64/Packages
        SHA256:
         {Hash}        0 main/binary-amd64/Packages
         {Hash} 12345678 main/binary-amd64/Packages.xz
        """;

    private static ReleaseFile Parse(string text) => ReleaseFile.Parse(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void Reads_all_fields()
    {
        ReleaseFile release = Parse(Example);
        Assert.Equal(
            ("Example", "Example-Security", "stable-security", "new-security"),
            (release.Origin, release.Label, release.Suite, release.Codename));
        Assert.Equal(new DateTimeOffset(2024, 4, 25, 15, 10, 33, TimeSpan.Zero), release.Date);
        Assert.Equal(new DateTimeOffset(2024, 5, 2, 15, 10, 33, TimeSpan.Zero), release.ValidUntil);
        Assert.Equal(["all", "amd64", "arm64"], release.Architectures);
        Assert.Equal(["main", "contrib"], release.Components);
        Assert.True(release.IsAcquiredByHash);
        Assert.Equal(2, release.Files.Count);
        Assert.Equal(
            new ReleaseEntry(Digest.Parse(Hash), 12345678), release.Files["main/binary-amd64/Packages.xz"]);
    }

    [Theory]
    [InlineData("No-Support-for-Architecture-all: Packages\n", "", false)]
    [InlineData("Architectures: all amd64", "Architectures: amd64", true)]
    [InlineData("Origin", "Origin", true)]
    public void Knows_where_packages_of_all_architectures_are_listed(string old, string replacement, bool expected) =>
        Assert.Equal(
            expected, Parse(Example.Replace(old, replacement, StringComparison.Ordinal)).HasAllInEachIndex);

    [Theory]
    [InlineData("Thu, 25 Apr 2024 15:10:33 UTC")]
    [InlineData("Thu, 25 Apr 2024 15:10:33 GMT")]
    [InlineData("Thu, 25 Apr 2024 17:10:33 +0200")]
    [InlineData("25 Apr 2024 15:10:33 UTC")]
    public void Reads_the_dates_that_archives_write(string date) => Assert.Equal(
        new DateTimeOffset(2024, 4, 25, 15, 10, 33, TimeSpan.Zero),
        Parse(Example.Replace("Thu, 25 Apr 2024 15:10:33 UTC", date, StringComparison.Ordinal)).Date);

    [Theory]
    [InlineData("Date: Thu, 25", "Date: 2024-", "its Date is '2024- Apr 2024 15:10:33 UTC', which is no date")]
    [InlineData("\nDate: ", "\nDay: ", "it has no Date")]
    [InlineData("\nArchitectures: ", "\nArches: ", "it has no Architectures")]
    [InlineData("\nComponents: ", "\nParts: ", "it has no Components")]
    [InlineData("SHA256:", "SHA1:", "it has no SHA256 list, and weaker hashes are not believed")]
    [InlineData(" 12345678 ", " -1 ", $"its SHA256 list has the line '{Hash} -1 main/binary-amd64/Packages.xz'")]
    [InlineData(" 12345678 ", " ", $"its SHA256 list has the line '{Hash} main/binary-amd64/Packages.xz'")]
    [InlineData("12345678 main/binary-amd64/Packages.xz", "1 main/binary-amd64/Packages",
        $"its SHA256 list has the line '{Hash} 1 main/binary-amd64/Packages'")]
    [InlineData("MD5Sum:", "\nOrigin: Evil\nMD5Sum:", "a second paragraph")]
    public void Refuses_what_it_cannot_rely_on(string old, string replacement, string message) => Assert.Contains(
        message,
        Assert.Throws<InvalidDataException>(
            () => Parse(Example.Replace(old, replacement, StringComparison.Ordinal))).Message,
        StringComparison.Ordinal);
}
