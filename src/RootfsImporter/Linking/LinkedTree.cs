using RootfsImporter.Files;

namespace RootfsImporter.Linking;

/// <summary>The files of an image as they are collected, each with the reasons why it is there.</summary>
internal sealed class LinkedTree
{
    private readonly Dictionary<RootPath, LinkedFile> _files = [];

    /// <summary>What was collected, in no order: parents may be missing, and paths may lead through links.</summary>
    public IReadOnlyCollection<LinkedFile> Files => _files.Values;

    /// <summary>
    /// Adds an entry, or one more reason for one that is there. Throws <see cref="InvalidDataException"/> when
    /// something else
    /// has its path.
    /// </summary>
    public void Put(TreeEntry entry, LinkReason reason)
    {
        if (!_files.TryGetValue(entry.Path, out LinkedFile? file))
        {
            _files.Add(entry.Path, file = new LinkedFile(entry, []));
        }
        else if (!IsSame(file.Entry, entry))
        {
            throw new InvalidDataException($"two different files are to be {entry.Path} in the image");
        }

        file.Reasons.Add(reason);
    }

    /// <summary>
    /// Adds what a path of a root leads to, and every link on the way; with <paramref name="movedTo"/> the content alone, at
    /// that path. Returns the entry that the path ends at, or null when it leads to nothing.
    /// </summary>
    public TreeEntry? PutTrail(ILinkRoot root, string path, RootPath? movedTo, LinkReason reason)
    {
        if (LinkTrail.Follow(root, path) is not { } trail)
        {
            return null;
        }

        if (movedTo is { } target)
        {
            Put(trail.End with { Path = target }, reason);
            return trail.End;
        }

        foreach (TreeEntry link in trail.Links)
        {
            Put(link, new LinkReason(LinkReasonKind.Link, trail.End.Path.ToString()));
        }

        Put(trail.End, reason);
        return trail.End;
    }

    // Contents are equal when they come from the same place: records compare so.
    private static bool IsSame(TreeEntry left, TreeEntry right) =>
        left.Kind == right.Kind && left.LinkTarget == right.LinkTarget
        && (left.Kind == EntryKind.Directory || Equals(left.Content, right.Content));
}

/// <summary>One file of an image.</summary>
/// <param name="Entry">The file, link or directory, where it is to be.</param>
/// <param name="Reasons">Why it is there.</param>
internal sealed record LinkedFile(TreeEntry Entry, SortedSet<LinkReason> Reasons)
{
    private static readonly Comparer<LinkReason> ByStrength = Comparer<LinkReason>.Create((left, right) =>
        left.Kind != right.Kind ? left.Kind.CompareTo(right.Kind) : string.CompareOrdinal(left.Of, right.Of));

    /// <summary>The reasons, the strongest first, each once.</summary>
    public SortedSet<LinkReason> Reasons { get; } = new(Reasons, ByStrength);
}
