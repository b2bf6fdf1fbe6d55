using RootfsImporter.Files;
using RootfsImporter.Sealing;

namespace RootfsImporter.Stages;

/// <summary>Decides what a layer contains: applies named rules to a tree's entries, and keeps the ledger.</summary>
public static class Sealer
{
    /// <summary>
    /// Applies the rules in order, then the ones that every image obeys (<see cref="SealRules.Common"/>). The disk is not
    /// changed, and contents are opened only for the few files that a rule rewrites.
    /// </summary>
    /// <param name="rootfs">The configured tree.</param>
    /// <param name="rules">The package family's rules.</param>
    /// <param name="sourceDateEpoch">Seconds since 1970 UTC, not negative; no entry is newer.</param>
    /// <exception cref="PackageFormatException">The tree cannot be a base image.</exception>
    public static SealedRootfs Seal(Rootfs rootfs, IReadOnlyList<SealRule> rules, long sourceDateEpoch) =>
        Seal(rootfs.ReadTree(), rootfs.PackagedTime, rules, sourceDateEpoch);

    /// <summary>
    /// As the other, for entries from anywhere: a pure function of its arguments.
    /// </summary>
    /// <param name="tree">
    /// The entries in <see cref="RootPath"/> order, the root first, parents before children, and a file's first name
    /// before its hard links.
    /// </param>
    /// <param name="packagedTime">
    /// The time that a package, or whatever else is trusted to be the same in every build, recorded for a path; null for
    /// the rest.
    /// </param>
    /// <param name="rules">The package family's rules, or none.</param>
    /// <param name="sourceDateEpoch">Seconds since 1970 UTC, not negative; no entry is newer.</param>
    /// <exception cref="PackageFormatException">The tree cannot be a base image.</exception>
    /// <exception cref="ArgumentException">The entries are not in order.</exception>
    public static SealedRootfs Seal(
        IReadOnlyList<TreeEntry> tree,
        Func<RootPath, long?> packagedTime,
        IReadOnlyList<SealRule> rules,
        long sourceDateEpoch) => Apply(tree, packagedTime, [.. rules, .. SealRules.Common], sourceDateEpoch);

    /// <summary>
    /// As the others, for a tree that stays as it is but for what a layer cannot hold (<see cref="SealRules.Always"/>) and
    /// times after <paramref name="sourceDateEpoch"/> or before 1970.
    /// </summary>
    public static SealedRootfs Keep(IReadOnlyList<TreeEntry> tree, long sourceDateEpoch) => Apply(
        [
            .. tree.Select(entry => entry with { ModifiedTime = Math.Clamp(entry.ModifiedTime, 0, sourceDateEpoch) }),
        ],
        _ => null,
        SealRules.Always,
        sourceDateEpoch);

    private static SealedRootfs Apply(
        IReadOnlyList<TreeEntry> tree, Func<RootPath, long?> packagedTime, IReadOnlyList<SealRule> rules, long sourceDateEpoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sourceDateEpoch);
        SealTree working = new(tree);
        SealRun run = new(working, packagedTime, sourceDateEpoch);
        foreach (SealRule rule in rules)
        {
            run.Apply(rule);
        }

        IEnumerable<LedgerRule> applied = rules.Select(rule => new LedgerRule(rule.Name, rule.Why)).DistinctBy(rule => rule.Name);
        return new SealedRootfs(working.Entries, new Ledger(sourceDateEpoch, [.. applied], run.Entries));
    }
}
