using RootfsImporter.Files;
using RootfsImporter.Sealing;

namespace RootfsImporter.Stages;

/// <summary>Removes what a profile names from a root.</summary>
internal static class PathRemover
{
    /// <summary>
    /// Removes files, links and whole directories; the last component of a path may hold wildcards. Returns the paths that
    /// found nothing.
    /// </summary>
    public static IReadOnlyList<string> Remove(IReadOnlyList<string> paths, Rootfs rootfs) =>
        [.. paths.Where(path => !Remove(RootPath.Parse(path), rootfs))];

    private static bool Remove(RootPath path, Rootfs rootfs)
    {
        if (!SealGlob.HasWildcard(path.Name))
        {
            return rootfs.RemoveAll(path);
        }

        string[] names = [.. rootfs.NamesIn(path.Parent).Where(name => SealGlob.IsMatch(path.Name, name))];
        foreach (string name in names)
        {
            rootfs.RemoveAll(path.Parent.Append(name));
        }

        return names.Length > 0;
    }
}
