using System.Globalization;
using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// apk's record of what is installed, as apk 2 writes it (apk-tools, src/database.c and src/package.c):
/// lib/apk/db/{installed,scripts.tar,triggers,lock} and etc/apk/{world,arch}.
/// </summary>
internal static class ApkDatabase
{
    private const int FileMode = 0x1A4;
    private const int LockMode = 0x180;
    private static readonly RootPath Place = RootPath.Parse("lib/apk/db");
    private static readonly RootPath Settings = RootPath.Parse("etc/apk");

    /// <summary>What is there before the first package, with its mode (<c>apk --initdb</c>); owned by no package.</summary>
    private static readonly (string Path, int Mode)[] FirstDirectories =
    [
        ("tmp", 0x3FF),
        ("dev", 0x1ED),
        ("proc", 0x16D),
        ("etc/apk", 0x1ED),
        ("lib/apk/db", 0x1ED),
        ("var/cache/apk", 0x1ED),
        ("var/cache/misc", 0x1ED),
    ];

    /// <summary>Makes what packages and their scripts find in every root.</summary>
    public static void Begin(Rootfs rootfs, Architecture architecture)
    {
        foreach ((string path, int mode) in FirstDirectories)
        {
            rootfs.TryCreateDirectory(
                new TreeEntry { Path = RootPath.Parse(path), Kind = EntryKind.Directory, Mode = mode });
        }

        rootfs.WriteFile(Place.Append("lock"), [], LockMode);
        Write(rootfs, Settings.Append("arch"), architecture.Apk + "\n");
    }

    /// <summary>Writes the database, when everything is in place.</summary>
    /// <param name="rootfs">The root.</param>
    /// <param name="world">The terms of the world.</param>
    /// <param name="packages">What is installed, in the order of installation.</param>
    /// <param name="placed">What each package has put in place.</param>
    /// <param name="tagOf">The tag of the repository that a package is from, or null.</param>
    public static void Write(
        Rootfs rootfs, IEnumerable<ApkDependency> world, IReadOnlyList<UnpackedApk> packages,
        ILookup<UnpackedApk, PlacedFile> placed, Func<LockedPackage, string?> tagOf)
    {
        StringBuilder installed = new();
        foreach (UnpackedApk package in packages.OrderBy(package => package.Package.Name, ApkNames.Order))
        {
            AppendMetadata(installed, package);
            AppendLine(installed, 's', tagOf(package.Package));
            AppendFiles(installed, placed[package]);
            installed.Append('\n');
        }

        Write(rootfs, Place.Append("installed"), installed.ToString());
        Write(rootfs, Place.Append("triggers"), Triggers(packages));
        rootfs.WriteFile(Place.Append("scripts.tar"), ApkScriptArchive.Write(packages), FileMode);
        Write(rootfs, Settings.Append("world"), string.Concat(world
            .OrderBy(term => term.Name, ApkNames.Order).Select(term => term.ToString()).Distinct()
            .Select(term => term + "\n")));
    }

    private static string Triggers(IReadOnlyList<UnpackedApk> packages) => string.Concat(packages
        .Where(package => ApkTriggers.Of(package).Count > 0)
        .Select(package => $"{package.Package.Checksum} {string.Join(' ', ApkTriggers.Of(package))}\n"));

    /// <summary>
    /// The record as an index has it, then what only the database has. Checksum, size and architecture are those of the
    /// index; an index may have rewritten the architecture of a package for all.
    /// </summary>
    private static void AppendMetadata(StringBuilder text, UnpackedApk package)
    {
        PkgInfo info = package.Info;
        AppendLine(text, 'C', package.Package.Checksum);
        AppendLine(text, 'P', package.Package.Name);
        AppendLine(text, 'V', package.Package.Version);
        AppendLine(text, 'A', package.Package.Architecture);
        AppendLine(text, 'S', package.Package.Size.ToString(CultureInfo.InvariantCulture));
        AppendLine(text, 'I', info["size"] ?? "0");
        AppendLine(text, 'T', info["pkgdesc"] ?? "");
        AppendLine(text, 'U', info["url"] ?? "");
        AppendLine(text, 'L', info["license"] ?? "");
        AppendLine(text, 'o', info["origin"]);
        AppendLine(text, 'm', info["maintainer"]);
        AppendLine(text, 't', NotZero(info["builddate"]));
        AppendLine(text, 'c', info["commit"]);
        AppendLine(text, 'k', NotZero(info["provider_priority"]));
        AppendLine(text, 'D', Joined(info, "depend"));
        AppendLine(text, 'p', Joined(info, "provides"));
        AppendLine(text, 'i', Joined(info, "install_if"));
        AppendLine(text, 'r', Joined(info, "replaces"));
        AppendLine(text, 'q', NotZero(info["replaces_priority"]));
    }

    /// <summary>
    /// Directories by name, each with its files by name. Owner and mode are left out where they are root's and 755, for a
    /// file 644.
    /// </summary>
    private static void AppendFiles(StringBuilder text, IEnumerable<PlacedFile> placed)
    {
        ILookup<bool, PlacedFile> kinds = placed.ToLookup(file => file.Entry.Kind == EntryKind.Directory);
        ILookup<RootPath, PlacedFile> files = kinds[false].ToLookup(file => file.Entry.Path.Parent);
        Dictionary<RootPath, PlacedFile> directories = kinds[true].ToDictionary(file => file.Entry.Path);
        foreach (RootPath directory in directories.Keys.Concat(files.Select(group => group.Key)).Distinct()
            .OrderBy(path => path.Value, StringComparer.Ordinal))
        {
            AppendLine(text, 'F', directory.Value);
            AppendLine(text, 'M', Owner(directories.GetValueOrDefault(directory)?.Entry, "0:0:755"));
            foreach (PlacedFile file in files[directory].OrderBy(file => file.Entry.Path.Name, StringComparer.Ordinal))
            {
                AppendLine(text, 'R', file.Entry.Path.Name);
                AppendLine(text, 'a', Owner(file.Entry, "0:0:644"));
                AppendLine(
                    text, 'Z', file.Sha1 is ReadOnlyMemory<byte> sha1 ? "Q1" + Convert.ToBase64String(sha1.Span) : null);
            }
        }
    }

    private static string? Owner(TreeEntry? entry, string usual)
    {
        string? owner = entry is null ? null : string.Create(
            CultureInfo.InvariantCulture, $"{entry.Uid}:{entry.Gid}:{Convert.ToString(entry.Mode, 8)}");
        return owner == usual ? null : owner;
    }

    private static string? NotZero(string? number) => number == "0" ? null : number;

    private static string? Joined(PkgInfo info, string field) =>
        string.Join(' ', info.All(field)) is { Length: > 0 } terms ? terms : null;

    private static void AppendLine(StringBuilder text, char letter, string? value)
    {
        if (value is not null)
        {
            text.Append(letter).Append(':').Append(value).Append('\n');
        }
    }

    private static void Write(Rootfs rootfs, RootPath path, string text) =>
        rootfs.WriteFile(path, Encoding.UTF8.GetBytes(text), FileMode);
}
