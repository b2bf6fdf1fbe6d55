using System.CommandLine;
using RootfsImporter.Oci;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli;

/// <summary>The options of every command that makes an image: where it goes, and how its layers are compressed there.</summary>
/// <param name="common">The environment.</param>
/// <param name="wiring">What reads targets.</param>
/// <param name="tagName">What the tag of the default layout is called in the help text.</param>
internal sealed class TargetOptions(CommonOptions common, Wiring wiring, string tagName)
{
    private readonly Option<string[]> _targets = new("--to", "-t")
    {
        Description = $"Where the image goes: {string.Join(", ", TargetParser.Syntaxes)}; "
            + $"may be given several times [default: oci:images:{tagName}]",
        HelpName = "TARGET",
    };

    private readonly TransportOptions _transports = new(common);
    private readonly Option<CompressionArgument[]> _compressions = CompressionArgument.Option("gzip");

    /// <summary>The options in the order of the help text.</summary>
    public IEnumerable<Option> All => [_targets, .. _transports.All, _compressions];

    /// <summary>As <see cref="TransportOptions.Defaults"/>.</summary>
    public TargetDefaults Defaults(ParseResult parse, string tag, Reference reference) =>
        _transports.Defaults(parse, tag, reference);

    /// <summary>Where the image goes; throws <see cref="ProfileException"/>.</summary>
    public ImageTarget[] Targets(ParseResult parse, TargetDefaults defaults)
    {
        string[] targets = parse.GetValue(_targets) is { Length: > 0 } given ? given : [$"oci:images:{defaults.Tag}"];
        CompressionArgument[] compressions = parse.GetValue(_compressions) ?? [];
        ImageTarget[] parsed =
        [
            .. targets.Select(target => new ImageTarget(
                wiring.ParseTarget(target, defaults),
                CompressionArgument.For(target, compressions) ?? LayerCompression.Gzip)),
        ];
        CompressionArgument.Check(compressions, targets);
        return parsed;
    }
}
