namespace RootfsImporter.Cli.Output;

/// <summary>How long each stage took in all architectures together.</summary>
internal static class StageTotals
{
    /// <summary>The times by stage, in order of each stage's first end.</summary>
    public static IReadOnlyList<StageTime> Of(IReadOnlyList<StageTime> stages) =>
    [
        .. stages.GroupBy(time => time.Stage, StringComparer.Ordinal).Select(same => new StageTime(
            same.Key, TimeSpan.FromTicks(same.Sum(time => time.Elapsed.Ticks)))),
    ];
}
