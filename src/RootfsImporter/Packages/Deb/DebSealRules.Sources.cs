using System.Globalization;
using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages.Deb;

/// <content>The image's own apt sources, in the format that the release's official images use.</content>
internal static partial class DebSealRules
{
    private const string SourcesList = "etc/apt/sources.list";

    private static IReadOnlyList<SealRule> Sources(Profile profile, IReadOnlyList<Repository> repositories)
    {
        if (repositories.Count == 0)
        {
            return [];
        }

        string deb822File = $"etc/apt/sources.list.d/{profile.Distribution}.sources";
        (string file, string other, string text) = UsesDeb822(profile)
            ? (deb822File, SourcesList, Deb822(profile, repositories))
            : (SourcesList, deb822File, OneLine(profile, repositories));
        const string name = "apt-sources";
        const string why = "the image names the distribution's archive, not the mirror or files of the build";
        return
        [
            new SealRule.Remove([other]) { Name = name, Why = why },
            new SealRule.Add(RootPath.Parse(file), FileMode, text) { Name = name, Why = why, OnlyIf = AptSettings },
        ];
    }

    /// <summary>
    /// Whether the release's official images have deb822 sources: Ubuntu since 24.04, Debian since 12. Others and
    /// releases without a number (unstable) are newer than that.
    /// </summary>
    private static bool UsesDeb822(Profile profile)
    {
        string major = profile.Version.Split('.')[0];
        return !int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out int version)
            || version >= profile.Distribution switch { "ubuntu" => 24, "debian" => 12, _ => 0 };
    }

    private static string Deb822(Profile profile, IReadOnlyList<Repository> repositories) => string.Join('\n', repositories
        .GroupBy(repository => ImageMirror(profile, repository), StringComparer.Ordinal)
        .Select(archive => $"""
            Types: deb
            URIs: {archive.Key}
            Suites: {string.Join(' ', archive.Select(repository => repository.Pocket.Suite))}
            Components: {Components(profile)}
            Signed-By: /usr/share/keyrings/{profile.Distribution}-archive-keyring.gpg

            """));

    private static string OneLine(Profile profile, IReadOnlyList<Repository> repositories)
    {
        StringBuilder lines = new();
        foreach (Repository repository in repositories)
        {
            lines.Append(CultureInfo.InvariantCulture,
                $"deb {ImageMirror(profile, repository)} {repository.Pocket.Suite} {Components(profile)}\n");
        }

        return lines.ToString();
    }

    private static string Components(Profile profile) => string.Join(
        ' ', profile.Seal.SourceComponents is { Count: > 0 } components ? components : profile.Components);

    /// <summary>The archive's address in the image: without credentials and trailing slash.</summary>
    private static string ImageMirror(Profile profile, Repository repository)
    {
        IReadOnlyDictionary<string, Uri> given = profile.Seal.ImageMirrors;
        string archive = repository.Pocket.Archive;
        if (given.TryGetValue(archive, out Uri? mirror))
        {
            return Printed(mirror);
        }

        // An archive beside main follows main's image mirror, as it follows main's mirror in the build.
        if (profile.Archives.GetValueOrDefault(archive)?.Beside is string beside
            && given.TryGetValue("main", out Uri? main))
        {
            return Printed(new Uri(main.AbsoluteUri.TrimEnd('/') + "/../" + beside));
        }

        return Printed(repository.CanonicalMirror);
    }

    private static string Printed(Uri uri) => new UriBuilder(uri) { UserName = "", Password = "" }
        .Uri.AbsoluteUri.TrimEnd('/');
}
