using System.Globalization;
using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages.Deb;

/// <content>The image's own apt sources, in the format that the release's official images use.</content>
internal static partial class DebSealRules
{
    private const string SourcesList = "etc/apt/sources.list";
    private const string SecurityPocket = "security";

    private static IReadOnlyList<SealRule> Sources(Profile profile, IReadOnlyList<Repository> repositories)
    {
        if (repositories.Count == 0)
        {
            return [];
        }

        IReadOnlyList<SourceEntry> entries = Entries(profile, repositories);
        string deb822File = $"etc/apt/sources.list.d/{profile.Distribution}.sources";
        (string file, string other, string text) = UsesDeb822(profile)
            ? (deb822File, SourcesList, Deb822(profile, entries))
            : (SourcesList, deb822File, OneLine(profile, entries));
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

    /// <summary>
    /// What the image's sources list, in order: what it was built from, the profile's further suites, and at the end
    /// the security pocket, apart from the others as in official images even where one archive has them all.
    /// </summary>
    private static List<SourceEntry> Entries(Profile profile, IReadOnlyList<Repository> repositories)
    {
        List<SourceEntry> entries = [.. repositories.Select(repository => new SourceEntry(
            repository.Pocket.Suite, ImageMirror(profile, repository), repository.Pocket.Name == SecurityPocket))];
        Repository main = repositories.FirstOrDefault(repository => repository.Pocket.Archive == "main") ?? repositories[0];
        string mirror = ImageMirror(profile, main);
        entries.AddRange(profile.Seal.SourceSuites
            .Where(suite => !entries.Exists(entry => entry.Suite == suite))
            .Select(suite => new SourceEntry(suite, mirror, IsSecurity: false)));
        return [.. entries.OrderBy(entry => entry.IsSecurity)];
    }

    private static string Deb822(Profile profile, IReadOnlyList<SourceEntry> entries) => string.Join('\n', entries
        .GroupBy(entry => (entry.Mirror, entry.IsSecurity))
        .Select(stanza => $"""
            Types: deb
            URIs: {stanza.Key.Mirror}
            Suites: {string.Join(' ', stanza.Select(entry => entry.Suite))}
            Components: {Components(profile)}
            Signed-By: /usr/share/keyrings/{profile.Distribution}-archive-keyring.gpg

            """));

    private static string OneLine(Profile profile, IReadOnlyList<SourceEntry> entries) => string.Concat(
        entries.Select(entry => $"deb {entry.Mirror} {entry.Suite} {Components(profile)}\n"));

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

    private sealed record SourceEntry(string Suite, string Mirror, bool IsSecurity);
}
