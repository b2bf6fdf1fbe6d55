using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Sealing;
using RootfsImporter.Stages;

namespace RootfsImporter.Tests.Sealing;

/// <summary>A tree written as the test reads: parents are made, order is kept, times are those of "today".</summary>
internal sealed class SealFixture
{
    public const long Epoch = 1_700_000_000;
    public const long Today = Epoch + 90_000;

    private readonly SortedDictionary<RootPath, TreeEntry> _entries = [];
    private readonly Dictionary<RootPath, long> _packaged = [];

    public SealFixture() => Put(RootPath.Root, EntryKind.Directory, 0b111_101_101);

    public SealFixture Directory(string path, int mode = 0b111_101_101) =>
        Put(RootPath.Parse(path), EntryKind.Directory, mode);

    public SealFixture File(string path, string text = "x", int mode = 0b110_100_100, long time = Today) => Add(
        path, new TreeEntry
        {
            Path = RootPath.Parse(path),
            Kind = EntryKind.File,
            Mode = mode,
            ModifiedTime = time,
            Content = new BytesContent(Encoding.UTF8.GetBytes(text)),
        });

    public SealFixture File(string path, FileContent content) => Add(path, new TreeEntry
    {
        Path = RootPath.Parse(path),
        Kind = EntryKind.File,
        Mode = 0b110_100_100,
        Content = content,
    });

    /// <summary>A file whose package recorded a time; its time on disk is the same unless given.</summary>
    public SealFixture Packaged(string path, long packagedTime, long? time = null)
    {
        _packaged[RootPath.Parse(path)] = packagedTime;
        return File(path, time: time ?? packagedTime);
    }

    public SealFixture Symlink(string path, string target, long time = Today) => Add(path, new TreeEntry
    {
        Path = RootPath.Parse(path),
        Kind = EntryKind.Symlink,
        Mode = 0b111_111_111,
        ModifiedTime = time,
        LinkTarget = target,
    });

    public SealFixture HardLink(string path, string first) => Add(path, _entries[RootPath.Parse(first)] with
    {
        Path = RootPath.Parse(path),
        Kind = EntryKind.HardLink,
        Content = null,
        LinkTarget = first,
    });

    public SealFixture Special(string path, EntryKind kind) => Put(RootPath.Parse(path), kind, 0b110_110_110);

    public IReadOnlyList<TreeEntry> Tree => [.. _entries.Values];

    public SealedRootfs Seal(params IReadOnlyList<SealRule> rules) =>
        Sealer.Seal(Tree, PackagedTime, rules, Epoch);

    public long? PackagedTime(RootPath path) => _packaged.TryGetValue(path, out long time) ? time : null;

    private SealFixture Add(string path, TreeEntry entry)
    {
        MakeParents(RootPath.Parse(path));
        _entries[entry.Path] = entry;
        return this;
    }

    private SealFixture Put(RootPath path, EntryKind kind, int mode)
    {
        MakeParents(path);
        _entries[path] = new TreeEntry { Path = path, Kind = kind, Mode = mode, ModifiedTime = Today };
        return this;
    }

    private void MakeParents(RootPath path)
    {
        if (!path.IsRoot && !_entries.ContainsKey(path.Parent))
        {
            Put(path.Parent, EntryKind.Directory, 0b111_101_101);
        }
    }
}

/// <summary>Questions that tests ask of a sealed tree.</summary>
internal static class SealedRootfsQuestions
{
    extension(SealedRootfs sealedRootfs)
    {
        public IEnumerable<string> Paths => sealedRootfs.Entries.Select(entry => entry.Path.Value);

        public TreeEntry Entry(string path) =>
            sealedRootfs.Entries.Single(entry => entry.Path == RootPath.Parse(path));

        public string Text(string path)
        {
            using StreamReader reader = new(sealedRootfs.Entry(path).Content!.Open());
            return reader.ReadToEnd();
        }

        public IEnumerable<LedgerEntry> Of(string rule) => sealedRootfs.Ledger.Entries.Where(entry => entry.Rule == rule);
    }
}
