namespace RootfsImporter.Cli.Output;

/// <summary>What a stage is called: <c>unpack</c>, or <c>arm64 unpack</c> where there are several architectures.</summary>
internal static class StageLabel
{
    /// <summary>The label of a stage that begins.</summary>
    public static string Of(BuildEvent.StageStarted stage) => PrefixOf(stage.Architecture) + stage.Stage;

    /// <summary>The label of a stage that ended.</summary>
    public static string Of(BuildEvent.StageFinished stage) => PrefixOf(stage.Architecture) + stage.Stage;

    /// <summary>What stands before the stage's own name.</summary>
    public static string PrefixOf(Architecture? architecture) => architecture is null ? "" : $"{architecture} ";
}
