using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Database;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Apk.Database;

/// <summary>A tree with apk's database, written as text, and some links and files.</summary>
internal sealed class ApkRootText
{
    private readonly SortedDictionary<RootPath, TreeEntry> _entries = [];

    public ApkRootText() => Add(RootPath.Root, EntryKind.Directory);

    /// <summary>Sums of packages and files that are as long as real ones.</summary>
    public static string Sum(char letter) => "Q1" + Convert.ToBase64String(Encoding.ASCII.GetBytes(new string(letter, 20)));

    public ApkRootText File(string path, string content) => File(path, Encoding.UTF8.GetBytes(content));

    public ApkRootText File(string path, byte[] content)
    {
        RootPath file = RootPath.Parse(path);
        for (RootPath parent = file.Parent; !parent.IsRoot; parent = parent.Parent)
        {
            if (!_entries.ContainsKey(parent))
            {
                Add(parent, EntryKind.Directory);
            }
        }

        _entries[file] = new TreeEntry
        {
            Path = file,
            Kind = EntryKind.File,
            Mode = 0x1A4,
            Content = new BytesContent(content),
        };
        return this;
    }

    public ApkRootText Link(string path, string target)
    {
        RootPath link = RootPath.Parse(path);
        _entries[link] = new TreeEntry { Path = link, Kind = EntryKind.Symlink, Mode = 0x1FF, LinkTarget = target };
        return this;
    }

    public ApkRootText Installed(string records, string place = "lib/apk/db") => File($"{place}/installed", records);

    /// <summary>The archive of scripts, members by name.</summary>
    public ApkRootText Scripts(bool isCompressed, params (string Name, string Content)[] members)
    {
        TarBytes tar = new();
        foreach ((string name, string content) in members)
        {
            tar.Add(new TarBytesEntry(name, '0') { Content = Encoding.UTF8.GetBytes(content), Mode = 0x1ED });
        }

        return isCompressed
            ? File("lib/apk/db/scripts.tar.gz", SystemCompressor.Compress(tar.ToArray(), ".gz"))
            : File("lib/apk/db/scripts.tar", tar.ToArray());
    }

    public RootTree Tree() => new([.. _entries.Values]);

    public InstalledApks Read() => Assert.IsType<InstalledApks>(ApkDatabaseReader.Read(Tree()));

    /// <summary>What is wrong with it.</summary>
    public string Refused()
    {
        PackageFormatException error = Assert.Throws<PackageFormatException>(() => _ = Read().Paths.Count);
        Assert.Contains("make the base image anew", error.Hint, StringComparison.Ordinal);
        const string Start = "reading the database of installed packages: ";
        Assert.StartsWith(Start, error.Message, StringComparison.Ordinal);
        return error.Message[Start.Length..];
    }

    private void Add(RootPath path, EntryKind kind) =>
        _entries[path] = new TreeEntry { Path = path, Kind = kind, Mode = 0x1ED };
}
