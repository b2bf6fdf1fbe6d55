using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages.Deb;

/// <summary>The seal rules of dpkg and apt: their caches, logs and backups go, the image's own settings come.</summary>
internal static partial class DebSealRules
{
    /// <summary>The rules for a profile, in order.</summary>
    /// <param name="profile">The merged profile; its <see cref="Profile.Seal"/> says which groups apply.</param>
    /// <param name="repositories">What the packages were read from, one per pocket, in the profile's order.</param>
    public static IReadOnlyList<SealRule> For(Profile profile, IReadOnlyList<Repository> repositories) =>
    [
        .. Slim(profile.Seal),
        .. Logs(),
        .. Apt(),
        .. Dpkg(),
        .. BuildTools(profile.Seal),
        .. Sources(profile, repositories),
        .. profile.Seal.DockerSettings ? DockerSettings(profile) : [],
    ];

    private static IReadOnlyList<SealRule> Logs() =>
    [
        new SealRule.Remove(
        [
            "var/log/dpkg.log",
            "var/log/bootstrap.log",
            "var/log/alternatives.log",
            "var/log/apt/history.log*",
            "var/log/apt/term.log*",
            "var/log/apt/eipp.log*",
        ])
        {
            Name = "package-logs",
            Why = "logs of the build, with its dates",
        },
    ];

    // extended_states stays: it is apt's record of which packages nobody asked for.
    private static IReadOnlyList<SealRule> Apt() =>
    [
        new SealRule.EmptyDirectory(RootPath.Parse("var/lib/apt/lists"))
        {
            Name = "apt-lists",
            Why = "indexes of one moment; 'apt-get update' fetches today's",
            Except = [RootPath.Parse("var/lib/apt/lists/partial")],
        },
        new SealRule.EmptyDirectory(RootPath.Parse("var/cache/apt"))
        {
            Name = "apt-cache",
            Why = "downloaded packages and binary caches that apt makes again",
            Except = [RootPath.Parse("var/cache/apt/archives/partial")],
        },
        new SealRule.Remove(["etc/apt/trustdb.gpg"])
        {
            Name = "apt-trustdb",
            Why = "gpg's own notes, with dates; the keys are elsewhere",
        },
        new SealRule.Remove(["etc/apt/apt.conf.d/01autoremove-kernels"])
        {
            Name = "apt-kernels",
            Why = "names the building host's running kernel",
        },
    ];

    // The empty lock files stay, and /etc/.pwd.lock: they are the same in every build and their programs expect them.
    private static IReadOnlyList<SealRule> Dpkg() =>
    [
        new SealRule.Remove(["var/lib/dpkg/*-old"])
        {
            Name = "dpkg-backups",
            Why = "the database before its last change, which depends on how the build was done",
        },
        new SealRule.Remove(["var/cache/debconf/*-old"])
        {
            Name = "debconf-backups",
            Why = "the database before its last change, which depends on how the build was done",
        },
    ];

    private static IEnumerable<SealRule> BuildTools(SealSettings settings)
    {
        yield return new SealRule.Remove(
        [
            "debootstrap",
            "debuerreotype-epoch",
            "etc/apt/apt.conf.d/00mmdebstrap",
            "etc/apt/apt.conf.d/99mmdebstrap",
            "etc/apt/preferences.d/99mmdebstrap",
            "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
        ])
        {
            Name = "bootstrap-tools",
            Why = "settings and notes of the program that made the tree",
        };
        if (!settings.DockerSettings)
        {
            yield return new SealRule.Remove([PolicyPath])
            {
                Name = "policy-rc.d",
                Why = "kept services from starting during the build",
                UnpackagedOnly = true,
            };
        }
    }

    private static IEnumerable<SealRule> Slim(SealSettings settings)
    {
        if (settings.PathExclude.Count == 0)
        {
            yield break;
        }

        PathFilter[] filters =
        [
            .. settings.PathExclude.Select(pattern => new PathFilter(pattern, IsInclude: false)),
            .. settings.PathInclude.Select(pattern => new PathFilter(pattern, IsInclude: true)),
        ];
        yield return new SealRule.FilterPaths(filters)
        {
            Name = "slim",
            Why = "files that the profile leaves out, as dpkg with these filters would",
        };
        yield return new SealRule.Add(RootPath.Parse("etc/dpkg/dpkg.cfg.d/docker"), FileMode, $"""
            # This image leaves out files that containers rarely need. dpkg reads these filters whenever it
            # unpacks, so that packages installed later leave out the same.
            {string.Join('\n', filters.Select(filter => $"path-{(filter.IsInclude ? "include" : "exclude")} {filter.Pattern}"))}

            """)
        {
            Name = "slim-settings",
            Why = "packages that are installed later leave out the same files",
            OnlyIf = DpkgSettings,
        };
    }
}
