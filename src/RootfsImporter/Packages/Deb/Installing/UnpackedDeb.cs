using RootfsImporter.Files;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>What is known of a package once its files are on disk.</summary>
internal sealed class UnpackedDeb(FetchedPackage package, DebControl control)
{
    private HashSet<RootPath>? _lookup;
    private HashSet<RootPath>? _unplacedLookup;

    /// <summary>The package and its .deb.</summary>
    public FetchedPackage Package { get; } = package;

    /// <summary>Its control archive.</summary>
    public DebControl Control { get; } = control;

    /// <summary>Every path of its data archive in the archive's order, the root included.</summary>
    public List<RootPath> Paths { get; } = [];

    /// <summary>Its directories with the metadata that it wants for them.</summary>
    public List<TreeEntry> Directories { get; } = [];

    /// <summary>Its files, links and pipes.</summary>
    public List<TreeEntry> Files { get; } = [];

    /// <summary>Its hard links, which are among <see cref="Files"/> too.</summary>
    public List<TreeEntry> HardLinks { get; } = [];

    /// <summary>Entries whose place was taken: directories that exist, files of another package.</summary>
    public List<TreeEntry> Unplaced { get; } = [];

    /// <summary>Paths of entries that were not tried.</summary>
    public HashSet<RootPath> LeftOut { get; } = [];

    /// <summary>Whether it is the root's own dpkg that has to unpack it, because it touches what is there already.</summary>
    public bool IsForDpkg { get; set; }

    /// <summary>MD5 of each conffile as shipped.</summary>
    public Dictionary<RootPath, string> ConffileHashes { get; } = [];

    /// <summary>Notes an entry of its data archive.</summary>
    public void Add(TreeEntry entry)
    {
        Paths.Add(entry.Path);
        (entry.Kind == EntryKind.Directory ? Directories : Files).Add(entry);
        if (entry.Kind == EntryKind.HardLink)
        {
            HardLinks.Add(entry);
        }
    }

    /// <summary>Whether a path is in its data archive; to be asked once that is unpacked.</summary>
    public bool Owns(RootPath path) => (_lookup ??= [.. Paths]).Contains(path);

    /// <summary>Whether what has the name was made of its entry; to be asked once it is unpacked.</summary>
    public bool HasPlaced(RootPath path) =>
        Owns(path) && !LeftOut.Contains(path) && !(_unplacedLookup ??= [.. Unplaced.Select(entry => entry.Path)]).Contains(path);

    /// <summary>Name in dpkg's info directory: with the architecture when several may be installed side by side.</summary>
    public string InfoName => Control.MultiArch == "same" ? $"{Control.Package}:{Control.Architecture}" : Control.Package;
}
