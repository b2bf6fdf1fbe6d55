using RootfsImporter.Profiles;

namespace RootfsImporter;

/// <summary>
/// What is said of an image's settings on top of those that it has anyway. Null and empty members say nothing.
/// </summary>
public sealed record ImageChanges
{
    /// <summary>The default command; an empty list for none.</summary>
    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>
    /// The entry point; an empty list for none. Without <see cref="Cmd"/> beside it the image has no command any more, as in
    /// a Dockerfile: the words were meant for another program.
    /// </summary>
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Variables as NAME=value: one that is there already gets the new value in its place.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>Labels; one that is there already gets the new value.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The user; empty for none.</summary>
    public string? User { get; init; }

    /// <summary>The working directory, absolute; empty for none.</summary>
    public string? WorkingDir { get; init; }

    /// <summary>Further volumes, absolute paths.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>Further ports as <c>80/tcp</c>.</summary>
    public IReadOnlyList<string> ExposedPorts { get; init; } = [];

    /// <summary>The settings with the changes.</summary>
    public ImageSettings ApplyTo(ImageSettings settings) => settings with
    {
        Cmd = Cmd ?? (Entrypoint is null ? settings.Cmd : []),
        Entrypoint = Entrypoint ?? settings.Entrypoint,
        Env = ApplyToEnv(settings.Env),
        Labels = ApplyToLabels(settings.Labels),
        User = User is null ? settings.User : NullIfEmpty(User),
        WorkingDir = WorkingDir is null ? settings.WorkingDir : NullIfEmpty(WorkingDir),
        Volumes = [.. settings.Volumes.Union(Volumes, StringComparer.Ordinal)],
        ExposedPorts = [.. settings.ExposedPorts.Union(ExposedPorts, StringComparer.Ordinal)],
    };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static string NameOf(string variable) => variable.Split('=', 2)[0];

    private List<string> ApplyToEnv(IReadOnlyList<string> inherited)
    {
        List<string> env = [.. inherited];
        foreach (string variable in Env)
        {
            int index = env.FindIndex(other => NameOf(other) == NameOf(variable));
            if (index < 0)
            {
                env.Add(variable);
            }
            else
            {
                env[index] = variable;
            }
        }

        return env;
    }

    private SortedDictionary<string, string> ApplyToLabels(IReadOnlyDictionary<string, string> inherited)
    {
        SortedDictionary<string, string> labels = new(inherited.ToDictionary(), StringComparer.Ordinal);
        foreach ((string key, string value) in Labels)
        {
            labels[key] = value;
        }

        return labels;
    }
}
