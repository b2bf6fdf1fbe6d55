using System.Diagnostics;
using System.Globalization;
using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Sealing;

/// <summary>One run of sealing: applies rules to a tree and keeps the ledger of what they did.</summary>
internal sealed class SealRun(SealTree tree, Func<RootPath, long?> packagedTime, long sourceDateEpoch)
{
    private readonly List<LedgerEntry> _ledger = [];

    /// <summary>What was done so far, in order.</summary>
    public IReadOnlyList<LedgerEntry> Entries => _ledger;

    /// <summary>Applies one rule, unless its condition fails.</summary>
    public void Apply(SealRule rule)
    {
        if (rule.OnlyIf is RootPath condition && tree.Find(tree.Locate(condition)) is null)
        {
            return;
        }

        switch (rule)
        {
            case SealRule.Remove remove: RemoveMatching(remove); break;
            case SealRule.EmptyDirectory empty: Empty(empty); break;
            case SealRule.RemoveKinds { Kinds: IReadOnlyList<EntryKind> kinds }:
                Remove(rule, [.. tree.Entries.Where(entry => kinds.Contains(entry.Kind)).Select(entry => entry.Path)]);
                break;
            case SealRule.FilterPaths filter:
                Remove(rule, SealPathFilter.Excluded(tree.Entries, filter.Filters));
                break;
            case SealRule.Rewrite rewrite: Rewrite(rewrite); break;
            case SealRule.Add add: Add(add); break;
            case SealRule.Move move: Move(move); break;
            case SealRule.SetMetadata metadata: SetMetadata(metadata); break;
            case SealRule.RefuseWhiteouts: RefuseWhiteouts(); break;
            case SealRule.SetTimes:
                Record(rule, "retimed", RootPath.Root, SealTimes.Apply(tree, packagedTime, sourceDateEpoch));
                break;
            default: throw new UnreachableException(rule.ToString());
        }
    }

    private void RemoveMatching(SealRule.Remove rule)
    {
        List<RootPath> paths = [];
        foreach (string pattern in rule.Paths)
        {
            paths.AddRange(Matching(pattern)
                .Where(entry => !rule.FilesOnly || entry.Kind is EntryKind.File or EntryKind.HardLink)
                .Where(entry => !rule.UnpackagedOnly || packagedTime(entry.Path) is null)
                .Select(entry => entry.Path));
        }

        paths.Sort();
        Remove(rule, paths);
    }

    private IEnumerable<TreeEntry> Matching(string pattern)
    {
        int slash = pattern.LastIndexOf('/');
        string name = pattern[(slash + 1)..];
        if (!SealGlob.HasWildcard(name))
        {
            return tree.Find(tree.Locate(RootPath.Parse(pattern))) is TreeEntry entry ? [entry] : [];
        }

        RootPath directory = tree.Locate(RootPath.Parse($"{pattern.AsSpan(0, Math.Max(slash, 0))}/_")).Parent;
        return tree.Below(directory)
            .Where(entry => entry.Path.Parent == directory && SealGlob.IsMatch(name, entry.Path.Name));
    }

    private void Empty(SealRule.EmptyDirectory rule)
    {
        RootPath directory = tree.Locate(rule.Path);
        if (tree.Find(directory) is not { Kind: EntryKind.Directory })
        {
            return;
        }

        RootPath[] kept = [.. rule.Except.Select(tree.Locate)];
        Remove(rule, [.. tree.Below(directory)
            .Where(entry => entry.Kind != EntryKind.Directory || !kept.Any(path => path.IsAtOrBelow(entry.Path)))
            .Select(entry => entry.Path)]);
    }

    private void Remove(SealRule rule, IReadOnlyList<RootPath> paths)
    {
        foreach (SealRemoval removal in tree.Remove(paths))
        {
            Record(rule, "removed", removal.Entry.Path, Describe(removal));
        }
    }

    private static string? Describe(SealRemoval removal) => removal switch
    {
        { Below: > 0 } => string.Create(CultureInfo.InvariantCulture, $"with {removal.Below} below it"),
        { Entry.Kind: EntryKind.CharacterDevice } => "character device",
        { Entry.Kind: EntryKind.BlockDevice } => "block device",
        { Entry.Kind: EntryKind.Socket } => "socket",
        _ => null,
    };

    private void Rewrite(SealRule.Rewrite rule)
    {
        foreach (RootPath path in rule.Paths.Select(tree.Locate))
        {
            if (tree.Find(path) is not TreeEntry entry || tree.NamesOf(entry) is not [TreeEntry first, ..] names)
            {
                continue;
            }

            byte[] before = Read(rule, path, first.Content!);
            ReadOnlyMemory<byte> after = rule.Content(before, sourceDateEpoch);
            if (after.Span.SequenceEqual(before))
            {
                continue;
            }

            tree.Update(first with { Content = new BytesContent(after), ModifiedTime = sourceDateEpoch });
            Record(rule, "rewritten", path, SizeChange(before.Length, after.Length) + OtherNames(names, path));
        }
    }

    private static byte[] Read(SealRule.Rewrite rule, RootPath path, FileContent content)
    {
        if (content.Length > rule.MaxBytes)
        {
            throw new PackageFormatException(string.Create(
                CultureInfo.InvariantCulture,
                $"sealing {path} ({rule.Name}): the file has {content.Length} bytes, expected at most {rule.MaxBytes}"));
        }

        byte[] bytes = new byte[content.Length];
        using Stream stream = content.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string SizeChange(int before, int after) => before == after
        ? string.Create(CultureInfo.InvariantCulture, $"{before} bytes as before")
        : string.Create(CultureInfo.InvariantCulture, $"{before} to {after} bytes");

    private static string OtherNames(IReadOnlyList<TreeEntry> names, RootPath path) => string.Concat(
        names.Where(name => name.Path != path).Select(name => $", also named {name.Path}"));

    private void Add(SealRule.Add rule)
    {
        RootPath path = tree.Locate(rule.Path);
        TreeEntry file = new()
        {
            Path = path,
            Kind = EntryKind.File,
            Mode = rule.Mode,
            ModifiedTime = sourceDateEpoch,
            Content = new BytesContent(Encoding.UTF8.GetBytes(rule.Text)),
        };
        switch (tree.Find(path))
        {
            case null:
                AddParents(rule, path.Parent);
                tree.Insert(file);
                Record(rule, "added", path, null);
                break;
            case { Kind: EntryKind.Directory }:
                throw new PackageFormatException($"sealing {path} ({rule.Name}): found a directory, expected a file or none");
            default:
                // A new file of this name only: what shared the old one's content keeps it.
                tree.Remove([path]);
                tree.Insert(file);
                Record(rule, "rewritten", path, null);
                break;
        }
    }

    private void AddParents(SealRule rule, RootPath directory)
    {
        switch (tree.Find(directory))
        {
            case { Kind: EntryKind.Directory }:
                return;
            case TreeEntry:
                throw new PackageFormatException($"sealing {directory} ({rule.Name}): expected a directory");
            default:
                AddParents(rule, directory.Parent);
                tree.Insert(new TreeEntry { Path = directory, Kind = EntryKind.Directory, Mode = 0b111_101_101 });
                Record(rule, "added", directory, "directory");
                return;
        }
    }

    private void Move(SealRule.Move rule)
    {
        RootPath to = tree.Locate(rule.To);
        if (tree.Find(tree.Locate(rule.From)) is not TreeEntry entry || tree.Find(to) is not null
            || tree.NamesOf(entry) is not [TreeEntry first, ..])
        {
            return;
        }

        tree.Remove([entry.Path]);
        AddParents(rule, to.Parent);
        tree.Insert(first with { Path = to });
        Record(rule, "moved", entry.Path, $"to {to}");
    }

    private void SetMetadata(SealRule.SetMetadata rule)
    {
        RootPath path = tree.Locate(rule.Path);
        if (tree.Find(path) is not TreeEntry entry
            || entry.Mode == rule.Mode && entry.Uid == rule.Uid && entry.Gid == rule.Gid)
        {
            return;
        }

        foreach (TreeEntry name in tree.NamesOf(entry) is { Count: > 0 } names ? names : [entry])
        {
            tree.Update(name with { Mode = rule.Mode, Uid = rule.Uid, Gid = rule.Gid });
        }

        Record(rule, "changed", path, string.Create(
            CultureInfo.InvariantCulture,
            $"mode {Octal(entry.Mode)} {entry.Uid}:{entry.Gid} to {Octal(rule.Mode)} {rule.Uid}:{rule.Gid}"));
    }

    private static string Octal(int mode) => Convert.ToString(mode, 8).PadLeft(4, '0');

    private void RefuseWhiteouts()
    {
        if (tree.Entries.FirstOrDefault(entry => IsWhiteout(entry.Path.Value)) is TreeEntry whiteout)
        {
            throw new PackageFormatException(
                $"sealing the tree: found '{whiteout.Path}', a name that layers reserve for deletions, so that this tree"
                + " cannot be a base image",
                "remove or rename that file; a tree that was extracted from a single layer of a larger image is incomplete");
        }
    }

    private static bool IsWhiteout(ReadOnlySpan<char> path) =>
        path[(path.LastIndexOf('/') + 1)..].StartsWith(".wh.", StringComparison.Ordinal);

    private void Record(SealRule rule, string action, RootPath path, string? detail) =>
        _ledger.Add(new LedgerEntry(rule.Name, action, path.ToString(), detail));
}
