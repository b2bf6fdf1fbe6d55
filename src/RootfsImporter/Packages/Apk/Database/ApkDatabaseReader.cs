using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Packages.Apk.Database;

/// <summary>
/// Reads the database of a root (apk-tools, src/database.c): <c>installed</c>, <c>triggers</c> and <c>scripts.tar</c> in its
/// directory, and <c>etc/apk/world</c>.
/// </summary>
internal static class ApkDatabaseReader
{
    private const int MaxInstalledBytes = 128 << 20;
    private const int MaxListBytes = 4 << 20;
    private static readonly RootPath World = RootPath.Parse("etc/apk/world");

    /// <summary>Where the database may be: since apk 3 also where /lib is, when that is merged into /usr.</summary>
    private static readonly RootPath[] Places = [RootPath.Parse("lib/apk/db"), RootPath.Parse("usr/lib/apk/db")];

    /// <summary>
    /// Reads that of a tree; null when there is none. Throws <see cref="PackageFormatException"/> for what is malformed or
    /// larger than it may be.
    /// </summary>
    public static InstalledApks? Read(RootTree tree) => Read(tree.TryReadFile, tree.Locate);

    /// <summary>Reads that of a root as it is now, as <see cref="Read(RootTree)"/> does.</summary>
    public static InstalledApks? Read(Rootfs rootfs) => Read(rootfs.TryReadFile, path => path);

    /// <summary>The error for a file of the database that cannot be read.</summary>
    public static PackageFormatException Damaged(RootPath file, string problem, Exception? inner) => new(
        $"reading the database of installed packages: {file}: {problem}",
        "what the image says of its packages is damaged, and nothing can be installed on top of it; make the base image "
            + "anew",
        inner);

    private static InstalledApks? Read(Func<RootPath, int, byte[]?> read, Func<RootPath, RootPath> locate)
    {
        foreach (RootPath directory in Places)
        {
            RootPath file = directory.Append("installed");
            if (Try(file, () => read(file, MaxInstalledBytes)) is byte[] installed)
            {
                return Read(directory, installed, read, locate);
            }
        }

        return null;
    }

    private static InstalledApks Read(
        RootPath directory, byte[] installed, Func<RootPath, int, byte[]?> read, Func<RootPath, RootPath> locate)
    {
        IReadOnlyList<InstalledRecord> records = Try(
            directory.Append("installed"), () => InstalledRecords.Read(installed));
        ILookup<string, InstalledScript> scripts = InstalledScripts.Read(directory, read, out bool isCompressed);
        RootPath triggersFile = directory.Append("triggers");
        IReadOnlyList<(string Sum, string[] Globs)> triggers =
            Try(triggersFile, () => ReadTriggers(read(triggersFile, MaxListBytes) ?? []));
        ILookup<string, string[]> globs = triggers.ToLookup(line => line.Sum, line => line.Globs, StringComparer.Ordinal);
        Dictionary<string, InstalledApk> bySum = new(StringComparer.Ordinal);
        List<InstalledApk> apks = [];
        foreach (InstalledRecord record in records)
        {
            string sum = ApkDigestText.Normalize(record.Package.Checksum);
            InstalledApk package = record.ToPackage([.. globs[sum].SelectMany(words => words)], [.. scripts[sum]]);
            apks.Add(package);
            bySum.TryAdd(sum, package);
        }

        return new InstalledApks(locate)
        {
            Directory = directory,
            Apks = apks,
            Packages =
            [
                .. apks.Select(apk => new InstalledPackage(
                        apk.Package.Name, apk.Package.Version.ToString(), apk.Package.Architecture))
                    .OrderBy(package => package.Name, StringComparer.Ordinal),
            ],
            Triggered = [.. triggers.Select(line => bySum.GetValueOrDefault(line.Sum)).OfType<InstalledApk>().Distinct()],
            HasCompressedScripts = isCompressed,
            World = Try(World, () => ApkDependency.ParseList(Text(read(World, MaxListBytes) ?? []))),
        };
    }

    /// <summary>Lines of a package's checksum and the globs of its triggers, between spaces.</summary>
    private static List<(string Sum, string[] Globs)> ReadTriggers(byte[] content)
    {
        List<(string, string[])> triggers = [];
        foreach (string line in Text(content).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1)
            {
                triggers.Add((ApkDigestText.Normalize(words[0]), words[1..]));
            }
        }

        return triggers;
    }

    private static string Text(byte[] content) => Encoding.UTF8.GetString(content);

    private static T Try<T>(RootPath file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (
            exception is InvalidDataException or FormatException or EndOfStreamException)
        {
            throw Damaged(file, exception.Message, exception);
        }
    }
}
