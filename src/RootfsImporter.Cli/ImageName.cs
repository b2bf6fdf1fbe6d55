using System.Text.RegularExpressions;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;

namespace RootfsImporter.Cli;

/// <summary>The name that an image has when a target does not give it one.</summary>
internal static partial class ImageName
{
    /// <summary>
    /// The distribution's own name (<c>ubuntu:24.04</c>) for what is the distribution's own content only; else
    /// the profile's: <c>ubuntu-24.04:custom</c>, <c>company:latest</c>. What stands on a base is more than the
    /// distribution's.
    /// </summary>
    /// <param name="profile">The profile.</param>
    /// <param name="isShipped">Whether it came with the tool.</param>
    /// <param name="isChanged">Whether the command line adds or excludes packages.</param>
    public static Reference Of(Profile profile, bool isShipped, bool isChanged)
    {
        if (isShipped && !isChanged && profile.Base is null)
        {
            string variant = profile.Variant is null ? "" : $"-{profile.Variant}";
            return Reference.Parse($"{profile.Distribution}:{profile.Version}{variant}");
        }

        string repository = Separators().Replace(profile.Name.ToLowerInvariant(), "-").Trim('-', '.', '_');
        string tag = !isShipped || !isChanged ? profile.Variant ?? "latest"
            : profile.Variant is null ? "custom"
            : $"{profile.Variant}-custom";
        return Reference.TryParse($"{repository}:{tag}", out Reference? reference)
            ? reference
            : throw new ProfileException(
                $"'{repository}:{tag}', from the profile's name, is not an image name", "rename the profile or its variant");
    }

    /// <summary>
    /// The name that a copy has where a target does not give it one: the source's own as far as it has one, else
    /// <c>image:latest</c>. <c>oci:images:noble</c> gives <c>image:noble</c>.
    /// </summary>
    /// <param name="source">The source as the user wrote it.</param>
    public static Reference OfSource(string source)
    {
        string[] parts = source.Split(':', 3);
        string name = parts[0] switch
        {
            // Of oci:DIR@sha256:HEX the last colon is the digest's.
            "oci" or "oci-archive" or "docker-archive" =>
                parts.Length > 2 && !parts[1].EndsWith("@sha256", StringComparison.Ordinal) ? parts[2] : "",
            "docker-daemon" or "docker" => source[(parts[0].Length + 1)..].TrimStart('/'),
            _ => "",
        };
        return Reference.TryParse(name, out Reference? full) && (name.Contains(':', StringComparison.Ordinal)
                || parts[0].StartsWith("docker", StringComparison.Ordinal))
            ? full.Digest is null ? full.WithDefaultTag() : Reference.Parse($"{full.Registry}/{full.Repository}:latest")
            : Reference.TryParse($"image:{name}", out Reference? tagged) ? tagged
            : Reference.Parse("image:latest");
    }

    /// <summary>The name of an image that is made of a file: <c>redis-server</c> for <c>/usr/bin/redis-server</c>.</summary>
    public static Reference OfFile(string path)
    {
        string name = Path.GetFileName(path.TrimEnd('/')).ToLowerInvariant();
        string repository = Separators().Replace(Unusual().Replace(name, "-"), "-").Trim('-', '.', '_');
        return Reference.TryParse(repository, out Reference? reference) ? reference : Reference.Parse("scratch");
    }

    /// <summary>The repository's name without what stands before it: <c>app</c> of <c>library/app</c>.</summary>
    public static string LastPart(Reference reference) => reference.Repository[(reference.Repository.LastIndexOf('/') + 1)..];

    /// <summary>What a repository's name does not have.</summary>
    [GeneratedRegex("[^a-z0-9._-]")]
    private static partial Regex Unusual();

    /// <summary>More than one separator in a row, which repositories cannot have.</summary>
    [GeneratedRegex("[._-]{2,}")]
    private static partial Regex Separators();
}
