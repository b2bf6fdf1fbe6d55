using RootfsImporter.Files;
using RootfsImporter.Packages;
using RootfsImporter.Packages.Apk;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;
using RootfsImporter.Tests.Sealing;

namespace RootfsImporter.Tests.Packages.Apk;

public sealed class ApkSealRulesTests
{
    [Fact]
    public void Caches_and_logs_go_and_the_database_stays()
    {
        SealedRootfs result = new SealFixture()
            .File("var/cache/apk/APKINDEX.1.tar.gz").File("var/cache/misc/x").File("var/log/apk.log").File("var/log/wtmp")
            .File("lib/apk/db/lock", "", 0b110_000_000).File("lib/apk/db/installed").File("etc/passwd-")
            .Packaged("etc/hostname", SealFixture.Epoch - 5).File("etc/resolv.conf")
            .Seal(ApkSealRules.For(NewProfile(), []));
        Assert.Equal(
            """
            etc etc/hostname etc/passwd- lib lib/apk lib/apk/db lib/apk/db/installed lib/apk/db/lock var var/cache
            var/cache/apk var/cache/misc var/log var/log/wtmp
            """.Split([' ', '\n']),
            result.Paths.Skip(1));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(30_000)]
    public void Accounts_have_the_day_of_the_epoch_whatever_the_clock_said(int day)
    {
        string text = $"root:::0:::::\nbin:!::0:::::\nredis:!:{day}:0:99999:7:::\nnew:!:0:0:::::\nroot2:::0:::::\n";
        SealedRootfs result = new SealFixture().File("etc/shadow", text).File("etc/shadow-", text)
            .Seal(ApkSealRules.For(NewProfile(), []));
        string dated = text.Replace($":{day}:", $":{SealFixture.Epoch / 86_400}:", StringComparison.Ordinal);
        Assert.Equal(dated.Replace("root:::", "root:*::", StringComparison.Ordinal), result.Text("etc/shadow"));
        Assert.Equal(dated, result.Text("etc/shadow-"));
    }

    [Theory]
    [InlineData("root:!::0:::::\n")]
    [InlineData("root:$6$x$y::0:::::\n")]
    [InlineData("")]
    [InlineData("root\n")]
    public void A_root_that_is_locked_or_has_a_password_stays_as_it_is(string text) => Assert.Equal(
        text, new SealFixture().File("etc/shadow", text).Seal(ApkSealRules.For(NewProfile(), [])).Text("etc/shadow"));

    [Fact]
    public void Repositories_name_the_distributions_archive_with_tags_and_without_credentials()
    {
        Profile profile = NewProfile() with
        {
            Seal = new SealSettings
            {
                ImageMirrors = new Dictionary<string, Uri> { ["other"] = new("https://user:pw@image.example/alpine/") },
            },
        };
        Repository[] repositories =
        [
            NewRepository(new Pocket { Name = "main", Suite = "v3.20/main" }),
            NewRepository(new Pocket { Name = "testing", Suite = "edge/testing", Tag = "testing" }),
            NewRepository(new Pocket { Name = "other", Suite = "v1/main", Archive = "other" }),
        ];
        IReadOnlyList<SealRule> rules = ApkSealRules.For(profile, repositories);
        SealedRootfs result = new SealFixture().File("etc/apk/repositories", "http://127.0.0.1/x").Seal(rules);
        Assert.Equal(
            """
            https://archive.example/alpine/v3.20/main
            @testing https://archive.example/alpine/edge/testing
            https://image.example/alpine/v1/main

            """,
            result.Text("etc/apk/repositories"));
        Assert.Equal(0b110_100_100, result.Entry("etc/apk/repositories").Mode);
        Assert.DoesNotContain("etc/apk", new SealFixture().Seal(rules).Paths);
    }

    private static Repository NewRepository(Pocket pocket) => new()
    {
        Pocket = pocket,
        Components = [],
        Mirrors = [new Uri("http://127.0.0.1:1/")],
        CanonicalMirror = new Uri("https://archive.example/alpine/"),
        Keys = [],
    };

    private static Profile NewProfile() => new()
    {
        Name = "test",
        Title = "Test",
        Distribution = "alpine",
        Version = "3.20",
        Family = "apk",
        Suite = "v3.20",
        Architectures = [],
        Archives = new Dictionary<string, Archive>(),
        Pockets = [],
        Components = [],
        Keys = [],
        Packages = new PackageSelection(),
        Image = new ImageSettings(),
        Seal = new SealSettings(),
    };
}
