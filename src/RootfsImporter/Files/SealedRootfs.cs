namespace RootfsImporter.Files;

/// <summary>What one seal rule did to one path.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Action"><c>removed</c>, <c>rewritten</c>, <c>added</c>, <c>retimed</c> ...</param>
/// <param name="Path">The path, with a leading slash.</param>
/// <param name="Detail">What changed in words (<c>mode 0700 to 0755</c>), or null.</param>
public sealed record LedgerEntry(string Rule, string Action, string Path, string? Detail = null);

/// <summary>A rule that a seal applied, whether it found something or not.</summary>
/// <param name="Name">The rule's name.</param>
/// <param name="Why">What it is for, in a phrase.</param>
public sealed record LedgerRule(string Name, string Why);

/// <summary>The account of one seal.</summary>
/// <param name="SourceDateEpoch">Seconds since 1970 UTC; the newest time in the result.</param>
/// <param name="Rules">Every rule that was applied, by name, in order.</param>
/// <param name="Entries">What they removed, rewrote or added, in order.</param>
public sealed record Ledger(
    long SourceDateEpoch, IReadOnlyList<LedgerRule> Rules, IReadOnlyList<LedgerEntry> Entries);

/// <summary>
/// The decided content of a layer: every entry with its final mode, owner, time and content, in
/// <see cref="RootPath"/> order, each path once, parents before children. Nothing was written to disk for it.
/// </summary>
/// <param name="Entries">The entries; the root itself comes first.</param>
/// <param name="Ledger">What the rules did to get there.</param>
public sealed record SealedRootfs(IReadOnlyList<TreeEntry> Entries, Ledger Ledger);
