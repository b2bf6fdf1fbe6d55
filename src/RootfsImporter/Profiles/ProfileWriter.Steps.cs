using System.Globalization;

namespace RootfsImporter.Profiles;

/// <summary>Writes the base of a profile, and what it does beyond packages.</summary>
public static partial class ProfileWriter
{
    private static void WriteBase(YamlWriter yaml, ProfileBase? stand, string? directory)
    {
        if (stand is null)
        {
            return;
        }

        if (stand.Profile is not Profile profile)
        {
            yaml.Pair("base", stand.Name);
            return;
        }

        string name = ProfileLocator.IsPath(stand.Name)
            ? Explicit(PathFrom(directory, Path.GetFullPath(stand.Name, stand.Directory ?? "/")))
            : profile.Name;
        if (profile.Variant is null)
        {
            yaml.Pair("base", name);
            return;
        }

        yaml.Section("base", () =>
        {
            yaml.Pair("profile", name);
            yaml.Pair("variant", profile.Variant);
        });
    }

    private static void WriteSteps(YamlWriter yaml, Profile profile, string? directory)
    {
        yaml.List("buildOnly", profile.BuildOnly);
        if (profile.Files.Count > 0)
        {
            yaml.Section("files", () =>
            {
                foreach (CopiedFile file in profile.Files)
                {
                    yaml.Item(() => WriteFile(yaml, file, directory));
                }
            });
        }

        if (profile.Run.Count > 0)
        {
            yaml.Section("run", () =>
            {
                foreach (RunCommand command in profile.Run)
                {
                    WriteCommand(yaml, command);
                }
            });
        }

        yaml.List("remove", [.. profile.Remove.Packages, .. profile.Remove.Paths]);
    }

    private static void WriteFile(YamlWriter yaml, CopiedFile file, string? directory)
    {
        yaml.Pair("source", PathFrom(directory, file.Source));
        yaml.Pair("target", file.Target);
        yaml.OptionalPair(
            "mode", file.Mode is int mode ? Convert.ToString(mode, 8).PadLeft(4, '0') : null);
        yaml.Pair("owner", file.Owner);
    }

    private static void WriteCommand(YamlWriter yaml, RunCommand command)
    {
        if (!command.HasNetwork)
        {
            yaml.Item(command.Command);
            return;
        }

        yaml.Item(() =>
        {
            yaml.Pair("command", command.Command);
            yaml.Pair("network", true);
        });
    }

    // A file name alone might be taken for a place of images.
    private static string Explicit(string path) => path.StartsWith('.') || path.StartsWith('/') ? path : $"./{path}";

    private static string PathFrom(string? directory, string path) =>
        directory is null ? path : Path.GetRelativePath(directory, path);

    private static string? Date(DateOnly? date) => date?.ToString("O", CultureInfo.InvariantCulture);

    private static string Text(Uri address) => address.AbsoluteUri;

    /// <summary>A value, or that there is none where the base has one.</summary>
    private static void Optional(YamlWriter yaml, string key, string? value, string? inherited)
    {
        yaml.OptionalPair(key, value);
        if (value is null && inherited is not null)
        {
            yaml.Nothing(key);
        }
    }

    /// <summary>A list, or that it is empty where the base's is not.</summary>
    private static void List(YamlWriter yaml, string key, IEnumerable<string> values, IEnumerable<string>? inherited)
    {
        string[] items = [.. values];
        yaml.List(key, items);
        if (items.Length == 0 && inherited?.Any() == true)
        {
            yaml.Nothing(key, isList: true);
        }
    }

    /// <summary>Entries that the base has and this profile has not.</summary>
    private static void Unset(YamlWriter yaml, IEnumerable<string>? inherited, IEnumerable<string> own)
    {
        foreach (string key in (inherited ?? []).Except(own).Order(StringComparer.Ordinal))
        {
            yaml.Nothing(key);
        }
    }
}
