using RootfsImporter.Oci;
using RootfsImporter.Profiles;

namespace RootfsImporter.Stages;

/// <summary>Settings of an image on top of those of another, as the instructions of a Dockerfile come on top of its base's.</summary>
internal static class SettingsMerge
{
    /// <summary>The settings that an image's config holds, as far as a profile can say them.</summary>
    public static ImageSettings Of(ContainerConfig? config) => new()
    {
        Cmd = config?.Cmd ?? [],
        Entrypoint = config?.Entrypoint ?? [],
        Env = config?.Env ?? [],
        Labels = config?.Labels ?? new Dictionary<string, string>(),
        User = config?.User,
        WorkingDir = config?.WorkingDir,
        Volumes = config?.Volumes ?? [],
        ExposedPorts = config?.ExposedPorts ?? [],
    };

    /// <summary>
    /// Lists of names are joined, everything else is replaced where it is said anew. A new entry point resets the command,
    /// which was meant for the old one.
    /// </summary>
    public static ImageSettings Merge(ImageSettings under, ImageSettings over)
    {
        Dictionary<string, string> labels = new(under.Labels, StringComparer.Ordinal);
        foreach ((string key, string value) in over.Labels)
        {
            labels[key] = value;
        }

        bool hasEntrypoint = over.Entrypoint.Count > 0;
        return new ImageSettings
        {
            Cmd = over.Cmd.Count > 0 || hasEntrypoint ? over.Cmd : under.Cmd,
            Entrypoint = hasEntrypoint ? over.Entrypoint : under.Entrypoint,
            Env = MergeEnv(under.Env, over.Env),
            Labels = labels,
            User = over.User ?? under.User,
            WorkingDir = over.WorkingDir ?? under.WorkingDir,
            Volumes = [.. under.Volumes.Union(over.Volumes, StringComparer.Ordinal)],
            ExposedPorts = [.. under.ExposedPorts.Union(over.ExposedPorts, StringComparer.Ordinal)],
        };
    }

    private static string[] MergeEnv(IReadOnlyList<string> under, IReadOnlyList<string> over)
    {
        List<string> merged = [.. under];
        foreach (string variable in over)
        {
            int index = merged.FindIndex(other => NameOf(other) == NameOf(variable));
            if (index < 0)
            {
                merged.Add(variable);
            }
            else
            {
                merged[index] = variable;
            }
        }

        return [.. merged];
    }

    private static string NameOf(string variable) => variable.Split('=', 2)[0];
}
