using System.Globalization;
using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// The users and groups of the new root at one moment. Archives name owners, and a name counts before the number: that is
/// of the machine on which the package was built.
/// </summary>
internal sealed class ApkOwners
{
    private const int MaxFileBytes = 4 << 20;
    private readonly Dictionary<string, uint> _users;
    private readonly Dictionary<string, uint> _groups;

    private ApkOwners(Dictionary<string, uint> users, Dictionary<string, uint> groups) =>
        (_users, _groups) = (users, groups);

    /// <summary>Reads /etc/passwd and /etc/group as they are now; a root without them knows nobody.</summary>
    public static ApkOwners Read(Rootfs rootfs) =>
        new(ReadIds(rootfs, RootPath.Parse("etc/passwd")), ReadIds(rootfs, RootPath.Parse("etc/group")));

    /// <summary>The entry with the owner that it has in this root.</summary>
    public TreeEntry Resolve(ApkItem item) => item.Tree with
    {
        Uid = _users.GetValueOrDefault(item.UserName, item.Tree.Uid),
        Gid = _groups.GetValueOrDefault(item.GroupName, item.Tree.Gid),
    };

    /// <summary>
    /// passwd(5) and group(5) both have the name first and the number third. The first line of a name counts.
    /// </summary>
    private static Dictionary<string, uint> ReadIds(Rootfs rootfs, RootPath path)
    {
        Dictionary<string, uint> ids = new(StringComparer.Ordinal);
        foreach (string line in Encoding.UTF8.GetString(rootfs.TryReadFile(path, MaxFileBytes) ?? []).Split('\n'))
        {
            string[] fields = line.Split(':');
            if (fields.Length > 2
                && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
            {
                ids.TryAdd(fields[0], id);
            }
        }

        return ids;
    }
}
