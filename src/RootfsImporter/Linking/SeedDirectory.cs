using RootfsImporter.Files;

namespace RootfsImporter.Linking;

/// <summary>A regular file of a directory that was added.</summary>
/// <param name="Source">Where it lies.</param>
/// <param name="MovedTo">Where it is in the image when that is elsewhere; else null.</param>
internal readonly record struct SeedFile(RootPath Source, RootPath? MovedTo);

/// <summary>Adds directories with all that they hold.</summary>
internal static class SeedDirectory
{
    private const int MaxEntries = 1_000_000;

    /// <summary>Adds everything below the directory and returns its regular files, in order.</summary>
    /// <param name="tree">Where it is added.</param>
    /// <param name="seed">What the user named.</param>
    /// <param name="directory">Where that really lies.</param>
    /// <param name="reason">Why; null: for being in the directory.</param>
    public static IReadOnlyList<SeedFile> Add(
        LinkedTree tree, LinkSeed seed, RootPath directory, LinkReason? reason = null)
    {
        LinkReason why = reason ?? new LinkReason(LinkReasonKind.InDirectory, (seed.MovedTo ?? directory).ToString());
        List<SeedFile> files = [];
        Stack<RootPath> ahead = new([directory]);
        for (int count = 0; ahead.TryPop(out RootPath current);)
        {
            foreach (string name in seed.View.NamesIn(current))
            {
                if (++count > MaxEntries)
                {
                    throw new InvalidDataException($"{directory} holds more than {MaxEntries} files");
                }

                RootPath path = current.Append(name);
                RootPath? movedTo = seed.MovedTo is { } target ? target.Append(path.Value.AsSpan(directory.Value.Length)) : null;
                TreeEntry entry = seed.View.Find(path) ?? throw new InvalidDataException($"{path} went away");
                switch (entry.Kind)
                {
                    case EntryKind.Directory:
                        ahead.Push(path);
                        tree.Put(entry with { Path = movedTo ?? path }, why);
                        break;
                    case EntryKind.File:
                        files.Add(new SeedFile(path, movedTo));
                        tree.Put(entry with { Path = movedTo ?? path }, why);
                        break;
                    case EntryKind.Symlink:
                        AddLink(tree, seed.View, directory, entry, movedTo, why);
                        break;
                }
            }
        }

        return [.. files.OrderBy(file => file.Source)];
    }

    /// <summary>
    /// A link stays one where it leads somewhere in the image, too: it brings its target along, or that is in the same
    /// directory. Else the file that it leads to takes its place.
    /// </summary>
    private static void AddLink(
        LinkedTree tree, ILinkRoot view, RootPath directory, TreeEntry link, RootPath? movedTo, LinkReason why)
    {
        LinkTrail? trail = LinkTrail.Follow(view, link.Path.ToString());
        if (movedTo is not { } target)
        {
            tree.Put(link, why);
            if (trail is not null && !trail.End.Path.IsAtOrBelow(directory))
            {
                tree.PutTrail(view, link.Path.ToString(), movedTo: null, why);
            }
        }
        else if (trail is { End.Kind: EntryKind.File }
            && (link.LinkTarget!.StartsWith('/') || !trail.End.Path.IsAtOrBelow(directory)))
        {
            tree.Put(trail.End with { Path = target }, why);
        }
        else
        {
            tree.Put(link with { Path = target }, why);
        }
    }
}
