using System.CommandLine;
using System.Text.Json;
using RootfsImporter.Cli.Output;
using RootfsImporter.Oci;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli.Commands;

/// <summary><c>copy</c>: an image or index from one place to others.</summary>
internal sealed class CopyCommand : Command, IHasExamples
{
    private readonly CommonOptions _common;
    private readonly Wiring _wiring;
    private readonly TransportOptions _places;
    private readonly Argument<string> _from = OptionLikeWords.Refuse(new Argument<string>("FROM")
    {
        Description = $"Where the image is: {string.Join(", ", TargetParser.SourceSyntaxes)}",
    });

    private readonly Argument<string[]> _to = OptionLikeWords.Refuse(new Argument<string[]>("TO")
    {
        Description = $"Where it goes, one or several: {string.Join(", ", TargetParser.Syntaxes)}",
        Arity = ArgumentArity.OneOrMore,
    });

    private readonly Option<ArchitectureChoice?> _architectures = ArchitectureChoice.Option(
        "Architectures to take of an index, parted by commas: amd64,arm64 ... [default: all, under the same index]");

    private readonly Option<CompressionArgument[]> _compressions =
        CompressionArgument.Option("as they are, and every digest with them");

    private readonly Option<bool> _quiet = new("--quiet", "-q")
    {
        Description = "Print only the digest, and warnings",
    };

    public CopyCommand(CommonOptions common, Wiring wiring)
        : base("copy", "Copy an image, or an index with several, from one place to others")
    {
        _common = common;
        _wiring = wiring;
        _places = new TransportOptions(common);
        Add(_from);
        Add(_to);
        foreach (Option option in (IEnumerable<Option>)[.. _places.All, _compressions, _architectures, _quiet])
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    public string Examples =>
        """
        rootfs-importer copy oci:images:ubuntu-24.04 oci-archive:ubuntu.tar
        rootfs-importer copy docker-daemon:ubuntu:24.04 oci:images:ubuntu-24.04
        rootfs-importer copy oci:images:noble docker-archive:arm.tar:ubuntu:24.04 --arch arm64
        rootfs-importer copy oci:images:noble docker://127.0.0.1:5000/noble:zstd --compression zstd

        Without --compression the manifest's digest stays the same wherever a place keeps it; a Docker Engine and
        tar: keep the DiffIds.
        Needs neither root nor a user namespace.
        """;

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string from = parse.GetRequiredValue(_from);
        Reference name = ImageName.OfSource(from);
        TargetDefaults defaults = _places.Defaults(parse, name.Tag!, name);
        await using ISource source = _wiring.ParseSource(from, defaults);
        CopyRequest request = new()
        {
            Source = source,
            Targets = Targets(parse, defaults),
            CacheDirectory = _common.CacheDirectory,
            Architectures = parse.GetValue(_architectures) is { IsAll: false } choice ? choice.Named : [],
        };
        CommandReport report = new(
            parse, _common, _wiring.Clock, parse.GetValue(_quiet) ? Verbosity.Quiet : Verbosity.Normal);
        (CopyResult result, IReadOnlyList<string> warnings, TimeSpan elapsed) = await report.RunAsync(
            events => _wiring.CopyAsync(request, events, cancellationToken));
        report.Write(
            result.Images.Root.Digest,
            () => JsonSerializer.Serialize(CopyDocument.Of(result, warnings), CliJson.Writer.CopyDocument),
            (text, styles) => CopySummary.Write(text, result, elapsed, styles));
        return 0;
    }

    private ImageTarget[] Targets(ParseResult parse, TargetDefaults defaults)
    {
        string[] to = parse.GetRequiredValue(_to);
        CompressionArgument[] compressions = parse.GetValue(_compressions) ?? [];
        ImageTarget[] targets =
        [
            .. to.Select(target => new ImageTarget(
                _wiring.ParseTarget(target, defaults), CompressionArgument.For(target, compressions))),
        ];
        CompressionArgument.Check(compressions, to);
        Destinations destinations = new(defaults.Tag);
        foreach (string target in to)
        {
            destinations.AddTarget(target);
        }

        return targets;
    }
}
