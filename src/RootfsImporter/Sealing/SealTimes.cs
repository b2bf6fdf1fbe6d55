using System.Globalization;
using RootfsImporter.Files;

namespace RootfsImporter.Sealing;

/// <summary>Decides the modification time of every entry.</summary>
internal static class SealTimes
{
    /// <summary>Sets the times and says in words how many got which.</summary>
    public static string Apply(SealTree tree, Func<RootPath, long?> packagedTime, long sourceDateEpoch)
    {
        int packaged = 0;
        tree.UpdateAll(entry =>
        {
            long? time = entry.Kind switch
            {
                // A directory's time is that of the latest change inside, which is the build's.
                EntryKind.Directory => null,

                // All names of a file have one time: it is decided at the first, which comes earlier in the order.
                EntryKind.HardLink => tree.Find(RootPath.Parse(entry.LinkTarget))!.ModifiedTime,
                _ => packagedTime(entry.Path) is long recorded && recorded == entry.ModifiedTime ? recorded : null,
            };
            packaged += time is not null && packagedTime(entry.Path) == time ? 1 : 0;
            long sealedTime = Math.Clamp(time ?? sourceDateEpoch, 0, sourceDateEpoch);
            return sealedTime == entry.ModifiedTime ? entry : entry with { ModifiedTime = sealedTime };
        });
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{packaged} with the time of their package, {tree.Entries.Count - packaged} set to {sourceDateEpoch}");
    }
}
