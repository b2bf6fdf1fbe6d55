namespace RootfsImporter.Files;

/// <summary>What one seal rule did to one path.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Action"><c>removed</c>, <c>rewritten</c>, <c>added</c>, <c>retimed</c> ...</param>
/// <param name="Path">The path, with a leading slash.</param>
/// <param name="Detail">What changed in words (<c>mode 0700 to 0755</c>), or null.</param>
public sealed record LedgerEntry(string Rule, string Action, string Path, string? Detail = null);

/// <summary>
/// The decided content of a layer: every entry with its final mode, owner, time and content, in
/// <see cref="RootPath"/> order, each path once, parents before children. Nothing was written to disk for it.
/// </summary>
/// <param name="Entries">The entries; the root itself comes first.</param>
/// <param name="SourceDateEpoch">Seconds since 1970 UTC; no entry is newer.</param>
/// <param name="Ledger">What was removed, rewritten or added, in the order of the rules.</param>
public sealed record SealedRootfs(
    IReadOnlyList<TreeEntry> Entries, long SourceDateEpoch, IReadOnlyList<LedgerEntry> Ledger);
