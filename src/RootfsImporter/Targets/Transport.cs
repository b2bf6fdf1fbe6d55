namespace RootfsImporter.Targets;

/// <summary>One kind of place for images.</summary>
/// <param name="Name">What stands before the first colon: <c>oci</c>.</param>
/// <param name="Syntax">How it is written, for help texts and hints: <c>oci:DIR[:TAG]</c>.</param>
/// <param name="ParseTarget">Reads it as a target; throws <see cref="ProfileException"/>.</param>
/// <param name="ParseSource">Reads it as a source, likewise; null when images cannot be read from such a place.</param>
internal sealed record Transport(
    string Name,
    string Syntax,
    Func<PlaceText, TargetDefaults, ITarget> ParseTarget,
    Func<PlaceText, TargetDefaults, ISource>? ParseSource)
{
    /// <summary>What stands between the name and the place: <c>:</c>, and <c>://</c> for registries.</summary>
    public string Separator { get; init; } = ":";

    /// <summary>How a source is written, where that differs from a target.</summary>
    public string SourceSyntax { get; init; } = Syntax;

    /// <summary>How one of these is written.</summary>
    public string SyntaxOf(PlaceKind kind) => kind == PlaceKind.Source ? SourceSyntax : Syntax;
}
