using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace RootfsImporter.Oci;

/// <summary>
/// The name of an image: <c>[registry[:port]/]path[:tag][@digest]</c> (the grammar of the distribution project's
/// reference package). Names without a registry are Docker Hub's: <c>ubuntu:24.04</c> is
/// <c>docker.io/library/ubuntu:24.04</c>. Values compare by the full name.
/// </summary>
public sealed partial record Reference
{
    private const string DockerHub = "docker.io";
    private const string DockerHubLegacy = "index.docker.io";
    private const string OfficialPrefix = "library/";
    private const int MaxRepositoryLength = 255;
    private const int MaxLength = 1024;

    private Reference(string registry, string repository, string? tag, Digest? digest)
    {
        Registry = registry;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Host and optional port: <c>docker.io</c>, <c>127.0.0.1:5000</c>.</summary>
    public string Registry { get; }

    /// <summary>The path in the registry: <c>library/ubuntu</c>.</summary>
    public string Repository { get; }

    /// <summary>The tag, or null.</summary>
    public string? Tag { get; }

    /// <summary>The digest, or null.</summary>
    public Digest? Digest { get; }

    /// <summary>The short spelling, without what is implied: <c>ubuntu:24.04</c>.</summary>
    public string Familiar
    {
        get
        {
            string repository = Repository.StartsWith(OfficialPrefix, StringComparison.Ordinal)
                && !Repository.AsSpan(OfficialPrefix.Length).Contains('/')
                    ? Repository[OfficialPrefix.Length..]
                    : Repository;
            return (Registry == DockerHub ? repository : $"{Registry}/{Repository}") + Suffix;
        }
    }

    private string Suffix => (Tag is null ? "" : ":" + Tag) + (Digest is null ? "" : "@" + Digest);

    /// <summary>This reference, with the tag <c>latest</c> when it has neither tag nor digest.</summary>
    public Reference WithDefaultTag() => Tag is null && Digest is null ? new(Registry, Repository, "latest", null) : this;

    /// <summary>Reads a full or a familiar name.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Reference? reference)
    {
        reference = null;
        // 64 digits are a bare image id to Docker, never a name.
        if (text.Length > MaxLength || Grammar().Match(text) is not { Success: true } match || ImageId().IsMatch(text))
        {
            return false;
        }

        (string registry, string repository) = Split(match.Groups["name"].Value);
        if (repository.Length > MaxRepositoryLength
            || !Repositories().IsMatch(repository)
            || !Hosts().IsMatch(registry))
        {
            return false;
        }

        string? tag = match.Groups["tag"] is { Success: true } tagGroup ? tagGroup.Value : null;
        Digest? digest = match.Groups["digest"] is { Success: true } digestGroup
            ? RootfsImporter.Digest.Parse(digestGroup.Value)
            : null;
        reference = new Reference(registry, repository, tag, digest);
        return true;
    }

    /// <summary>As <see cref="TryParse"/>, but throws <see cref="FormatException"/>.</summary>
    public static Reference Parse(string text) => TryParse(text, out Reference? reference)
        ? reference
        : throw new FormatException($"'{text}' is not an image reference");

    /// <summary>The full name: <c>docker.io/library/ubuntu:24.04</c>.</summary>
    public override string ToString() => $"{Registry}/{Repository}{Suffix}";

    /// <summary>
    /// The first component is a registry when it cannot be a path on Docker Hub: it has a dot, a colon or a capital,
    /// or is <c>localhost</c>.
    /// </summary>
    private static (string Registry, string Repository) Split(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string first = slash < 0 ? "" : name[..slash];
        bool isRegistry = first == "localhost" || first.AsSpan().ContainsAny('.', ':') || first.Any(char.IsAsciiLetterUpper);
        string registry = isRegistry ? first : DockerHub;
        string repository = isRegistry ? name[(slash + 1)..] : name;
        if (registry is DockerHub or DockerHubLegacy)
        {
            registry = DockerHub;
            repository = repository.Contains('/', StringComparison.Ordinal) ? repository : OfficialPrefix + repository;
        }

        return (registry, repository);
    }

    private const string Host =
        @"(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*"
        + @"|\[[a-fA-F0-9:]+\])(?::[0-9]+)?";

    private const string Component = "[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*";

    private const string RepositoryPath = Component + "(?:/" + Component + ")*";

    [GeneratedRegex(
        @"\A(?<name>(?:" + Host + "/)?" + RepositoryPath + ")"
            + @"(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Grammar();

    [GeneratedRegex(@"\A" + RepositoryPath + @"\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Repositories();

    [GeneratedRegex(@"\A(?:" + Host + @")\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Hosts();

    [GeneratedRegex(@"\A[0-9a-f]{64}\z")]
    private static partial Regex ImageId();
}
