using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;

namespace RootfsImporter.Importing;

/// <summary>Image settings of a tree that no profile describes.</summary>
internal static class TreeSettings
{
    private const string Path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>A shell when there is one, the usual PATH, and what os-release says as labels.</summary>
    public static ImageSettings Of(RootTree tree, OsRelease? release)
    {
        SortedDictionary<string, string> labels = new(StringComparer.Ordinal);
        if (release is not null)
        {
            labels["org.opencontainers.image.title"] = release.Title;
        }

        if (release?.VersionId is string version)
        {
            labels["org.opencontainers.image.version"] = version;
        }

        string? shell = ((string[])["/bin/bash", "/bin/sh"]).FirstOrDefault(path => tree.FindContent(RootPath.Parse(path)) is not null);
        return new ImageSettings { Cmd = shell is null ? [] : [shell], Env = [Path], Labels = labels };
    }

    /// <summary>What an image's own config says.</summary>
    public static ImageSettings Of(ContainerConfig? config) => config is null
        ? new ImageSettings()
        : new ImageSettings
        {
            Cmd = config.Cmd ?? [],
            Entrypoint = config.Entrypoint ?? [],
            Env = config.Env ?? [],
            Labels = config.Labels ?? new Dictionary<string, string>(),
            User = config.User,
            WorkingDir = config.WorkingDir,
            Volumes = config.Volumes ?? [],
            ExposedPorts = config.ExposedPorts ?? [],
        };
}
