using System.Globalization;
using System.Text;
using RootfsImporter.Codecs;
using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Database;

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
    public static void Write(Rootfs rootfs, ApkDatabaseContent content)
    {
        RootPath place = content.Installed?.Directory ?? Place;
        WriteBytes(rootfs, place.Append("installed"), Installed(content));
        Write(rootfs, place.Append("triggers"), Triggers(content));
        byte[] scripts = ApkScriptArchive.Write(content.Staying, content.Added);
        if (content.Installed is { HasCompressedScripts: true })
        {
            WriteBytes(rootfs, place.Append("scripts.tar.gz"), Compressed(scripts));
        }
        else
        {
            WriteBytes(rootfs, place.Append("scripts.tar"), scripts);
        }

        WriteWorld(rootfs, content.World);
    }

    /// <summary>Writes the terms of the world, sorted.</summary>
    public static void WriteWorld(Rootfs rootfs, IEnumerable<ApkDependency> world) =>
        Write(rootfs, Settings.Append("world"), string.Concat(world
            .OrderBy(term => term.Name, ApkNames.Order).Select(term => term.ToString()).Distinct()
            .Select(term => term + "\n")));

    /// <summary>
    /// The records that stay, byte for byte and in their order, and the new ones: by name among them, or after them where
    /// they are in the order of installation, as apk wrote them until 2.12.
    /// </summary>
    private static byte[] Installed(ApkDatabaseContent content)
    {
        InstalledApk[] staying = [.. content.Staying];
        IEnumerable<(string Name, ReadOnlyMemory<byte> Record)> old = staying.Select(
            package => (package.Name, ApkRecordEdit.Without(package.Record, content.Taken[package].ToHashSet())));
        IEnumerable<(string Name, ReadOnlyMemory<byte> Record)> added = content.Added.Select(
            package => (package.Name, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(Record(package, content))));
        bool isSorted = staying.Zip(staying.Skip(1)).All(
            pair => ApkNames.Order.Compare(pair.First.Name, pair.Second.Name) < 0);
        using MemoryStream installed = new();
        foreach ((_, ReadOnlyMemory<byte> record) in isSorted
            ? old.Concat(added).OrderBy(record => record.Name, ApkNames.Order)
            : old.Concat(added))
        {
            installed.Write(record.Span);
            installed.Write("\n"u8);
        }

        return installed.ToArray();
    }

    private static string Record(UnpackedApk package, ApkDatabaseContent content)
    {
        StringBuilder record = new();
        AppendMetadata(record, package);
        AppendLine(record, 's', content.TagOf(package.Package));
        AppendFiles(record, content.Placed[package]);
        return record.ToString();
    }

    private static string Triggers(ApkDatabaseContent content)
    {
        HashSet<InstalledApk> staying = [.. content.Staying];
        return string.Concat((content.Installed?.Triggered ?? []).Where(staying.Contains).Concat<IRootApk>(content.Added)
            .Where(package => package.Triggers.Count > 0)
            .Select(package => $"{package.Checksum} {string.Join(' ', package.Triggers)}\n"));
    }

    private static byte[] Compressed(byte[] content)
    {
        using GzipFrameCompressor compressor = new(isThorough: true);
        using MemoryStream output = new();
        compressor.Compress(content, output);
        return output.ToArray();
    }

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
        WriteBytes(rootfs, path, Encoding.UTF8.GetBytes(text));

    private static void WriteBytes(Rootfs rootfs, RootPath path, byte[] content) =>
        rootfs.WriteFile(path, content, FileMode);
}

/// <summary>What the database is to say.</summary>
internal sealed record ApkDatabaseContent
{
    private static readonly ILookup<InstalledApk, RootPath> NothingTaken = Array.Empty<InstalledApk>()
        .ToLookup(package => package, _ => RootPath.Root);

    private static readonly ILookup<IRootApk, PlacedFile> NothingPlaced = Array.Empty<PlacedFile>()
        .ToLookup(file => file.Package);

    /// <summary>What it said before, or null.</summary>
    public InstalledApks? Installed { get; init; }

    /// <summary>Names of packages that it named before and that are not there any more, in that version.</summary>
    public IReadOnlySet<string> Gone { get; init; } = new HashSet<string>();

    /// <summary>The files of packages that were there before which new ones have taken.</summary>
    public ILookup<InstalledApk, RootPath> Taken { get; init; } = NothingTaken;

    /// <summary>The new packages, in the order of installation.</summary>
    public IReadOnlyList<UnpackedApk> Added { get; init; } = [];

    /// <summary>What each new package has put in place.</summary>
    public ILookup<IRootApk, PlacedFile> Placed { get; init; } = NothingPlaced;

    /// <summary>The tag of the repository that a new package is from, or null.</summary>
    public Func<LockedPackage, string?> TagOf { get; init; } = _ => null;

    /// <summary>The terms of the world.</summary>
    public required IReadOnlyList<ApkDependency> World { get; init; }

    /// <summary>The packages that were there before and stay, in the order of the database.</summary>
    public IEnumerable<InstalledApk> Staying =>
        (Installed?.Apks ?? []).Where(package => !Gone.Contains(package.Name));
}
