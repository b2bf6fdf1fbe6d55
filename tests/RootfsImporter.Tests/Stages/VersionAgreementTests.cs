using RootfsImporter.Packages;
using RootfsImporter.Packages.Apk;
using RootfsImporter.Packages.Deb;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Stages;

public sealed class VersionAgreementTests
{
    private readonly RecordedEvents _events = new();

    [Theory]
    [InlineData("bash=5.2-1 libc6=2.41", "bash=5.2-1 libc6=2.41")]
    [InlineData("bash=5.2-1 libc6-x32=2.41", "bash=5.2-1 libunwind=3")]
    [InlineData("bash=5.2-1+b2", "bash=5.2-1")]
    [InlineData("bash=5.2-1+b2", "bash=5.2-1+b11")]
    [InlineData("", "bash=1")]
    public void Rebuilds_and_packages_of_one_architecture_are_no_difference(string amd64, string arm64)
    {
        Check(new DebFamily(_events), mayDiffer: false, ("amd64", amd64), ("arm64", arm64));

        Assert.Empty(_events.All);
    }

    [Theory]
    [InlineData("5.2-1", "5.2-2")]
    [InlineData("5.2-1", "5.2-1+b2~bpo1")]
    [InlineData("5.2-1", "5.2-1+deb13u1")]
    [InlineData("5.2-1", "1:5.2-1")]
    public void Another_version_is_refused_by_name(string amd64, string arm64)
    {
        ResolveException error = Assert.Throws<ResolveException>(() => Check(
            new DebFamily(_events), mayDiffer: false,
            ("amd64", $"apt=3 bash={amd64}"), ("arm64", $"apt=3 bash={arm64}")));

        Assert.Equal(
            $"the architectures disagree in the versions of 1 package:\n  bash: {amd64} on amd64, {arm64} on arm64",
            error.Message);
        Assert.Contains("--allow-version-skew", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void An_apk_has_no_suffix_that_does_not_count() => Assert.Throws<ResolveException>(() => Check(
        new ApkFamily(new RecordedEvents()), mayDiffer: false, ("amd64", "busybox=1-r0+b1"), ("arm64", "busybox=1-r0")));

    [Fact]
    public void What_may_differ_is_a_warning_of_one_line_with_the_first_few()
    {
        string ten = string.Join(' ', Enumerable.Range(0, 10).Select(i => $"p{i}=1"));

        Check(
            new DebFamily(_events), mayDiffer: true,
            ("amd64", ten), ("arm64", ten.Replace("=1", "=2", StringComparison.Ordinal)), ("armhf", "p0=1"));

        string warning = Assert.Single(_events.Warnings);
        Assert.StartsWith(
            "the architectures disagree in the versions of 10 packages: p0: 1 on amd64, 2 on arm64, 1 on armhf; p1: 1 on ",
            warning, StringComparison.Ordinal);
        Assert.EndsWith("; p7: 1 on amd64, 2 on arm64; and 2 more", warning, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', warning);
    }

    private void Check(IPackageFamily family, bool mayDiffer, params (string Architecture, string Packages)[] locks) =>
        VersionAgreement.Check(
            [.. locks.Select(each => NewLockfile(each.Architecture, each.Packages))], family, mayDiffer, _events);

    private static Lockfile NewLockfile(string architecture, string packages) => new()
    {
        Profile = "test",
        Architecture = Architecture.Parse(architecture),
        SourceDateEpoch = 0,
        PhasedUpdates = PhasedUpdates.Include,
        Indexes = [],
        Packages =
        [
            .. packages.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(package => new LockedPackage
            {
                Name = package.Split('=')[0],
                Version = package.Split('=')[1],
                Architecture = architecture,
                Archive = "main",
                Pocket = "release",
                Path = "pool",
                Size = 1,
                Checksum = "",
                Reason = "included",
            }),
        ],
    };
}
