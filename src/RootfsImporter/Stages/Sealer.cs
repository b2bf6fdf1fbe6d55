using RootfsImporter.Files;

namespace RootfsImporter.Stages;

/// <summary>Decides what a layer contains: applies named rules to a tree's entries, and keeps the ledger.</summary>
public static class Sealer
{
    /// <summary>
    /// Applies the rules in order, then the ones that every image obeys (no devices, sockets or content of /dev, /proc,
    /// /sys, /run, /tmp; times clamped to <paramref name="sourceDateEpoch"/>, seconds since 1970 UTC).
    /// </summary>
    public static SealedRootfs Seal(Rootfs rootfs, IReadOnlyList<SealRule> rules, long sourceDateEpoch) =>
        throw new NotImplementedException($"{rootfs} {rules} {sourceDateEpoch}");
}
