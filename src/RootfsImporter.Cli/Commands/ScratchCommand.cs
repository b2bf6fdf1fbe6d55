using System.CommandLine;
using System.Text.Json;
using RootfsImporter.Cli.Output;
using RootfsImporter.Scratch;

namespace RootfsImporter.Cli.Commands;

/// <summary><c>scratch</c>: programs to a minimal image.</summary>
internal sealed class ScratchCommand : Command, IHasExamples
{
    private readonly CommonOptions _common;
    private readonly Wiring _wiring;
    private readonly ScratchOptions _options;
    private readonly Option<bool> _explain = new("--explain")
    {
        Description = "Print every file of the image and why it is there",
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q")
    {
        Description = "Print only the digest of the image, and warnings",
    };

    public ScratchCommand(CommonOptions common, Wiring wiring)
        : base("scratch", "Make a minimal image of programs and exactly the libraries that they need")
    {
        _common = common;
        _wiring = wiring;
        _options = new ScratchOptions(common, wiring);
        foreach (Argument argument in _options.Arguments)
        {
            Add(argument);
        }

        foreach (Option option in (IEnumerable<Option>)[.. _options.All, _explain, _quiet])
        {
            Add(option);
        }

        Validators.Add(result =>
        {
            if (result.GetValue(_quiet) && result.GetValue(_explain))
            {
                result.AddError("--quiet and --explain exclude each other");
            }
        });
        SetAction(RunAsync);
    }

    public string Examples =>
        """
        rootfs-importer scratch ./app                                      an OCI layout in ./images
        rootfs-importer scratch ./app ./plugins --with ca-certificates,passwd --user nonroot
        rootfs-importer scratch curl --explain --to docker-daemon:curl:latest
        rootfs-importer scratch ./app:/usr/bin/app --root ./sysroot        libraries of another root
        rootfs-importer scratch redis-server --from debian-12 --expose 6379

        Libraries are found as ld.so(8) and musl find them; what a program opens by itself later (plugins, data) has to
        be named. Without --from neither root nor a user namespace is needed.
        """;

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        ScratchRequest request = _options.Request(parse);
        Destinations destinations = new(_options.NameOf(parse));
        foreach (ImageTarget target in request.Targets)
        {
            destinations.AddTarget(target.Target.Name);
        }

        if (request.Packages is not null)
        {
            await _wiring.BecomeRootAsync(_common, cancellationToken);
        }

        long start = _wiring.Clock.GetTimestamp();
        IProgress<BuildEvent> reporter = Reporters.Create(
            parse.InvocationConfiguration.Error,
            _common,
            parse.GetValue(_common.Color),
            parse.GetValue(_quiet) ? Verbosity.Quiet : Verbosity.Normal,
            _wiring.Clock);
        using IDisposable? live = reporter as IDisposable;
        WarningLog log = new(reporter);
        ScratchResult result = await _wiring.MakeScratchAsync(request, log, cancellationToken);
        WriteResult(parse, result, log.Warnings, _wiring.Clock.GetElapsedTime(start));
        return 0;
    }

    private void WriteResult(ParseResult parse, ScratchResult result, IReadOnlyList<string> warnings, TimeSpan elapsed)
    {
        TextWriter output = parse.InvocationConfiguration.Output;
        bool isExplained = parse.GetValue(_explain);
        if (parse.GetValue(_common.Format) == OutputFormat.Json)
        {
            output.WriteLine(JsonSerializer.Serialize(
                ScratchDocument.Of(result, isExplained, warnings), CliJson.Writer.ScratchDocument));
        }
        else if (parse.GetValue(_quiet))
        {
            output.WriteLine(result.Images.Root.Digest);
        }
        else
        {
            Styles styles = new(_common.UsesOutputColor(parse.GetValue(_common.Color)));
            if (isExplained)
            {
                ScratchSummary.WriteFiles(output, result, styles);
            }

            ScratchSummary.Write(output, result, elapsed, styles);
        }
    }
}
