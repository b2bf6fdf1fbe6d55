using System.Globalization;

namespace RootfsImporter.Packages.Deb.Repositories;

/// <summary>
/// Checks that a Release file, whose signature holds, is the one that was asked for: fresh, of this suite, with this
/// architecture and these components. A signature alone would let a mirror serve an old or another suite's file.
/// </summary>
internal static class ReleaseVerifier
{
    /// <summary>apt's Acquire::Max-FutureTime.</summary>
    private static readonly TimeSpan MaxClockSkew = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Throws <see cref="VerificationException"/>; <paramref name="name"/> is what messages call the file.
    /// </summary>
    public static void Verify(
        ReleaseFile release, Repository repository, Architecture architecture, DateTimeOffset now, string name)
    {
        VerifyDates(release, now, name);
        string suite = repository.Pocket.Suite;
        if (suite != release.Suite && suite != release.Codename)
        {
            throw new VerificationException(
                $"{name} is not of the suite {suite}: it is of the suite {release.Suite ?? "(none)"}, "
                + $"code name {release.Codename ?? "(none)"}",
                "a code name is safer in a profile than a name such as 'stable', which moves on; else name another "
                + "mirror with --mirror");
        }

        if (!release.Architectures.Contains(architecture.Deb))
        {
            throw new VerificationException(
                $"{name} has no packages for {architecture}, only for {string.Join(", ", release.Architectures)}",
                "the archive may keep this architecture elsewhere: name that mirror with --mirror");
        }

        string[] missing = [.. repository.Components.Except(release.Components)];
        if (missing.Length > 0)
        {
            throw new VerificationException(
                $"{name} has no component {string.Join(", ", missing)}, only {string.Join(", ", release.Components)}",
                "check the profile's 'components:'");
        }
    }

    private static void VerifyDates(ReleaseFile release, DateTimeOffset now, string name)
    {
        if (release.Date > now + MaxClockSkew)
        {
            throw new VerificationException(
                $"{name} is from the future: it is dated {Show(release.Date)}, and here it is {Show(now)}",
                "set this host's clock");
        }

        if (release.ValidUntil < now)
        {
            throw new VerificationException(
                $"{name} is stale: it is dated {Show(release.Date)} and was valid until "
                + $"{Show(release.ValidUntil.Value)}, and here it is {Show(now)}",
                "the mirror is no longer updated, or this host's clock is wrong: name another mirror with --mirror");
        }
    }

    private static string Show(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
