using System.Globalization;
using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages.Apk;

/// <summary>The seal rules of apk: its caches, locks and logs go, the image's own repositories come.</summary>
internal static class ApkSealRules
{
    private const int FileMode = 0b110_100_100;
    private const long SecondsPerDay = 86_400;
    private static readonly RootPath Settings = RootPath.Parse("etc/apk");
    private static readonly RootPath Shadow = RootPath.Parse("etc/shadow");
    private static readonly RootPath ShadowBackup = RootPath.Parse("etc/shadow-");

    /// <summary>The rules for a profile, in order.</summary>
    /// <param name="profile">The merged profile.</param>
    /// <param name="repositories">What the packages were read from, one per pocket, in the profile's order.</param>
    public static IReadOnlyList<SealRule> For(Profile profile, IReadOnlyList<Repository> repositories) =>
    [
        .. Caches(),
        .. Accounts(),
        .. Repositories(profile, repositories),
    ];

    // The empty lock stays, as in official images: it is the same in every build.
    private static IReadOnlyList<SealRule> Caches() =>
    [
        new SealRule.EmptyDirectory(RootPath.Parse("var/cache/apk"))
        {
            Name = "apk-cache",
            Why = "indexes and packages of one moment; apk fetches today's",
        },
        new SealRule.EmptyDirectory(RootPath.Parse("var/cache/misc"))
        {
            Name = "apk-scratch",
            Why = "where older versions of apk put the scripts that they run",
        },
        new SealRule.Remove(["var/log/apk.log*"])
        {
            Name = "apk-log",
            Why = "log of the build, with its dates",
        },
    ];

    private static IReadOnlyList<SealRule> Accounts() =>
    [
        new SealRule.Rewrite([Shadow, ShadowBackup], (content, epoch) => ColonLines.Map(content, fields => SetDay(fields, epoch)))
        {
            Name = "account-dates",
            Why = "busybox dates the accounts that scripts add by the clock; the day becomes that of SOURCE_DATE_EPOCH",
        },
        new SealRule.Rewrite([Shadow], (content, _) => ColonLines.Map(content, LockRoot))
        {
            Name = "root-login",
            Why = "root has no password in Alpine's package, and cannot log in with one in its official images",
        },
    ];

    /// <summary>
    /// Sets the day of the last password change (shadow(5), the third field). 0, which asks for a new password at the next
    /// login, and nothing are not dates.
    /// </summary>
    private static void SetDay(string[] fields, long sourceDateEpoch)
    {
        if (fields.Length > 2 && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out long day)
            && day > 0)
        {
            fields[2] = (sourceDateEpoch / SecondsPerDay).ToString(CultureInfo.InvariantCulture);
        }
    }

    private static void LockRoot(string[] fields)
    {
        if (fields is ["root", "", ..])
        {
            fields[1] = "*";
        }
    }

    private static IReadOnlyList<SealRule> Repositories(Profile profile, IReadOnlyList<Repository> repositories) =>
        repositories.Count == 0
            ? []
            :
            [
                new SealRule.Add(
                    Settings.Append("repositories"), FileMode,
                    string.Concat(repositories.Select(repository => Line(profile, repository) + "\n")))
                {
                    Name = "apk-repositories",
                    Why = "the image names the distribution's archive, not the mirror or files of the build",
                    OnlyIf = Settings,
                },
            ];

    /// <summary>One line of apk-repositories(5): without credentials and trailing slash.</summary>
    private static string Line(Profile profile, Repository repository)
    {
        Uri mirror = profile.Seal.ImageMirrors.GetValueOrDefault(repository.Pocket.Archive, repository.CanonicalMirror);
        string address = new UriBuilder(mirror) { UserName = "", Password = "" }.Uri.AbsoluteUri.TrimEnd('/');
        string tag = repository.Pocket.Tag is string name ? $"@{name} " : "";
        return $"{tag}{address}/{repository.Pocket.Suite}";
    }
}
