using RootfsImporter.Files;

namespace RootfsImporter.Importing;

/// <summary>
/// Which times of a tree are content. What a package brought is the same wherever it is installed, so that two
/// installations of the same packages agree; everything else was written when the tree was made.
/// </summary>
internal sealed class TreeTimes
{
    private const long LastSecond = 253_402_300_799;

    /// <summary>Directories that only packages write to, also where they are not merged into /usr.</summary>
    private static readonly string[] PackagedDirectories = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    /// <summary>State of the host that a tree without packages may have, which the rules tell from content by having no time.</summary>
    private static readonly HashSet<RootPath> HostFiles =
        [.. ((string[])["etc/hostname", "etc/resolv.conf", "etc/mtab"]).Select(path => RootPath.Parse(path))];

    private readonly RootTree _tree;
    private readonly IReadOnlySet<RootPath>? _packaged;

    /// <param name="tree">The tree.</param>
    /// <param name="packaged">Where the files lie that packages brought; null without a database: then every time is kept.</param>
    /// <param name="given">The epoch that the user wants, or null for the tree's own.</param>
    public TreeTimes(RootTree tree, IReadOnlySet<RootPath>? packaged, long? given)
    {
        _tree = tree;
        _packaged = packaged;
        Epoch = given ?? Math.Clamp(NewestPackaged() ?? Newest(_ => true) ?? 0, 0, LastSecond);
    }

    /// <summary>
    /// Seconds since 1970 UTC, not after 9999: the newest file below /usr that a package brought; without packages the newest
    /// file.
    /// </summary>
    public long Epoch { get; }

    /// <summary>The newest time in a tree that is kept as it is, directories among it; as <see cref="Epoch"/>.</summary>
    public static long NewestOf(RootTree tree) => Math.Clamp(tree.Entries.Max(entry => entry.ModifiedTime), 0, LastSecond);

    /// <summary>The time of a path that is content, or null.</summary>
    public long? PackagedTime(RootPath path) => (_packaged is null ? !HostFiles.Contains(path) : _packaged.Contains(path))
        ? _tree.Find(path)?.ModifiedTime
        : null;

    private long? NewestPackaged() => _packaged is null
        ? null
        : Newest(path => _packaged.Contains(path) && PackagedDirectories.Contains(path.Value.Split('/', 2)[0]))
            ?? Newest(_packaged.Contains);

    private long? Newest(Func<RootPath, bool> counts) => _tree.Entries
        .Where(entry => entry.Kind == EntryKind.File && counts(entry.Path))
        .Max(entry => (long?)entry.ModifiedTime);
}
