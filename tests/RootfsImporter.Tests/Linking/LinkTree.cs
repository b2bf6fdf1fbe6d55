using RootfsImporter.Files;
using RootfsImporter.Linking;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Linking;

/// <summary>A root file system as tests write it, in memory.</summary>
internal sealed class LinkTree
{
    private readonly SortedDictionary<RootPath, TreeEntry> _entries = new()
    {
        [RootPath.Root] = new TreeEntry { Path = RootPath.Root, Kind = EntryKind.Directory, Mode = 0x1ED },
    };

    /// <summary>A merged /usr with glibc's dynamic linker and libc, as Debian has them.</summary>
    public static LinkTree Debian() => new LinkTree()
        .Link("/lib", "usr/lib")
        .Link("/lib64", "usr/lib64")
        .Link("/bin", "usr/bin")
        .Link("/usr/lib64/ld-linux-x86-64.so.2", "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
        .Library("/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
        .Library("/usr/lib/x86_64-linux-gnu/libc.so.6", "ld-linux-x86-64.so.2");

    public LinkTree File(string path, byte[] content)
    {
        Add(new TreeEntry
        {
            Path = RootPath.Parse(path),
            Kind = EntryKind.File,
            Mode = 0x1ED,
            Content = new BytesContent(content),
        });
        return this;
    }

    public LinkTree File(string path, string text) => File(path, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>A library whose DT_SONAME is its name.</summary>
    public LinkTree Library(string path, params string[] needed) =>
        File(path, ElfBuilder.Library(path[(path.LastIndexOf('/') + 1)..], needed));

    public LinkTree Program(string path, params string[] needed) => File(path, ElfBuilder.Program(needed));

    public LinkTree Link(string path, string target)
    {
        Add(new TreeEntry { Path = RootPath.Parse(path), Kind = EntryKind.Symlink, Mode = 0x1FF, LinkTarget = target });
        return this;
    }

    /// <summary>Collects files of this root and what they need; <c>FROM:/TO</c> moves one.</summary>
    public LinkResult Collect(params string[] files)
    {
        TreeRoot root = Root();
        return Linker.Link(
            [
                .. files.Select(file => file.Split(":/", 2)).Select(parts => new LinkSeed(
                    root, parts[0], parts.Length > 1 ? RootPath.Parse(parts[1]) : null)),
            ],
            root);
    }

    public TreeRoot Root() => new(new RootTree([.. _entries.Values]));

    private void Add(TreeEntry entry)
    {
        for (RootPath parent = entry.Path.Parent; !_entries.ContainsKey(parent); parent = parent.Parent)
        {
            _entries.Add(parent, new TreeEntry { Path = parent, Kind = EntryKind.Directory, Mode = 0x1ED });
        }

        _entries[entry.Path] = entry;
    }
}

/// <summary>What tests ask of a result.</summary>
internal static class LinkResults
{
    /// <summary>The files and links of the image, in order: <c>/lib -> usr/lib</c>.</summary>
    public static IReadOnlyList<string> Paths(this LinkResult result) =>
    [
        .. TreeAssembly.Assemble(result.Tree).Where(file => file.Entry.Kind != EntryKind.Directory)
            .Select(file => file.Entry.LinkTarget is string target ? $"{file.Entry.Path} -> {target}" : file.Entry.Path.ToString()),
    ];

    /// <summary>Why a path is there.</summary>
    public static IReadOnlyList<string> Why(this LinkResult result, string path) =>
    [
        .. TreeAssembly.Assemble(result.Tree).Single(file => file.Entry.Path.ToString() == path)
            .Reasons.Select(reason => reason.ToString()),
    ];
}
