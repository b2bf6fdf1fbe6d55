using RootfsImporter.Files;

namespace RootfsImporter.Packages.Deb;

/// <summary>What is known of a package once its files are on disk.</summary>
internal sealed class UnpackedDeb(FetchedPackage package, DebControl control)
{
    private HashSet<RootPath>? _lookup;

    /// <summary>The package and its .deb.</summary>
    public FetchedPackage Package { get; } = package;

    /// <summary>Its control archive.</summary>
    public DebControl Control { get; } = control;

    /// <summary>Every path of its data archive in the archive's order, the root included.</summary>
    public List<RootPath> Paths { get; } = [];

    /// <summary>Its directories with the metadata that it wants for them.</summary>
    public List<TreeEntry> Directories { get; } = [];

    /// <summary>Entries whose place was taken: directories that exist, files of another package.</summary>
    public List<TreeEntry> Unplaced { get; } = [];

    /// <summary>MD5 of each conffile as shipped.</summary>
    public Dictionary<RootPath, string> ConffileHashes { get; } = [];

    /// <summary>Whether a path is in its list of files.</summary>
    public bool Owns(RootPath path) => (_lookup ??= [.. Paths]).Contains(path);

    /// <summary>Name in dpkg's info directory: with the architecture when several may be installed side by side.</summary>
    public string InfoName => Control.MultiArch == "same" ? $"{Control.Package}:{Control.Architecture}" : Control.Package;
}
