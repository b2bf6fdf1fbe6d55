using RootfsImporter.Profiles;

namespace RootfsImporter.Net;

/// <summary>
/// The host's apt sources, as a place to learn a good mirror from: what the host itself installs from is near and
/// reachable. Used only when the host runs the profile's distribution; any release of it will do, since the releases
/// of one distribution share their archives.
/// </summary>
internal sealed class HostAptSources
{
    private const int MaxFileBytes = 1 << 20;

    private readonly string? _distribution;
    private readonly string? _codename;
    private readonly IReadOnlyList<AptSource> _sources;

    private HostAptSources(string? distribution, string? codename, IReadOnlyList<AptSource> sources)
    {
        _distribution = distribution;
        _codename = codename;
        _sources = sources;
    }

    /// <summary>
    /// Reads os-release(5) and sources.list(5) below a root directory. What is unreadable or malformed counts as
    /// absent: these files are hints that nobody promised to us.
    /// </summary>
    public static HostAptSources Read(string root)
    {
        Dictionary<string, string> release = ReadText(Path.Combine(root, "etc/os-release")).Split('\n')
            .Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0].Trim(), StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Last()[1].Trim().Trim('"', '\''), StringComparer.Ordinal);
        return new HostAptSources(
            release.GetValueOrDefault("ID"), release.GetValueOrDefault("VERSION_CODENAME"), [.. ReadSources(root)]);
    }

    /// <summary>The host's mirrors of an archive that hold an architecture; often empty.</summary>
    public IReadOnlyList<Uri> Mirrors(Archive archive, Profile profile, Architecture architecture)
    {
        if (profile.Family != "deb" || _distribution != profile.Distribution || _codename is null)
        {
            return [];
        }

        IEnumerable<AptSource> usable = _sources.Where(source => Holds(source, architecture));
        if (archive.Beside is string beside)
        {
            return [.. usable.SelectMany(s => s.Mirrors).Where(m => MirrorAddress.LastSegment(m) == beside).Distinct()];
        }

        // Third parties name the host's release as their suite, too; only the distribution has an updates pocket.
        HashSet<string> updates = [.. usable
            .Where(source => source.Suites.Contains($"{_codename}-updates"))
            .SelectMany(source => source.Mirrors).Select(mirror => mirror.AbsoluteUri)];
        HashSet<string> besides = [.. profile.Archives.Values.Select(a => a.Beside).OfType<string>()];
        return [.. usable
            .Where(source => source.Suites.Contains(_codename) && source.Components.Contains("main"))
            .SelectMany(source => source.Mirrors)
            .Where(mirror => updates.Contains(mirror.AbsoluteUri))
            .Where(mirror => !besides.Contains(MirrorAddress.LastSegment(mirror)))
            .Distinct()];
    }

    /// <summary>
    /// An entry that names no architectures holds the host's own. It need not hold others: Ubuntu keeps its ports in
    /// another archive.
    /// </summary>
    private static bool Holds(AptSource source, Architecture architecture) => source.Architectures.Count > 0
        ? source.Architectures.Contains(architecture.Deb)
        : architecture == Architecture.Host;

    private static IEnumerable<AptSource> ReadSources(string root)
    {
        foreach (AptSource source in AptSource.ParseList(ReadText(Path.Combine(root, "etc/apt/sources.list"))))
        {
            yield return source;
        }

        string directory = Path.Combine(root, "etc/apt/sources.list.d");
        string[] files = Directory.Exists(directory) ? Directory.GetFiles(directory) : [];
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            IEnumerable<AptSource> sources = Path.GetExtension(file) switch
            {
                ".list" => AptSource.ParseList(ReadText(file)),
                ".sources" => AptSource.ParseDeb822(ReadText(file)),
                _ => [],
            };
            foreach (AptSource source in sources)
            {
                yield return source;
            }
        }
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.Exists(path) && new FileInfo(path).Length <= MaxFileBytes ? File.ReadAllText(path) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
