using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages.Deb.Database;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>
/// Writes dpkg's database for packages whose files are on disk, as dpkg itself leaves it after --unpack (dpkg(1)
/// "FILES", deb-triggers(5)): status <c>install ok unpacked</c>, info/*, triggers/*, arch. The one difference: conffiles
/// are at their final names already, and recorded with their MD5, because a fresh root has no edited ones to ask about.
/// </summary>
internal static class DpkgDatabase
{
    private const int FileMode = 0x1A4;
    private const int MaxTriggerBytes = 16 << 20;
    private static readonly RootPath Admin = RootPath.Parse("var/lib/dpkg");

    /// <summary>Writes the database; <paramref name="packages"/> in the order that dpkg would have unpacked them.</summary>
    public static void Write(Rootfs rootfs, Architecture architecture, IReadOnlyList<UnpackedDeb> packages)
    {
        foreach (string directory in (string[])["alternatives", "info", "parts", "triggers", "updates"])
        {
            rootfs.TryCreateDirectory(
                new TreeEntry { Path = Admin.Append(directory), Kind = EntryKind.Directory, Mode = 0x1ED });
        }

        WriteText(rootfs, "arch", architecture.Deb + "\n");
        WriteText(rootfs, "info/format", "1\n");
        StringBuilder status = new();
        foreach (UnpackedDeb package in packages)
        {
            AppendStatus(status, package);
            WriteInfo(rootfs, package);
        }

        WriteText(rootfs, "status", status.ToString());
        WriteTriggers(rootfs, packages);
    }

    /// <summary>
    /// Adds packages to the database of a system: their stanzas, files and interests in triggers. The triggers that their
    /// paths set off in packages of the system wait in <c>triggers/Unincorp</c>, where dpkg takes them from at its next start.
    /// </summary>
    public static void Add(Rootfs rootfs, DpkgSystem system, IReadOnlyList<UnpackedDeb> packages)
    {
        StringBuilder status = new();
        foreach (UnpackedDeb package in packages)
        {
            AppendStatus(status, package);
            WriteInfo(rootfs, package);
        }

        rootfs.WriteFile(Admin.Append("status"), [.. system.Status, .. Encoding.UTF8.GetBytes(status.ToString())], FileMode);
        string waiting = string.Concat(system.PathTriggers
            .Where(trigger => packages.Any(package => package.Paths.Exists(path => path.IsAtOrBelow(trigger))))
            .Select(trigger => $"{trigger} -\n"));
        if (waiting.Length > 0)
        {
            Append(rootfs, "triggers/Unincorp", waiting);
        }

        WriteTriggers(rootfs, packages);
    }

    private static void AppendStatus(StringBuilder status, UnpackedDeb package)
    {
        status.Append("Package: ").Append(package.Control.Package).Append('\n');
        status.Append("Status: install ok unpacked\n");
        foreach ((string name, string value) in package.Control.Fields)
        {
            if (!name.Equals("Package", StringComparison.OrdinalIgnoreCase))
            {
                status.Append(name).Append(':').Append(value).Append('\n');
            }
        }

        if (package.Control.Conffiles.Count > 0)
        {
            status.Append("Conffiles:\n");
            foreach (DebConffile conffile in package.Control.Conffiles)
            {
                // One that the package names but does not ship stays dpkg's "newconffile" for ever.
                string hash = package.ConffileHashes.GetValueOrDefault(conffile.Path, "newconffile");
                status.Append(' ').Append(conffile.Path).Append(' ').Append(hash)
                    .Append(conffile.IsRemovedOnUpgrade ? " remove-on-upgrade\n" : "\n");
            }
        }

        status.Append('\n');
    }

    private static void WriteInfo(Rootfs rootfs, UnpackedDeb package)
    {
        foreach (DebControlMember member in package.Control.Members)
        {
            if (member.Name != "control")
            {
                using MemoryStream content = new(member.Content.ToArray());
                RootPath path = Admin.Append($"info/{package.InfoName}.{member.Name}");
                rootfs.Remove(path);
                rootfs.TryCreateFile(
                    new TreeEntry
                    {
                        Path = path,
                        Kind = EntryKind.File,
                        Mode = member.Mode,
                        ModifiedTime = member.ModifiedTime,
                    },
                    content);
            }
        }

        StringBuilder list = new();
        foreach (RootPath path in package.Paths)
        {
            list.Append(path.IsRoot ? "/." : path.ToString()).Append('\n');
        }

        WriteText(rootfs, $"info/{package.InfoName}.list", list.ToString());
    }

    private static void WriteTriggers(Rootfs rootfs, IReadOnlyList<UnpackedDeb> packages)
    {
        StringBuilder files = new();
        SortedDictionary<string, StringBuilder> named = new(StringComparer.Ordinal);
        foreach (UnpackedDeb package in packages)
        {
            foreach ((string trigger, bool isAwaited) in package.Control.TriggerInterests)
            {
                string interested = package.InfoName + (isAwaited ? "" : "/noawait");
                if (trigger.StartsWith('/'))
                {
                    files.Append(trigger).Append(' ').Append(interested).Append('\n');
                }
                else
                {
                    if (!named.TryGetValue(trigger, out StringBuilder? list))
                    {
                        named.Add(trigger, list = new StringBuilder());
                    }

                    list.Append(interested).Append('\n');
                }
            }
        }

        if (files.Length > 0)
        {
            Append(rootfs, "triggers/File", files.ToString());
        }

        foreach ((string trigger, StringBuilder list) in named)
        {
            Append(rootfs, $"triggers/{trigger}", list.ToString());
        }
    }

    private static void Append(Rootfs rootfs, string path, string text) => rootfs.WriteFile(
        Admin.Append(path),
        [.. rootfs.TryReadFile(Admin.Append(path), MaxTriggerBytes) ?? [], .. Encoding.UTF8.GetBytes(text)],
        FileMode);

    private static void WriteText(Rootfs rootfs, string path, string text) =>
        rootfs.WriteFile(Admin.Append(path), Encoding.UTF8.GetBytes(text), FileMode);
}
