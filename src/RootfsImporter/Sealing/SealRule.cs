using RootfsImporter.Files;

namespace RootfsImporter.Sealing;

/// <summary>
/// One named step of sealing: data that the Sealer applies to a tree's entries. A rule whose paths the tree
/// lacks does nothing. Several rules may share a name when they are one decision (a diversion and its file).
/// </summary>
public abstract record SealRule
{
    private SealRule()
    {
    }

    /// <summary>The rule's name in the ledger: <c>machine-id</c>, <c>apt-lists</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Why it exists, in one line without a full stop.</summary>
    public required string Why { get; init; }

    /// <summary>When set, the rule applies only to a tree in which this path exists as the rule's turn comes.</summary>
    public RootPath? OnlyIf { get; init; }

    /// <summary>Removes paths and all that lies below them.</summary>
    /// <param name="Paths">
    /// Paths without leading slash; the last component may hold the wildcards <c>*</c>, <c>?</c> and <c>[...]</c>.
    /// </param>
    public sealed record Remove(IReadOnlyList<string> Paths) : SealRule
    {
        /// <summary>Leave symbolic links and directories, which hold nothing of the host.</summary>
        public bool FilesOnly { get; init; }

        /// <summary>Leave what a package brought.</summary>
        public bool UnpackagedOnly { get; init; }
    }

    /// <summary>Keeps a directory and removes what it holds.</summary>
    /// <param name="Path">The directory; anything else there is left alone.</param>
    public sealed record EmptyDirectory(RootPath Path) : SealRule
    {
        /// <summary>Directories below it that stay, empty, when they are there.</summary>
        public IReadOnlyList<RootPath> Except { get; init; } = [];
    }

    /// <summary>Removes every entry of some kinds, wherever it is.</summary>
    public sealed record RemoveKinds(IReadOnlyList<EntryKind> Kinds) : SealRule;

    /// <summary>Removes files as dpkg leaves them out of what it unpacks (dpkg(1), <c>--path-exclude</c>).</summary>
    /// <param name="Filters">The filters in order: the last that matches decides.</param>
    public sealed record FilterPaths(IReadOnlyList<PathFilter> Filters) : SealRule;

    /// <summary>Computes the new content of regular files from the old, for all names of each file.</summary>
    /// <param name="Paths">The files; what is not a regular file is left alone.</param>
    /// <param name="Content">
    /// From the old bytes and SOURCE_DATE_EPOCH to the new bytes; pure. Equal bytes mean that nothing changes.
    /// </param>
    public sealed record Rewrite(
        IReadOnlyList<RootPath> Paths, Func<ReadOnlyMemory<byte>, long, ReadOnlyMemory<byte>> Content) : SealRule
    {
        /// <summary>The size from which a file is refused rather than read, bytes.</summary>
        public int MaxBytes { get; init; } = 4 << 20;
    }

    /// <summary>
    /// Puts a regular file of root's, with the directories that it lacks (mode 0755); a file that is there is replaced.
    /// </summary>
    /// <param name="Path">Where.</param>
    /// <param name="Mode">Permission bits.</param>
    /// <param name="Text">The content, written as UTF-8.</param>
    public sealed record Add(RootPath Path, int Mode, string Text) : SealRule;

    /// <summary>Renames one regular file, unless the new name is taken.</summary>
    public sealed record Move(RootPath From, RootPath To) : SealRule;

    /// <summary>Sets the mode and the owner of a path.</summary>
    public sealed record SetMetadata(RootPath Path, int Mode, uint Uid, uint Gid) : SealRule;

    /// <summary>
    /// Refuses a tree with a name that starts with <c>.wh.</c>, which every runtime takes for a deletion (OCI image-spec,
    /// layer.md, "Whiteouts"): it would vanish, or take a file of another layer with it.
    /// </summary>
    public sealed record RefuseWhiteouts : SealRule;

    /// <summary>
    /// Gives a file or symbolic link the time that its package recorded when the tree still has it, and everything else
    /// SOURCE_DATE_EPOCH; nothing is newer than that or older than 1970.
    /// </summary>
    public sealed record SetTimes : SealRule;
}
