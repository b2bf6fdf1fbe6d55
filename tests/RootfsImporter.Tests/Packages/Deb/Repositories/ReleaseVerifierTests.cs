using RootfsImporter.Packages;
using RootfsImporter.Packages.Deb.Repositories;
using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Packages.Deb.Repositories;

public sealed class ReleaseVerifierTests
{
    private static readonly DateTimeOffset Now = new(2024, 4, 25, 12, 0, 0, TimeSpan.Zero);

    private static readonly ReleaseFile Good = new()
    {
        Suite = "stable",
        Codename = "new",
        Date = Now.AddDays(-1),
        ValidUntil = Now.AddDays(6),
        Architectures = ["amd64", "arm64"],
        Components = ["main", "universe"],
        Files = new Dictionary<string, ReleaseEntry>(),
    };

    private static void Verify(ReleaseFile release, string suite = "new", string architecture = "amd64") =>
        ReleaseVerifier.Verify(
            release,
            new Repository
            {
                Pocket = new Pocket { Name = "release", Suite = suite },
                Components = ["main"],
                Mirrors = [],
                CanonicalMirror = new Uri("http://canonical.example/"),
                Keys = [],
            },
            Architecture.Parse(architecture), Now, "http://m/InRelease");

    private static void Refuses(string message, string hint, Action verify)
    {
        VerificationException e = Assert.Throws<VerificationException>(verify);
        Assert.Equal(message, e.Message);
        Assert.Equal(hint, e.Hint);
    }

    [Theory]
    [InlineData("new")]
    [InlineData("stable")]
    public void Passes_by_suite_or_code_name(string suite) => Verify(Good, suite);

    [Fact]
    public void Ten_seconds_of_the_future_and_no_end_of_validity_pass() =>
        Verify(Good with { Date = Now.AddSeconds(10), ValidUntil = null });

    [Fact]
    public void The_future_is_refused() => Refuses(
        "http://m/InRelease is from the future: it is dated 2024-04-25 12:00:11 UTC, and here it is "
        + "2024-04-25 12:00:00 UTC",
        "set this host's clock",
        () => Verify(Good with { Date = Now.AddSeconds(11) }));

    [Fact]
    public void A_stale_file_is_refused() => Refuses(
        "http://m/InRelease is stale: it is dated 2024-04-24 12:00:00 UTC and was valid until "
        + "2024-04-25 11:59:59 UTC, and here it is 2024-04-25 12:00:00 UTC",
        "the mirror is no longer updated, or this host's clock is wrong: name another mirror with --mirror",
        () => Verify(Good with { ValidUntil = Now.AddSeconds(-1) }));

    [Fact]
    public void Another_suite_is_refused() => Refuses(
        "http://m/InRelease is not of the suite newer: it is of the suite stable, code name new",
        "a code name is safer in a profile than a name such as 'stable', which moves on; else name another mirror "
        + "with --mirror",
        () => Verify(Good, "newer"));

    [Fact]
    public void A_missing_architecture_is_refused() => Refuses(
        "http://m/InRelease has no packages for riscv64, only for amd64, arm64",
        "the archive may keep this architecture elsewhere: name that mirror with --mirror",
        () => Verify(Good, architecture: "riscv64"));

    [Fact]
    public void A_missing_component_is_refused() => Refuses(
        "http://m/InRelease has no component main, only universe",
        "check the profile's 'components:'",
        () => Verify(Good with { Components = ["universe"] }));
}
