using RootfsImporter.Files;
using RootfsImporter.Linking;

namespace RootfsImporter.Scratch;

/// <summary>Finds the files that a user names.</summary>
internal static class ScratchSeeds
{
    /// <summary>Below them a file of the host keeps its path; /lib64 and its like count as /lib.</summary>
    private static readonly string[] SystemDirectories = ["/usr/", "/bin/", "/sbin/", "/lib", "/opt/", "/etc/"];

    /// <summary>Where a file lies, and goes. Throws <see cref="ProfileException"/> for one that is not there.</summary>
    public static LinkSeed Find(ScratchFile file, ScratchRequest request, ScratchSource source)
    {
        string text = file.Source.Length > 1 ? file.Source.TrimEnd('/') : file.Source;
        bool isRootTheHost = source.Root == source.Host;
        string onHost = Path.GetFullPath(text, request.WorkingDirectory);
        bool isOfRoot = text.StartsWith('/')
            || (!text.Contains('/') && text is not ("." or "..") && !(isRootTheHost && Path.Exists(onHost)));
        string path = !isOfRoot ? onHost
            : text.StartsWith('/') ? Path.GetFullPath(text)
            : ScriptLine.FindCommand(source.Root, text);
        ILinkRoot view = isOfRoot ? source.Root : source.Host;
        if (LinkTrail.Follow(view, path) is null)
        {
            throw NotThere(file, request, isOfRoot, onHost);
        }

        return new LinkSeed(view, path, Destination(file, path, isOfRoot && !isRootTheHost, view == source.Root));
    }

    /// <summary>Where it goes; null: where it is.</summary>
    private static RootPath? Destination(ScratchFile file, string path, bool isOfOtherRoot, bool mayStay)
    {
        string? wanted = file.Destination switch
        {
            null when isOfOtherRoot
                || (mayStay && SystemDirectories.Any(one => path.StartsWith(one, StringComparison.Ordinal))) => null,
            null => "/" + Path.GetFileName(path),
            { } directory when directory.EndsWith('/') => directory + Path.GetFileName(path),
            { } other => other,
        };
        if (wanted is null || wanted == path)
        {
            return null;
        }

        return RootPath.TryParse(wanted, out RootPath place) && !place.IsRoot
            ? place
            : throw new ProfileException(
                $"'{wanted}' is no place for a file in the image", "a place is an absolute path without '..': FILE:/usr/bin/app");
    }

    private static ProfileException NotThere(ScratchFile file, ScratchRequest request, bool isOfRoot, string onHost)
    {
        string where = !isOfRoot ? ""
            : request.Packages is { } packages ? $" in the packages of {packages.Profile.Name}"
            : request.Root == "/" ? ""
            : $" in {request.Root}";
        bool isCommand = isOfRoot && !file.Source.Contains('/');
        string hint = isOfRoot && where.Length > 0 && Path.Exists(onHost)
            ? $"the host's own file is named with a slash: {(file.Source.StartsWith('/') ? "../.." : "./")}{file.Source}"
            : request.Packages is not null ? "name the package that has it with --package"
            : isCommand ? "name a program in /usr/bin and its like, or the path of a file"
            : "name a file or directory that exists";
        return new ProfileException($"there is no {(isCommand ? "program" : "file")} {file.Source}{where}", hint);
    }
}
