using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Database;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// The links by which busybox has its many names, made without running it: since Alpine 3.18 packages list them in
/// /etc/busybox-paths.d, a file named after each program. Alpine's minirootfs has them by the same way.
/// </summary>
internal static class AppletLinks
{
    private const int MaxListBytes = 1 << 20;
    private static readonly RootPath Lists = RootPath.Parse("etc/busybox-paths.d");

    /// <summary>Whether the package has such a list.</summary>
    public static bool AreOf(UnpackedApk package) => package.Items.Any(IsList);

    /// <summary>Makes all links of the packages' lists, absolute ones, where nothing has the name.</summary>
    public static void Make(Rootfs rootfs, IReadOnlyList<UnpackedApk> packages, long time)
    {
        foreach (UnpackedApk package in packages)
        {
            foreach (RootPath list in package.Items.Where(IsList).Select(item => item.Tree.Path))
            {
                Make(rootfs, package, list, time);
            }
        }
    }

    /// <summary>
    /// Removes the links of a package's lists that lead to its program, as the scripts of such a package do when it is
    /// removed. To be called while the lists are there.
    /// </summary>
    public static void Remove(Rootfs rootfs, InstalledApk package)
    {
        foreach (RootPath list in package.ReadPaths().Select(path => path.Entry)
            .Where(entry => entry.Kind == EntryKind.File && entry.Path.Parent == Lists).Select(entry => entry.Path))
        {
            string text = Encoding.UTF8.GetString(rootfs.TryReadFile(list, MaxListBytes) ?? []);
            foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (RootPath.TryParse(line, out RootPath path) && rootfs.TryReadLink(path) == $"/bin/{list.Name}")
                {
                    rootfs.Remove(path);
                }
            }
        }
    }

    private static bool IsList(ApkItem item) =>
        item.Tree.Kind == EntryKind.File && item.Tree.Path.Parent == Lists;

    private static void Make(Rootfs rootfs, UnpackedApk package, RootPath list, long time)
    {
        RootPath program = RootPath.Parse($"bin/{list.Name}");
        string text = Encoding.UTF8.GetString(rootfs.TryReadFile(list, MaxListBytes) ?? []);
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!RootPath.TryParse(line, out RootPath path) || path.IsRoot)
            {
                throw new PackageFormatException(
                    $"installing {package}: {list} lists '{line}', which is no path inside the root",
                    "exclude or pin the package");
            }

            rootfs.TryCreateSymlink(new TreeEntry
            {
                Path = path,
                Kind = EntryKind.Symlink,
                Mode = 0x1FF,
                LinkTarget = program.ToString(),
                ModifiedTime = time,
            });
        }
    }
}
