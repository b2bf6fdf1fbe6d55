using RootfsImporter.Cli.Output;
using RootfsImporter.Oci;

namespace RootfsImporter.Cli;

/// <summary>
/// Sees to it, before anything is built, that no two results of a build go to the same place, where the later
/// would replace the earlier.
/// </summary>
internal sealed class Destinations(string defaultTag)
{
    private readonly List<(string Name, string Place, string Identity, bool IsLayout)> _seen = [];

    /// <summary>Adds a target as the user wrote it; throws <see cref="ProfileException"/>.</summary>
    public void AddTarget(string target)
    {
        string[] parts = target.Split(':', 3);
        string place = parts.Length > 1 ? parts[1] : "";
        switch (parts[0])
        {
            case "oci":
                Add(target, FileIdentity.Of(place), isLayout: true, tag: parts.Length > 2 ? parts[2] : defaultTag);
                break;
            case "docker-archive" or "oci-archive":
                Add(target, FileIdentity.Of(place));
                break;
            case "tar" or "dir":
                Add(target, FileIdentity.Of(target[(parts[0].Length + 1)..]));
                break;
            case "docker-daemon" when Reference.TryParse(
                target["docker-daemon:".Length..], out Reference? reference):
                Add(target, $"docker-daemon:{reference.WithDefaultTag()}");
                break;
            default:
                Add(target, target);
                break;
        }
    }

    /// <summary>Adds a file of an option; throws <see cref="ProfileException"/>.</summary>
    public void AddFile(string option, ResultFile? file)
    {
        if (file?.Identity is string identity)
        {
            Add($"{option} {file.Path}", identity);
        }
    }

    private void Add(string name, string place, bool isLayout = false, string tag = "")
    {
        string identity = $"{place}\n{tag}";
        foreach ((string otherName, string otherPlace, string otherIdentity, bool isOtherLayout) in _seen)
        {
            // A layout holds many tags; nothing else is shared.
            if (isLayout && isOtherLayout ? identity == otherIdentity : place == otherPlace)
            {
                throw new ProfileException(
                    name == otherName ? $"{name} is given twice" : $"{otherName} and {name} are the same place",
                    "give each a place of its own");
            }
        }

        _seen.Add((name, place, identity, isLayout));
    }
}
